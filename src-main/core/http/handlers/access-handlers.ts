import type { Account } from '../../../../src-shared/model/account.ts';
import { MS_PER_SECOND } from '../../../../src-shared/util/units.ts';
import { AppError } from '../../base/errors.ts';
import type { AuthBooks, Authenticator } from '../authenticator.ts';
import { callerOf } from '../caller.ts';
import type { Handlers } from '../endpoint.ts';
import { isAdmin, isUnlimited, MODE, type Principal } from '../principal.ts';
import type { SessionCookie } from '../session-cookie.ts';

export interface AccessHandlerOptions {
  readonly authenticator: Authenticator;
  readonly books: AuthBooks;
  readonly cookie: SessionCookie;
  /** `auth.token_max_seconds`. */
  readonly tokenMaxSec: number;
  readonly nowMs: () => number;
}

type AccessRoute =
  | 'openSession'
  | 'listAccounts'
  | 'addAccount'
  | 'changeAccount'
  | 'setPassword'
  | 'removeAccount'
  | 'changeOwnPassword'
  | 'listSessions'
  | 'revokeSession'
  | 'issueToken'
  | 'createToken'
  | 'listTokens'
  | 'revokeToken';

/** Accounts, sessions and tokens. */
export function accessHandlers(options: AccessHandlerOptions): Pick<Handlers, AccessRoute> {
  const { authenticator, books, cookie, nowMs } = options;
  const { accounts, sessions, tokens } = books;

  /** Sessions that are open by account, ended: the proof no longer fits, but the list shall not show them. */
  const endSessionsOf = async (name: string, by: string): Promise<void> => {
    for (const { id } of await sessions.list(name)) await authenticator.endSession(id, by);
    await tokens.revokeLogins(name, by);
  };

  const issue = async (rights: TokenRights, durationSec: number, label: string, principal: Principal) => {
    if (durationSec < 1 || durationSec > options.tokenMaxSec) {
      throw new AppError(
        'bad_request',
        `The duration must be 1 to ${options.tokenMaxSec} seconds (auth.token_max_seconds).`,
      );
    }
    const expiresAtMs = (Math.floor(nowMs() / MS_PER_SECOND) + durationSec) * MS_PER_SECOND;
    const claims = { id: rights.id, mode: modeOf(rights), expiresAtMs };
    return authenticator.issueToken(claims, { label, issuedBy: principal.name, account: null });
  };

  return {
    openSession: async ({ reply, request }) => {
      const { authorization } = request.headers;
      const value =
        authorization === undefined
          ? null
          : await authenticator.openSessionFor(authorization, callerOf(request));
      if (value !== null) await cookie.set(reply, value);
      return { isSignedIn: true };
    },

    listAccounts: async ({ principal }) => {
      demandFullAdmin(principal);
      return { accounts: await accounts.list() };
    },
    addAccount: async ({ audit, body, principal }) => {
      audit.object(body.name);
      noteRights(audit.detail, body);
      demandFullAdmin(principal);
      const { isDisabled, name, password, role, streams } = body;
      return accounts.add(name, password, { role, streams, isDisabled });
    },
    changeAccount: async ({ audit, body, params, principal }) => {
      noteRights(audit.detail, body);
      demandFullAdmin(principal);
      const account = await accounts.change(params.name, body);
      if (body.isDisabled) await endSessionsOf(params.name, principal.name);
      return account;
    },
    setPassword: async ({ body, params, principal }) => {
      demandFullAdmin(principal);
      await accounts.setPassword(params.name, body.password);
      await endSessionsOf(params.name, principal.name);
      return { changed: true };
    },
    removeAccount: async ({ params, principal }) => {
      demandFullAdmin(principal);
      await accounts.remove(params.name);
      await endSessionsOf(params.name, principal.name);
      return { removed: true };
    },
    changeOwnPassword: async ({ audit, body, principal, reply, request }) => {
      if (principal?.via !== 'account') {
        throw new AppError('forbidden', 'Only who logged in with an account has a password to change.');
      }
      const { name } = principal;
      audit.object(name);
      await authenticator.demandPassword(name, body.present, callerOf(request));
      await accounts.setPassword(name, body.next);
      await endSessionsOf(name, name);
      const login = await authenticator.logIn(name, body.next, callerOf(request));
      await cookie.set(reply, login.session);
      return { changed: true };
    },

    listSessions: async ({ principal }) => {
      const found = await visibleSessions(principal, books);
      return {
        sessions: found.map(
          ({
            address,
            createdAtMs,
            expiresAtMs,
            id,
            kind,
            principal: own,
            subject,
            usedAtMs,
            userAgent,
          }) => ({
            id,
            name: kind === 'account' ? subject : own.name,
            kind,
            createdAtMs,
            usedAtMs,
            expiresAtMs,
            address,
            userAgent,
            isOwn: id === principal?.key,
          }),
        ),
      };
    },
    revokeSession: async ({ audit, params, principal }) => {
      const session = (await visibleSessions(principal, books)).find(({ id }) => id === params.id);
      if (!session) throw noSuchSession();
      audit.object(session.kind === 'account' ? session.subject : session.principal.name);
      audit.detail('session', session.id);
      if (!(await authenticator.endSession(session.id, principal?.name ?? ''))) throw noSuchSession();
      return { revoked: true };
    },

    issueToken: async ({ audit, body, principal, reply }) => {
      audit.object(body.id);
      noteRights(audit.detail, body);
      demandFullAdmin(principal);
      try {
        const { token, tokenId } = await issue(body, body.duration, '', principal);
        audit.detail('token', tokenId);
        return { access_token: token, token_type: 'Bearer' };
      } catch (error) {
        // Upstream's clients read `error`.
        if (!(error instanceof AppError)) throw error;
        const { code, message, status } = error;
        reply.status(status).header('cache-control', 'no-store').send({ error: message, code, message });
        return undefined as never;
      }
    },
    createToken: async ({ audit, body, principal }) => {
      audit.object(body.id);
      noteRights(audit.detail, body);
      demandFullAdmin(principal);
      const { token, tokenId } = await issue(body, body.durationSec, body.label, principal);
      audit.detail('token', tokenId);
      const entry = (await tokens.list()).find(({ id }) => id === tokenId);
      if (!entry) throw new AppError('not_found', 'The token was revoked while it was made.');
      return { token, entry };
    },
    listTokens: async ({ principal }) => {
      demandFullAdmin(principal);
      return { tokens: await tokens.list() };
    },
    revokeToken: async ({ audit, params, principal }) => {
      demandFullAdmin(principal);
      const known = (await tokens.list()).find(({ id }) => id === params.id);
      if (known) audit.object(known.label || known.stream);
      audit.detail('token', params.id);
      if (await authenticator.revokeToken(params.id, principal.name)) return { revoked: true };
      throw new AppError('not_found', 'There is no such token. The list may have changed.');
    },
  };
}

interface TokenRights {
  readonly id: string;
  readonly subscribe: boolean;
  readonly publish: boolean;
  readonly admin: boolean;
}

function modeOf({ admin, publish, subscribe }: TokenRights): number {
  return (subscribe ? MODE.read : 0) | (publish ? MODE.write : 0) | (admin ? MODE.admin : 0);
}

/** An administrator who is limited to some streams could lift the limit with an account or a token. */
export function demandFullAdmin(principal: Principal | null): asserts principal is Principal {
  if (principal && isAdmin(principal) && isUnlimited(principal)) return;
  throw new AppError('forbidden', 'Only administrators of all streams may do this.');
}

/** All for administrators, else those of the caller. */
async function visibleSessions(principal: Principal | null, { sessions }: AuthBooks) {
  if (!principal) return [];
  if (isAdmin(principal) && isUnlimited(principal)) return sessions.list();
  if (principal.via === 'account') return sessions.list(principal.name);
  return (await sessions.list()).filter(({ id }) => id === principal.key);
}

function noSuchSession(): AppError {
  return new AppError('not_found', 'There is no such session. It may have ended by itself.');
}

/** What the entry of the audit log says of rights that were given. */
function noteRights(
  detail: (key: string, value: unknown) => void,
  rights: Partial<Pick<Account, 'role' | 'streams' | 'isDisabled'> & TokenRights>,
): void {
  const { admin, isDisabled, publish, role, streams, subscribe } = rights;
  for (const [key, value] of Object.entries({ role, streams, isDisabled, subscribe, publish, admin })) {
    if (value !== undefined) detail(key, value);
  }
}

import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyReply } from 'fastify';
import type { AccountBook } from '../../auth/account-book.ts';
import { AppError } from '../../base/errors.ts';
import type { Authenticator } from '../authenticator.ts';
import { callerOf } from '../caller.ts';
import type { Handlers } from '../endpoint.ts';
import { openApiDocument } from '../openapi.ts';
import type { Principal } from '../principal.ts';
import { roleOf } from '../role-rights.ts';
import type { SessionCookie } from '../session-cookie.ts';

export interface SystemHandlerOptions {
  readonly authenticator: Authenticator;
  readonly accounts: AccountBook;
  readonly cookie: SessionCookie;
  /** Settings that leave doors open, in words. */
  readonly notices: readonly string[];
  readonly version: string;
  readonly checkReady: (signal: AbortSignal) => Promise<void>;
}

/** The program is one file that is written by its build. */
const BUILD_TIME = statSync(fileURLToPath(import.meta.url)).mtime.toISOString();

type SystemRoute =
  | 'getHealth'
  | 'getReadiness'
  | 'getInfo'
  | 'getSession'
  | 'login'
  | 'logout'
  | 'getOpenApi';

/** Health, identity, login. */
export function systemHandlers(options: SystemHandlerOptions): Pick<Handlers, SystemRoute> {
  const { accounts, authenticator, checkReady, cookie, notices, version } = options;
  return {
    getHealth: () => ({ status: 'ok' }),
    getReadiness: async ({ signal }) => {
      await checkReady(signal);
      return { status: 'ready' };
    },
    getInfo: () => ({ version, gitHash: '', buildTime: BUILD_TIME, features: ['liveman', 'recorder'] }),
    getSession: async ({ principal }) => {
      const account = principal?.via === 'account' ? await accounts.find(principal.name) : undefined;
      return {
        isAuthRequired: authenticator.isRequired,
        isSignedIn: principal !== null,
        hasAccounts: authenticator.hasAccounts,
        name: principal?.name ?? null,
        role: principal && roleOf(principal),
        streams: principal && streamsOf(principal),
        accountOrigin: account?.origin ?? null,
        canIssueTokens: authenticator.canIssue,
        notices: principal ? [...notices] : [],
      };
    },
    login: async ({ audit, body, reply, request }) => {
      audit.object(body.username.slice(0, 64));
      if (body.username === '' || body.password === '') {
        return refuse(reply, new AppError('bad_request', 'Missing credentials'));
      }
      try {
        const login = await authenticator.logIn(body.username, body.password, callerOf(request));
        request.principal = login.principal;
        await cookie.set(reply, login.session);
        return { access_token: login.accessToken, token_type: 'Bearer' };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return refuse(reply, error);
      }
    },
    logout: async ({ reply, request }) => {
      const session = (await cookie.read(request)) ?? request.headers.authorization?.slice(7).trim();
      await cookie.clear(reply);
      if (session) await authenticator.logOut(session);
      return { status: 'ok' };
    },
    getOpenApi: () => openApiDocument(version),
  };
}

function streamsOf({ id, streams }: Principal): string[] | null {
  if (id !== '*') return [id];
  return streams === undefined ? null : [...streams];
}

/** Upstream answers a failed login in JSON of its own; its clients read `error`. */
function refuse(reply: FastifyReply, { code, details, message, status }: AppError): never {
  const { retryAfterSec } = { ...details };
  if (typeof retryAfterSec === 'number') reply.header('retry-after', String(retryAfterSec));
  reply.status(status).header('cache-control', 'no-store').send({ error: message, code, message });
  return undefined as never;
}

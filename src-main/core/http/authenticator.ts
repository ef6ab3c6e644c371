import { randomUUID } from 'node:crypto';
import type { RouteAccess } from '../../../src-shared/contract/route.ts';
import { MS_PER_DAY, MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { AccountBook, KnownAccount } from '../auth/account-book.ts';
import type { AttemptLimiter } from '../auth/attempt-limiter.ts';
import { LateLogouts } from '../auth/late-logouts.ts';
import { type NodeClaims, NodeJwt } from '../auth/node-jwt.ts';
import { hashOfNobody, isPasswordRight } from '../auth/password-hash.ts';
import type { ReportDoor } from '../auth/report-door.ts';
import { hashOf, isEqualSecret, proofOf, randomSecret } from '../auth/secret-values.ts';
import { type OpenSession, SessionBook } from '../auth/session-book.ts';
import type { TokenBook } from '../auth/token-book.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { everything, MODE_ALL, nodePrincipal, type Principal } from './principal.ts';
import { principalOfAccount } from './role-rights.ts';
import type { StandingCalls } from './standing-calls.ts';
import { upstreamToken } from './upstream-rules.ts';

export interface AuthOptions {
  readonly tokens: readonly string[];
  /** HS256 key of JWTs; empty means that no JWT is accepted. */
  readonly secret: string;
  /** `upstream`: its decision table as it is, with all its holes. */
  readonly compat: 'strict' | 'upstream';
  /** Credential of the desktop shell, made at each start and never written down. */
  readonly desktopSecret?: string | undefined;
}

/** Where the parts of authentication keep what they know. */
export interface AuthBooks {
  readonly accounts: AccountBook;
  readonly sessions: SessionBook;
  readonly tokens: TokenBook;
  readonly reports: ReportDoor;
  readonly attempts: AttemptLimiter;
}

/** What a request brings to say who it comes from. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly cookieSession?: string | undefined;
  readonly desktopSecret?: string | undefined;
  /** Secret part of the path, of nodes that report under one. */
  readonly reportSecret?: string | undefined;
  readonly address?: string | undefined;
  /** A page of another origin sends it: what a browser adds by itself does not count. */
  readonly isForeign?: boolean;
}

/** Where a login comes from, for lists and logs. */
export interface Caller {
  /** Null where the connection is gone already. */
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface Login {
  readonly principal: Principal;
  /** Bearer token for programs. */
  readonly accessToken: string;
  /** Value of the session cookie for browsers. */
  readonly session: string;
}

const LOGIN_CODE_VALID_MS = 10 * MS_PER_MINUTE;
const LOGIN_TOKEN_VALID_MS = MS_PER_DAY;
const MAX_PASSWORD_LENGTH = 1024;

/** Finds out who a request comes from. */
export class Authenticator {
  readonly #loginCodes = new Map<string, number>();
  readonly #lateLogouts = new LateLogouts();
  #options: AuthOptions;
  #jwt: NodeJwt | null = null;
  /** A password nobody has: checking it takes as long as checking one that somebody has. */
  readonly #nobody = hashOfNobody();

  constructor(
    options: AuthOptions,
    private readonly books: AuthBooks,
    private readonly clock: Clock,
    private readonly standing: Pick<StandingCalls, 'check'>,
  ) {
    this.#options = options;
    this.use(options);
  }

  /** Other tokens and another key from now on; what was proven with those before no longer counts. */
  use({ compat, secret, tokens }: Pick<AuthOptions, 'compat' | 'secret' | 'tokens'>): void {
    this.#options = { ...this.#options, compat, secret, tokens };
    this.#jwt = secret !== '' || compat === 'upstream' ? new NodeJwt(secret) : null;
  }

  /** Whether upstream's decision table is in force. */
  get isUpstream(): boolean {
    return this.#options.compat === 'upstream';
  }

  /** Whether any credential is configured; without one a loopback client needs none. */
  get isRequired(): boolean {
    const { secret, tokens } = this.#options;
    if (this.isUpstream) return tokens.length > 0;
    return tokens.length > 0 || secret !== '' || this.books.accounts.hasAny;
  }

  get hasAccounts(): boolean {
    return this.books.accounts.hasAny;
  }

  /** Whether JWTs can be issued. */
  get canIssue(): boolean {
    return this.#jwt !== null;
  }

  /**
   * The principal of a request, or null when it brings no valid credential. Throws database_unavailable where a session
   * cannot be looked up now.
   */
  async findPrincipal(credentials: Credentials, access: RouteAccess): Promise<Principal | null> {
    const { authorization, cookieSession, desktopSecret, isForeign = false, reportSecret } = credentials;
    if (reportSecret !== undefined) return this.#fromReportPath(reportSecret);
    if (desktopSecret && this.#options.desktopSecret) {
      if (isEqualSecret(desktopSecret, this.#options.desktopSecret)) return everything('desktop', 'desktop');
    }
    if (authorization !== undefined) {
      const principal = await this.#fromAuthorization(authorization);
      await this.books.accounts.load();
      // Without authentication nodes and clients with a token of another day are let in like all.
      return principal ?? (this.isRequired ? null : everything('local', 'local'));
    }
    if (cookieSession && !isForeign && !this.#lateLogouts.has(cookieSession)) {
      const principal = await this.#fromSession(cookieSession);
      if (principal) return principal;
    }
    await this.books.accounts.load();
    if (!this.isRequired) return everything('local', 'local');
    return access === 'report' ? this.#fromAddress(credentials.address ?? '') : null;
  }

  /**
   * Checks a login and opens its session. Throws unauthorized, and too_many where account or address had too many wrong
   * ones.
   */
  async logIn(username: string, password: string, caller: Caller): Promise<Login> {
    const attempt = await this.books.attempts.begin(username, caller.address ?? '');
    const account = await this.books.accounts.find(username);
    const isRight =
      password.length <= MAX_PASSWORD_LENGTH &&
      (await isPasswordRight(password, account?.password ?? this.#nobody));
    if (!account || !isRight || account.isDisabled) throw new AppError('unauthorized', 'Wrong credentials');
    await attempt.isRight();
    const principal = principalOfAccount(account);
    const jwt = await this.#loginToken(account, principal);
    const { id, value } = await this.#openOfAccount(account, { tokenId: jwt?.tokenId ?? null, ...caller });
    return { principal: { ...principal, key: id }, accessToken: jwt?.token ?? value, session: value };
  }

  /** Checks the password of an account, as `logIn` does, without a session. */
  async demandPassword(username: string, password: string, { address }: Caller): Promise<void> {
    const attempt = await this.books.attempts.begin(username, address ?? '');
    const account = await this.books.accounts.find(username);
    const isRight = account !== undefined && (await isPasswordRight(password, account.password));
    if (!isRight) throw new AppError('forbidden', 'The present password is wrong.');
    await attempt.isRight();
  }

  /** A JWT as nodes take it. Throws conflict without `auth.secret`, database_unavailable. */
  async issueToken(
    claims: { id: string; mode: number; expiresAtMs: number },
    about: { label: string; issuedBy: string; account: KnownAccount | null },
  ): Promise<{ token: string; tokenId: string }> {
    if (!this.#jwt) {
      throw new AppError('conflict', 'Tokens cannot be issued: auth.secret is not set in liveman.toml.');
    }
    const { expiresAtMs, id, mode } = claims;
    const tokenId = randomUUID();
    const account = about.account?.name ?? null;
    const token = await this.#jwt.sign({ id, mode, expiresAtMs, tokenId, account });
    const proof = about.account && proofOf(token, about.account.password);
    await this.books.tokens.note({ ...about, id: tokenId, account, proof, stream: id, mode, expiresAtMs });
    return { token, tokenId };
  }

  /** Opens a browser session for who brought a token, or null where that is no reason for one. */
  async openSessionFor(authorization: string, caller: Caller): Promise<string | null> {
    const token = bearerOf(authorization);
    if (!token || SessionBook.isValue(token)) return token;
    const isStatic = this.#isStaticToken(token);
    const claims = isStatic ? null : await this.#jwt?.verify(token, this.clock.nowMs());
    if (!isStatic && !claims) return null;
    if (typeof claims?.account === 'string') return this.#openSessionOfLogin(token, claims, caller);
    const { value } = await this.books.sessions.open({
      kind: claims ? 'jwt' : 'token',
      subject: claims?.tokenId ?? '',
      credential: claims ? this.#options.secret : token,
      principal: claims ? this.#fromClaims(claims.id, claims.mode) : everything('token', 'token'),
      expiresAtMs: claims?.expiresAtMs,
      ...caller,
    });
    return value;
  }

  /** A code that signs one browser in once, for the URL that is printed at start. */
  issueLoginCode(): string {
    const code = randomSecret();
    this.#loginCodes.set(hashOf(code), this.clock.nowMs() + LOGIN_CODE_VALID_MS);
    return code;
  }

  /** Uses a login code up and opens a session; null when it is unknown, used or too old. */
  async redeemLoginCode(code: string, caller: Caller): Promise<string | null> {
    const key = hashOf(code);
    const expiresMs = this.#loginCodes.get(key);
    this.#loginCodes.delete(key);
    if (expiresMs === undefined || expiresMs <= this.clock.nowMs()) return null;
    const principal = everything('login code', 'code');
    const { value } = await this.books.sessions.open({
      kind: 'code',
      subject: '',
      credential: '',
      principal,
      ...caller,
    });
    return value;
  }

  /**
   * Ends a login by the value of its session or by the JWT that was given with it: while the database is away, here at
   * once and for all when it is back.
   */
  async logOut(value: string): Promise<void> {
    try {
      await this.#logOut(value);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'database_unavailable') throw error;
      this.#lateLogouts.add(value);
    }
  }

  /** Ends logins that could not be ended before. */
  endLateLogouts(): Promise<void> {
    return this.#lateLogouts.endAll((value) => this.#logOut(value));
  }

  async #logOut(value: string): Promise<void> {
    const session = await this.books.sessions.find(value);
    if (session) await this.endSession(session.id, session.principal.name);
    if (session || SessionBook.isValue(value)) return;
    const claims = (await this.#jwt?.verify(value, this.clock.nowMs())) ?? null;
    if (claims?.tokenId && claims.account !== null) await this.revokeToken(claims.tokenId, claims.account);
  }

  /** Ends a session, and with it the JWT that was given with it and all that was opened with that. False where there is none. */
  async endSession(id: string, by: string): Promise<boolean> {
    const ended = await this.books.sessions.end(id);
    if (ended?.tokenId) await this.revokeToken(ended.tokenId, by);
    else await this.standing.check();
    return ended !== null;
  }

  /** Revokes a JWT, and the session that it was given with. False where there is none. */
  async revokeToken(id: string, by: string): Promise<boolean> {
    const isDone = await this.books.tokens.revoke(id, by);
    await this.books.sessions.endOfToken(id);
    await this.standing.check();
    return isDone;
  }

  async #fromAuthorization(header: string): Promise<Principal | null> {
    const token = this.isUpstream ? upstreamToken(header) : bearerOf(header);
    if (this.isUpstream && !this.isRequired) return everything('local', 'local');
    if (!token || this.#lateLogouts.has(token)) return null;
    if (this.#isStaticToken(token)) return everything('token', 'token');
    if (SessionBook.isValue(token)) return this.#fromSession(token);
    return this.#jwt ? this.#fromJwt(token, this.#jwt) : null;
  }

  #isStaticToken(token: string): boolean {
    // All are compared, so that the time does not tell which one it was.
    return this.#options.tokens.filter((known) => known !== '' && isEqualSecret(token, known)).length > 0;
  }

  async #fromJwt(token: string, jwt: NodeJwt): Promise<Principal | null> {
    const claims = await jwt.verify(token, this.clock.nowMs());
    if (!claims) return null;
    if (claims.tokenId !== null && (await this.books.tokens.isRevoked(claims.tokenId))) return null;
    if (claims.account !== null) {
      const account = await this.#accountOf(token, claims);
      return account && { ...principalOfAccount(account), key: claims.tokenId ?? undefined };
    }
    // A token made elsewhere may have no name of its own.
    const key = claims.tokenId ?? `jwt-${hashOf(token).slice(0, 32)}`;
    return { ...this.#fromClaims(claims.id, claims.mode), key };
  }

  /** The account whose login a JWT stands for, where its password is still the same. Throws database_unavailable. */
  async #accountOf(token: string, { account: name, tokenId }: NodeClaims): Promise<KnownAccount | null> {
    const account = await this.books.accounts.find(name ?? '');
    if (!account || account.isDisabled || tokenId === null) return null;
    return (await this.books.tokens.isLogin(tokenId, proofOf(token, account.password))) ? account : null;
  }

  /** A session like that of the login itself: it has the rights that the account has now, and ends with it. */
  async #openSessionOfLogin(token: string, claims: NodeClaims, caller: Caller): Promise<string | null> {
    const account = await this.#accountOf(token, claims);
    if (!account) return null;
    const { expiresAtMs, tokenId } = claims;
    return (await this.#openOfAccount(account, { expiresAtMs, tokenId, ...caller })).value;
  }

  #openOfAccount(
    account: KnownAccount,
    about: Caller & { readonly tokenId: string | null; readonly expiresAtMs?: number },
  ) {
    return this.books.sessions.open({
      kind: 'account',
      subject: account.name,
      credential: account.password,
      principal: principalOfAccount(account),
      ...about,
    });
  }

  /** Upstream lets `*` do everything, whatever the mode says. */
  #fromClaims(id: string, mode: number): Principal {
    const counted = this.isUpstream && id === '*' ? MODE_ALL : mode & MODE_ALL;
    return { id, mode: counted, name: id === '*' ? 'token' : `token for ${id}`, via: 'jwt' };
  }

  async #fromSession(value: string): Promise<Principal | null> {
    const session = await this.books.sessions.find(value);
    if (!session) return null;
    const principal = await this.#presentPrincipal(value, session);
    return principal && { ...principal, key: session.id };
  }

  /** What a session allows now; null when the credential it was opened with no longer counts. */
  async #presentPrincipal(value: string, session: OpenSession): Promise<Principal | null> {
    switch (session.kind) {
      case 'account': {
        const account = await this.books.accounts.find(session.subject);
        if (!account || account.isDisabled) return null;
        return SessionBook.isProvenBy(value, session, account.password) ? principalOfAccount(account) : null;
      }
      case 'token': {
        const isKnown = this.#options.tokens.some((token) => SessionBook.isProvenBy(value, session, token));
        return isKnown ? everything('token', 'token') : null;
      }
      case 'jwt': {
        if (!SessionBook.isProvenBy(value, session, this.#options.secret)) return null;
        const isRevoked = session.subject !== '' && (await this.books.tokens.isRevoked(session.subject));
        return isRevoked ? null : this.#fromClaims(session.principal.id, session.principal.mode);
      }
      case 'code':
        return everything('login code', 'code');
    }
  }

  async #fromReportPath(secret: string): Promise<Principal | null> {
    const alias = await this.books.reports.findByPath(secret);
    return alias === null ? null : nodePrincipal([alias]);
  }

  #fromAddress(address: string): Principal | null {
    const aliases = this.books.reports.findByAddress(address);
    return aliases.length > 0 ? nodePrincipal(aliases) : null;
  }

  /**
   * What a program logs in for: upstream's JWT for who may do everything. Null for others, who get their session's
   * value, as a JWT with `*` would open every node that shares the secret; and while the database is away, as nobody
   * could revoke it.
   */
  async #loginToken(
    account: KnownAccount,
    principal: Principal,
  ): Promise<{ token: string; tokenId: string } | null> {
    const mayAll = account.role === 'admin' && account.streams === null;
    if (!mayAll || this.#options.secret === '') return null;
    try {
      return await this.issueToken(
        { id: '*', mode: MODE_ALL, expiresAtMs: this.clock.nowMs() + LOGIN_TOKEN_VALID_MS },
        { label: 'Login', issuedBy: principal.name, account },
      );
    } catch (error) {
      if (error instanceof AppError && error.code === 'database_unavailable') return null;
      throw error;
    }
  }
}

function bearerOf(header: string): string | null {
  if (header.slice(0, 7).toLowerCase() !== 'bearer ') return null;
  return header.slice(7).trim() || null;
}

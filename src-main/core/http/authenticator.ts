import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { CredentialKind } from '../../../src-shared/model/audit-entry.ts';
import { MS_PER_DAY, MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { MODE_ALL, type Principal } from './principal.ts';

export interface AuthOptions {
  readonly tokens: readonly string[];
  /** HS256 key of JWTs; empty means that no JWT is accepted. */
  readonly secret: string;
  readonly accounts: readonly { readonly username: string; readonly password: string }[];
  /** Credential of the desktop shell, made at each start and never written down. */
  readonly desktopSecret?: string | undefined;
}

/** Headers that carry a credential. */
export interface CredentialHeaders {
  readonly authorization?: string | undefined;
  readonly cookieSession?: string | undefined;
  readonly desktopSecret?: string | undefined;
}

const LOGIN_CODE_VALID_MS = 10 * MS_PER_MINUTE;
const SESSION_VALID_MS = MS_PER_DAY;
const JWT_LEEWAY_SEC = 60;
const FREE_FAILURES = 5;
const MAX_DELAY_MS = 5 * MS_PER_MINUTE;
const MAX_TRACKED_FAILURES = 10_000;

/** Finds out who a request comes from. Keeps browser sessions and login codes in memory only. */
export class Authenticator {
  readonly #sessions = new Map<string, { principal: Principal; expiresMs: number }>();
  readonly #loginCodes = new Map<string, number>();
  readonly #failures = new Map<string, { count: number; untilMs: number }>();
  /** Key of JWTs, or null where none are accepted. */
  readonly #jwtKey: Uint8Array | null;

  constructor(
    private readonly options: AuthOptions,
    private readonly clock: Clock,
  ) {
    const { accounts, secret } = options;
    // Without a secret of its own a login gives tokens that are good until the next start.
    const key = secret === '' && accounts.length > 0 ? randomBytes(32).toString('base64url') : secret;
    this.#jwtKey = key === '' ? null : new TextEncoder().encode(key);
  }

  /** Whether any credential is configured; without one a loopback client needs none. */
  get isRequired(): boolean {
    const { tokens, secret, accounts } = this.options;
    return tokens.length > 0 || secret !== '' || accounts.length > 0;
  }

  get hasAccounts(): boolean {
    return this.options.accounts.length > 0;
  }

  /** The principal of a request, or null when it brings no valid credential. */
  async findPrincipal(headers: CredentialHeaders): Promise<Principal | null> {
    if (headers.desktopSecret && this.options.desktopSecret) {
      if (isEqualSecret(headers.desktopSecret, this.options.desktopSecret))
        return everything('desktop', 'desktop');
    }
    if (headers.authorization !== undefined) return this.#fromAuthorization(headers.authorization);
    if (headers.cookieSession) return this.#fromSession(headers.cookieSession);
    return this.isRequired ? null : everything('local', 'local');
  }

  /** Checks a login and returns who it is; failures of one account and address are answered ever later. */
  checkLogin(username: string, password: string, address: string): Principal {
    const key = `${address} ${username}`;
    const failure = this.#failures.get(key);
    const nowMs = this.clock.nowMs();
    if (failure && failure.untilMs > nowMs) {
      const waitSec = Math.ceil((failure.untilMs - nowMs) / MS_PER_SECOND);
      throw new AppError('too_many', `Too many wrong passwords. Try again in ${waitSec} s.`);
    }
    const account = this.options.accounts.find((candidate) => candidate.username === username);
    // Compare with something in any case: how long it takes must not tell whether the account exists.
    const isRight = isEqualSecret(password, account?.password ?? randomBytes(16).toString('hex'));
    if (account && isRight) {
      this.#failures.delete(key);
      return everything(username, 'account');
    }
    this.#rememberFailure(key, (failure?.count ?? 0) + 1, nowMs);
    throw new AppError('unauthorized', 'Wrong credentials');
  }

  /** A token as upstream's manager issues it: HS256, everything allowed, 24 hours. */
  async issueToken(principal: Principal): Promise<string> {
    if (!this.#jwtKey) {
      throw new AppError('conflict', 'Tokens cannot be issued: auth.secret is not set in liveman.toml.');
    }
    return new SignJWT({ id: principal.id, mode: principal.mode })
      .setProtectedHeader({ typ: 'JWT', alg: 'HS256' })
      .setExpirationTime(Math.floor((this.clock.nowMs() + SESSION_VALID_MS) / MS_PER_SECOND))
      .sign(this.#jwtKey);
  }

  /** Starts a browser session and returns the value of its cookie. */
  openSession(principal: Principal): string {
    this.#dropExpired();
    const value = randomBytes(32).toString('base64url');
    this.#sessions.set(hashOf(value), { principal, expiresMs: this.clock.nowMs() + SESSION_VALID_MS });
    return value;
  }

  closeSession(value: string): void {
    this.#sessions.delete(hashOf(value));
  }

  /** A code that signs one browser in once, for the URL that is printed at start. */
  issueLoginCode(): string {
    const code = randomBytes(24).toString('base64url');
    this.#loginCodes.set(hashOf(code), this.clock.nowMs() + LOGIN_CODE_VALID_MS);
    return code;
  }

  /** Uses a login code up; null when it is unknown, used or too old. */
  redeemLoginCode(code: string): Principal | null {
    const key = hashOf(code);
    const expiresMs = this.#loginCodes.get(key);
    this.#loginCodes.delete(key);
    return expiresMs !== undefined && expiresMs > this.clock.nowMs()
      ? everything('login code', 'code')
      : null;
  }

  async #fromAuthorization(header: string): Promise<Principal | null> {
    const token = /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1];
    if (!token) return null;
    const isStatic = this.options.tokens.some((known) => known !== '' && isEqualSecret(token, known));
    if (isStatic) return everything('token', 'token');
    return this.#jwtKey ? this.#fromJwt(token, this.#jwtKey) : null;
  }

  async #fromJwt(token: string, key: Uint8Array): Promise<Principal | null> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        clockTolerance: JWT_LEEWAY_SEC,
        currentDate: new Date(this.clock.nowMs()),
        requiredClaims: ['exp'],
      });
      const { id, mode } = payload;
      if (typeof id !== 'string' || typeof mode !== 'number' || !Number.isInteger(mode)) return null;
      if (mode < 0 || mode > 255) return null;
      return { id, mode: mode & MODE_ALL, name: id === '*' ? 'token' : `token for ${id}`, via: 'jwt' };
    } catch {
      // Whatever is wrong with a token, the answer is the same 401.
      return null;
    }
  }

  #fromSession(value: string): Principal | null {
    const session = this.#sessions.get(hashOf(value));
    return session && session.expiresMs > this.clock.nowMs() ? session.principal : null;
  }

  #rememberFailure(key: string, count: number, nowMs: number): void {
    if (this.#failures.size >= MAX_TRACKED_FAILURES) {
      const oldest = this.#failures.keys().next().value;
      if (oldest !== undefined) this.#failures.delete(oldest);
    }
    const delayMs =
      count < FREE_FAILURES ? 0 : Math.min(MS_PER_SECOND * 2 ** (count - FREE_FAILURES), MAX_DELAY_MS);
    this.#failures.set(key, { count, untilMs: nowMs + delayMs });
  }

  #dropExpired(): void {
    const nowMs = this.clock.nowMs();
    for (const [key, session] of this.#sessions) if (session.expiresMs <= nowMs) this.#sessions.delete(key);
  }
}

function everything(name: string, via: CredentialKind): Principal {
  return { id: '*', mode: MODE_ALL, name, via };
}

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

/** Compares in a time that does not depend on where the values differ. */
function isEqualSecret(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

import { isDeepStrictEqual } from 'node:util';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { AccessUpkeep } from '../auth/access-upkeep.ts';
import { AccountBook } from '../auth/account-book.ts';
import type { AccountMemo } from '../auth/account-memo.ts';
import { AttemptLimiter } from '../auth/attempt-limiter.ts';
import { ClusterId } from '../auth/cluster-id.ts';
import { findPasswordProblem } from '../auth/password-hash.ts';
import { ReportDoor } from '../auth/report-door.ts';
import { SessionBook } from '../auth/session-book.ts';
import { TokenBook } from '../auth/token-book.ts';
import type { TokenMemo } from '../auth/token-memo.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import { type AuthBooks, Authenticator } from './authenticator.ts';
import { SessionCookie } from './session-cookie.ts';
import { StandingCalls } from './standing-calls.ts';

export interface AuthenticationOptions {
  readonly config: Pick<Config, 'auth' | 'audit' | 'http' | 'nodes'>;
  /** Without one, accounts and sessions are those of liveman.toml and of this process. */
  readonly database: Database | null;
  readonly desktopSecret: string;
  readonly accountMemo?: AccountMemo;
  readonly tokenMemo?: TokenMemo;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything about who callers are. */
export interface Authentication {
  readonly authenticator: Authenticator;
  readonly books: AuthBooks;
  readonly cookie: SessionCookie;
  /** Event streams, which end with the rights of who has them. */
  readonly standing: StandingCalls;
  /** Deletes what has ended; to be started where it is to run. */
  readonly upkeep: AccessUpkeep;
  /** What an operator should know all the time, in words: settings that leave doors open. */
  readonly notices: readonly string[];
  /**
   * Takes tokens, key and passwords of the settings that are others now; logins that were proven with those before, and
   * event streams, end. Throws conflict for a key that is no good, and nothing changes.
   */
  takeSecrets(auth: Config['auth']): Promise<void>;
}

type Auth = Config['auth'];

/** Builds the parts of authentication and reads the accounts, so that it is known whether anybody has to log in. */
export async function createAuthentication(options: AuthenticationOptions): Promise<Authentication> {
  const { clock, config, database, desktopSecret, logger } = options;
  let { auth } = config;
  demandSecret(auth);
  const idleMs = auth.session_idle_seconds * MS_PER_SECOND;
  const books: AuthBooks = {
    accounts: new AccountBook(auth.accounts, database, clock, options.accountMemo),
    sessions: new SessionBook(database, clock, { idleMs, maxMs: auth.session_max_seconds * MS_PER_SECOND }),
    tokens: new TokenBook(database, clock, options.tokenMemo),
    reports: new ReportDoor(config.nodes, database, clock),
    attempts: new AttemptLimiter(clock, database),
  };
  await books.accounts.load();
  const standing = new StandingCalls();
  const authenticator = new Authenticator({ ...auth, desktopSecret }, books, clock, standing);
  let notices: readonly string[] = [];
  const look = (present: Auth) => {
    for (const { password, username } of present.accounts) {
      const problem = findPasswordProblem(password);
      if (problem) logger.warn({ account: username }, `The account ${username} of auth.accounts ${problem}`);
    }
    notices = noticesOf({ auth: present, http: config.http }, authenticator);
    for (const notice of notices) logger.warn({}, notice);
  };
  look(auth);
  return {
    authenticator,
    books,
    cookie: new SessionCookie(new ClusterId(database, clock)),
    standing,
    upkeep: new AccessUpkeep({ database, clock, logger, idleMs, auditKeepDays: config.audit.keep_days }),
    get notices() {
      return notices;
    },
    takeSecrets: async (present) => {
      demandSecret(present);
      if (isDeepStrictEqual(present, auth)) return;
      auth = present;
      authenticator.use(present);
      books.accounts.takeConfig(present.accounts);
      look(present);
      await standing.check();
    },
  };
}

/** Throws conflict: with a key of blanks everybody can sign tokens. */
function demandSecret({ compat, secret }: AuthenticationOptions['config']['auth']): void {
  if (compat === 'upstream' || secret === '' || secret.trim() !== '') return;
  throw new AppError('conflict', `auth.secret has only blanks. ${SECRET_REMEDY}`);
}

const MIN_SECRET_LENGTH = 8;
const SECRET_REMEDY =
  'Use some 32 random characters, as `openssl rand -hex 16` prints them, or leave it out.';

function noticesOf({ auth, http }: Pick<Config, 'auth' | 'http'>, authenticator: Authenticator): string[] {
  const notices: string[] = [];
  if (authenticator.isUpstream) {
    notices.push(
      'auth.compat = "upstream" is set: access is decided as upstream decides it. Tokens for all streams may do ' +
        'everything whatever their mode says' +
        (auth.tokens.length === 0
          ? ', and as auth.tokens is empty, everybody who reaches the port may do everything.'
          : '.'),
    );
  }
  if (authenticator.isUpstream && auth.secret === '' && auth.tokens.length > 0) {
    notices.push('auth.secret is empty and auth.compat = "upstream": anybody can sign tokens.');
  }
  if (!authenticator.isUpstream && auth.secret !== '' && auth.secret.length < MIN_SECRET_LENGTH) {
    notices.push(
      `auth.secret is so short that it can be guessed, and who guesses it signs tokens. ${SECRET_REMEDY}`,
    );
  }
  if (http.cors && !authenticator.isRequired) {
    notices.push(
      'http.cors is on and no authentication is set up: every web page that this computer opens may do everything here.',
    );
  }
  return notices;
}

import { AppError, errorCode, errorMessage } from '../base/errors.ts';

/** Where a database is, without the password: `liveman@127.0.0.1:5432/liveman`. */
export function describeDatabaseUrl(url: string): string {
  try {
    const { username, hostname, port, pathname } = new URL(url);
    const user = username === '' ? '' : `${decodeURIComponent(username)}@`;
    return `${user}${hostname || 'localhost'}:${port || '5432'}${decodeURIComponent(pathname) || '/'}`;
  } catch {
    return 'an address that cannot be read';
  }
}

/** SQLSTATEs with which a server ends or refuses a session although the statement was right. */
const SESSION_STATES = /^(08|57P0|53[0-4]00$)/;

const NETWORK_WORDS: Record<string, string> = {
  ECONNREFUSED: 'refused the connection: no server listens there',
  ENOTFOUND: 'was not found: the host name has no address',
  EAI_AGAIN: 'was not found: the name server does not answer',
  ETIMEDOUT: 'did not answer in time',
  EHOSTUNREACH: 'cannot be reached: there is no route to the host',
  ENETUNREACH: 'cannot be reached: there is no route to the network',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
};

/** Failures that no waiting cures: the settings are wrong. */
const SETTING_WORDS: Record<string, string> = {
  '28P01': 'refused the password; check user and password in the database URL',
  '28000': 'refused the user; check the user in the database URL and the server’s pg_hba.conf',
  '3D000': 'has no database of this name; create it with `createdb`, or correct the name in the database URL',
};

const READ_ONLY_WORDS =
  'takes no changes from here: a newer Liveman has changed it, or the server is a standby. Update this one, or ' +
  'name the primary server in database.url';

/** What the `pg` library says without a code. */
const LIBRARY_WORDS: [RegExp, string][] = [
  [
    /timeout exceeded when trying to connect/i,
    'has no free connection: it does not answer, or database.max_connections is too small',
  ],
  [/connection timeout|timeout expired/i, 'did not answer in time'],
  [/query read timeout/i, 'did not finish a statement in time'],
  [/connection terminated|not queryable|connection ended/i, 'closed the connection'],
  [/does not support SSL/i, 'does not offer the encrypted connection that the database URL asks for'],
  [/password must be a string|no password/i, 'wants a password and the database URL has none'],
];

/** Whether waiting may cure the failure: the server is away, starting or overloaded. */
export function isPassingDatabaseError(error: unknown): boolean {
  const original = rootError(error);
  const code = errorCode(original) ?? '';
  if (code in SETTING_WORDS) return false;
  return (
    code in NETWORK_WORDS ||
    SESSION_STATES.test(code) ||
    LIBRARY_WORDS.slice(0, 4).some(([words]) => words.test(errorMessage(original)))
  );
}

/**
 * An error of `pg` that means "the database cannot be used now" as `database_unavailable`, in words that tell
 * refused, wrong password, missing database and time-out apart and name `place` (see `describeDatabaseUrl`).
 *
 * Anything else, such as a violated constraint, comes back as it is.
 */
export function toDatabaseError(error: unknown, place: string): unknown {
  if (error instanceof AppError) return error;
  const original = rootError(error);
  const words = wordsFor(original);
  if (words === undefined) return error;
  return new AppError('database_unavailable', `The database ${place} ${words}.`, { cause: error });
}

/**
 * SQLSTATE classes with which the server says that it is in trouble: connections, transactions, resources, operators,
 * its system, itself; 25006, a server that only reads; and tables, columns, functions, a schema or rights that are not
 * there, as while a dump is restored.
 */
const TROUBLE_STATES = /^(08|40|53|55|57|58|XX|(25006|42P01|42703|42883|3F000|42501)$)/;

/** Whether the database, not the statement or its values, is at fault; the same may succeed later. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'database_unavailable';
  return TROUBLE_STATES.test(errorCode(rootError(error)) ?? '') || isPassingDatabaseError(error);
}

function wordsFor(error: unknown): string | undefined {
  const code = errorCode(error);
  if (code !== undefined) {
    const known = NETWORK_WORDS[code] ?? SETTING_WORDS[code];
    if (known) return known;
    if (code === '57P03') return 'is starting or stopping';
    if (code === '25006') return READ_ONLY_WORDS;
    if (code === '53300')
      return 'has no connection left; lower database.max_connections or raise the server’s';
    if (SESSION_STATES.test(code)) return `ended the session (${errorMessage(error)})`;
    return undefined;
  }
  return LIBRARY_WORDS.find(([words]) => words.test(errorMessage(error)))?.[1];
}

/** Node tries every address of a host and reports all failures at once; the first one stands for them. */
function rootError(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

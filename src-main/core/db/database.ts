import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { describeDatabaseUrl, isPassingDatabaseError } from './database-errors.ts';
import { ObservedPool } from './observed-pool.ts';
import type { Tables } from './tables.ts';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/name`. */
  url: string;
  /** At least 1. */
  maxConnections: number;
  /** How long the start waits for a server that is away. */
  connectTimeoutMs: number;
  logger: Logger;
  clock: Clock;
  /** Ends the waiting of the start. */
  signal?: AbortSignal;
  /** The longest a statement may take; 30 s unless said otherwise. */
  statementTimeoutMs?: number;
  /** What the connections call themselves; `liveman` unless said otherwise. */
  applicationName?: string;
  /** Whether to go on without a server that is away after 5 s, or `connectTimeoutMs`; see `Database.away`. */
  mayBeAway?: boolean;
}

/**
 * The database. Queries that fail because it cannot be used now throw `database_unavailable`; other errors are
 * those of `pg`, with PostgreSQL's SQLSTATE as `code`. `bigint` columns are numbers.
 */
export interface Database {
  db: Kysely<Tables>;
  pool: pg.Pool;
  /** Throws `database_unavailable` unless the server answers within 5 s. */
  ping(signal?: AbortSignal): Promise<void>;
  /** A connection of its own, outside the pool, not connected yet; its errors are those of `pg`. */
  createClient(limits: { connectTimeoutMs: number; statementTimeoutMs: number }): pg.Client;
  /** Why the server could not be reached at the start; null where it was. */
  away: AppError | null;
  /** From now on every query fails with this; null opens the pool again. */
  shut(reason: AppError | null): void;
  /** Looks whether the server is of the right version, then lets `prepare` use the pool although it is shut. */
  settle(prepare: (pool: Pick<pg.Pool, 'connect'>) => Promise<void>): Promise<void>;
  /** From now on, until it is called with false, writing fails with `database_unavailable`. */
  setReadOnly(isReadOnly: boolean): void;
  /** Waits for the queries under way and closes all connections. May be called twice. */
  close(): Promise<void>;
}

const MIN_SERVER_VERSION = 140_000;
const SLOW_QUERY_MS = 500;
const DEFAULT_STATEMENT_TIMEOUT_MS = 30_000;
/** A request that gets no connection this long is better told so than kept. */
const MAX_ACQUIRE_MS = 10_000;
const PING_LIMIT_MS = 5000;
/** Who can begin without the database does not keep its nodes waiting for it. */
const AWAY_WAIT_MS = 5000;

/**
 * Opens a pool of connections once the server answers.
 *
 * A server that is away or starting is waited for up to `connectTimeoutMs`; wrong settings (password, database
 * name, a server older than PostgreSQL 14) fail at once. Messages and logs never hold the password.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { clock, logger, url } = options;
  const place = describeDatabaseUrl(url);
  const statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS;
  const shared = {
    ...parseUrl(url),
    keepAlive: true,
    application_name: options.applicationName ?? 'liveman',
    types: { getTypeParser },
  };
  const pool = new ObservedPool(
    {
      ...shared,
      max: options.maxConnections,
      connectionTimeoutMillis: Math.min(options.connectTimeoutMs, MAX_ACQUIRE_MS),
      idleTimeoutMillis: 60_000,
      statement_timeout: statementTimeoutMs,
      // The server's own limit comes first; this one is for a server that no longer answers at all.
      query_timeout: statementTimeoutMs + 5000,
      idle_in_transaction_session_timeout: 60_000,
    },
    { clock, logger, place, slowQueryMs: SLOW_QUERY_MS },
  );
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= pool.end();
    return closing;
  };
  let away: AppError | null = null;
  try {
    await waitForServer(pool, place, options);
  } catch (error) {
    if (!options.mayBeAway || !(error instanceof AppError) || !isPassingDatabaseError(error.cause)) {
      await close();
      throw error;
    }
    away = error;
  }
  return {
    away,
    shut: (reason) => pool.shut(reason),
    settle: async (prepare) => {
      const anyway = pool.anyway();
      await checkVersion(anyway, place);
      await prepare(anyway);
    },
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    pool,
    ping: (signal) => ping(pool, place, signal),
    createClient: (limits) =>
      new pg.Client({
        ...shared,
        connectionTimeoutMillis: limits.connectTimeoutMs,
        query_timeout: limits.statementTimeoutMs,
      }),
    setReadOnly: (isReadOnly) => pool.setReadOnly(isReadOnly),
    close,
  };
}

async function waitForServer(pool: pg.Pool, place: string, options: DatabaseOptions): Promise<void> {
  const { clock, logger, signal } = options;
  const limitMs = Math.min(options.connectTimeoutMs, options.mayBeAway ? AWAY_WAIT_MS : Infinity);
  const deadlineMs = clock.monotonicMs() + limitMs;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await checkVersion(pool, place);
    } catch (error) {
      const cause = error instanceof AppError ? error.cause : error;
      const leftMs = deadlineMs - clock.monotonicMs();
      if (!isPassingDatabaseError(cause) || leftMs <= 0) throw error;
      if (attempt === 1) logger.warn({ reason: errorMessage(error) }, 'waiting for the database');
      await clock.sleep(Math.min(1000, 100 * attempt, leftMs), signal);
    }
  }
}

async function checkVersion(pool: Pick<pg.Pool, 'connect'>, place: string): Promise<void> {
  const client = await pool.connect();
  let server: { version: number; text: string } | undefined;
  try {
    const { rows } = await client.query<{ version: number; text: string }>(
      `select current_setting('server_version_num')::int as version, current_setting('server_version') as text`,
    );
    server = rows[0];
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
  if (server && server.version >= MIN_SERVER_VERSION) return;
  throw new AppError(
    'database_unavailable',
    `The database ${place} is PostgreSQL ${server?.text}; Liveman needs PostgreSQL 14 or newer.`,
  );
}

async function ping(pool: pg.Pool, place: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { release, signal: ended } = timeLimit(PING_LIMIT_MS, signal);
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      const isLate = signal?.aborted !== true;
      const late = new AppError('database_unavailable', `The database ${place} did not answer within 5 s.`);
      reject(isLate ? late : signal.reason);
    };
    ended.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const answer = pool.query('select 1');
    // When the limit comes first nobody waits for the answer any more.
    answer.catch(() => {});
    await Promise.race([answer, aborted]);
  } finally {
    release();
    ended.removeEventListener('abort', onAbort);
  }
}

/** Checked here, because the library's own error carries the whole URL. */
function parseUrl(url: string): pg.PoolConfig {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return { connectionString: url };
  throw new AppError(
    'bad_request',
    'The database URL cannot be read; it looks like postgresql://user:password@host:5432/name, with special ' +
      'characters of the password written as %XX.',
  );
}

/** PostgreSQL's `int8` and `int8[]`. Recorded time in microseconds is exact in a double until the year 2255. */
const INT8_OID = 20;
const INT8_ARRAY_OID = 1016;

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
  if (oid === INT8_OID) return Number;
  const parse = pg.types.getTypeParser(oid, 'text');
  if (oid !== INT8_ARRAY_OID) return parse;
  return (text: string) =>
    (parse(text) as unknown as (string | null)[]).map((item) => (item === null ? null : Number(item)));
}

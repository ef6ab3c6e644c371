import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import { ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { type Database, openDatabase } from './database.ts';
import { findServingUrl, startEmbeddedPostgres } from './embedded-postgres.ts';
import { migrate, readMigrations } from './migrator.ts';
import { isRunningAsRoot } from './os-user.ts';

export interface ManagerDatabaseOptions {
  /** PostgreSQL to use; empty for the built-in one in `dataDir`. */
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutSec: number;
  readonly dataDir: string;
  readonly migrationsDir: string;
  readonly programVersion: string;
  /** What the connections call themselves; `liveman` unless said otherwise. */
  readonly applicationName?: string;
  /** Whether to share the built-in server of a manager that runs on this folder instead of refusing. */
  readonly mayShare?: boolean;
  /** Whether to begin without a configured server that is away, and to come to it later. */
  readonly mayBeAway?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface ManagerDatabase {
  readonly database: Database;
  readonly isEmbedded: boolean;
  /** As PostgreSQL says it, `18.4`; empty while the server was not reached. */
  readonly serverVersion: string;
  /** Last migration that this program knows. */
  readonly schemaVersion: number;
  /** Ends the waiting for a server that is away, and everything else. */
  close(): Promise<void>;
}

/**
 * Opens the configured database, or starts the built-in one, and brings its schema up to date.
 *
 * With `mayBeAway` a configured server that is away is no error: until it is there and its schema is right, every
 * query fails with `database_unavailable`.
 */
export async function openManagerDatabase(options: ManagerDatabaseOptions): Promise<ManagerDatabase> {
  const { clock, logger, signal } = options;
  const resources = new ResourceStack();
  try {
    const isEmbedded = options.url === '';
    const url = isEmbedded ? await embeddedUrl(options, resources) : options.url;
    const migrations = await readMigrations(options.migrationsDir);
    const database = await openDatabase({
      url,
      maxConnections: options.maxConnections,
      connectTimeoutMs: options.connectTimeoutSec * MS_PER_SECOND,
      ...(options.applicationName ? { applicationName: options.applicationName } : {}),
      mayBeAway: !isEmbedded && options.mayBeAway === true,
      logger: logger.child({ part: 'database' }),
      clock,
      signal,
    });
    resources.use(database);
    let serverVersion = '';
    const prepare = async (pool: Pick<pg.Pool, 'connect'>) => {
      serverVersion = await prepareDatabase(pool, options);
    };
    if (database.away) resources.use(waitForDatabase(database, prepare, options));
    else await prepare(database.pool);
    return {
      database,
      isEmbedded,
      get serverVersion() {
        return serverVersion;
      },
      schemaVersion: migrations.at(-1)?.version ?? 0,
      close: () => resources.close(),
    };
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/** Brings the schema up to date; answers with the version of the server. */
async function prepareDatabase(
  pool: Pick<pg.Pool, 'connect'>,
  { logger, migrationsDir, programVersion }: ManagerDatabaseOptions,
): Promise<string> {
  await migrate(pool, migrationsDir, {
    logger,
    programVersion,
    onPending: (client, from) => tellOlderManagers(client, from, logger),
  });
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version.split(' ')[0] ?? '';
  } finally {
    client.release();
  }
}

/** Managers of an older version that run now write nothing any more once the schema is ours. */
async function tellOlderManagers(client: pg.PoolClient, from: number, logger: Logger): Promise<void> {
  const { rows: found } = await client.query(`select to_regclass('managers') is not null as "isThere"`);
  if (found[0]?.isThere !== true) return;
  const { rows } = await client.query<{ host: string; version: string }>(
    `select host, version from managers
     where ended_at is null and last_seen_at > clock_timestamp() - interval '10 s' and schema_version <= $1`,
    [from],
  );
  if (rows.length === 0) return;
  const others = rows.map(({ host, version }) => `${host} (${version})`).join(', ');
  logger.warn(
    { others },
    'The schema is brought up to date; older managers write nothing until they are updated',
  );
}

const RETRY_MS = 2 * MS_PER_SECOND;

/** Opens the pool once the server is there and its schema is right. */
function waitForDatabase(
  database: Database,
  prepare: (pool: Pick<pg.Pool, 'connect'>) => Promise<void>,
  { clock, logger, signal: ended }: ManagerDatabaseOptions,
): { close(): Promise<void> } {
  const stop = new AbortController();
  ended.addEventListener('abort', () => stop.abort(), { once: true });
  const { signal } = stop;
  let told = '';
  const note = (error: unknown) => {
    const message = errorMessage(error);
    const isKnown = error instanceof AppError && error.code === 'database_unavailable';
    database.shut(isKnown ? error : new AppError('database_unavailable', message, { cause: error }));
    if (message !== told) logger.warn({ reason: message }, 'Works without the database until it is there');
    told = message;
  };
  const run = async () => {
    note(database.away);
    while (!signal.aborted) {
      await clock.sleep(RETRY_MS, signal);
      if (signal.aborted) return;
      try {
        await database.settle(prepare);
        database.shut(null);
        logger.info({}, 'The database is there');
        return;
      } catch (error) {
        note(error);
      }
    }
  };
  const loop = run();
  return {
    close: async () => {
      stop.abort();
      // A server that does not answer would hold the end of the program up.
      await Promise.race([loop, clock.sleep(MS_PER_SECOND)]);
    },
  };
}

async function embeddedUrl(options: ManagerDatabaseOptions, resources: ResourceStack): Promise<string> {
  const { clock, logger, signal } = options;
  const folder = join(options.dataDir, 'postgres');
  await mkdir(options.dataDir, { recursive: true });
  if (isRunningAsRoot()) await letOthersPass(options.dataDir);
  const servingUrl = options.mayShare ? await findServingUrl(folder) : null;
  if (servingUrl) return servingUrl;
  const server = await startEmbeddedPostgres({
    dataDir: folder,
    logger: logger.child({ part: 'postgres' }),
    signal,
    clock,
  });
  resources.defer(() => server.stop());
  return server.url;
}

/**
 * Where we are root the server runs as another user, who must be able to pass through our own folder to its
 * part of it. Passing is not listing: the rest stays as closed as it is.
 */
async function letOthersPass(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  await chmod(folder, (mode & 0o7777) | 0o011);
}

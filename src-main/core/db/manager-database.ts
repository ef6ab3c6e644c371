import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { type Database, openDatabase } from './database.ts';
import { findServingUrl, startEmbeddedPostgres } from './embedded-postgres.ts';
import { migrate } from './migrator.ts';
import { isRunningAsRoot } from './os-user.ts';

export interface ManagerDatabaseOptions {
  /** PostgreSQL to use; empty for the built-in one in `dataDir`. */
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutSec: number;
  readonly dataDir: string;
  readonly migrationsDir: string;
  readonly programVersion: string;
  /** Whether to share the built-in server of a manager that runs on this folder instead of refusing. */
  readonly mayShare?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface ManagerDatabase {
  readonly database: Database;
  readonly isEmbedded: boolean;
  /** As PostgreSQL says it, `18.4`. */
  readonly serverVersion: string;
  close(): Promise<void>;
}

/** Opens the configured database, or starts the built-in one, and brings its schema up to date. */
export async function openManagerDatabase(options: ManagerDatabaseOptions): Promise<ManagerDatabase> {
  const { clock, logger, signal } = options;
  const resources = new ResourceStack();
  try {
    const isEmbedded = options.url === '';
    const url = isEmbedded ? await embeddedUrl(options, resources) : options.url;
    const database = await openDatabase({
      url,
      maxConnections: options.maxConnections,
      connectTimeoutMs: options.connectTimeoutSec * MS_PER_SECOND,
      logger: logger.child({ part: 'database' }),
      clock,
      signal,
    });
    resources.use(database);
    await migrate(database.pool, options.migrationsDir, { logger, programVersion: options.programVersion });
    const { rows } = await database.pool.query<{ server_version: string }>('show server_version');
    const serverVersion = rows[0]?.server_version.split(' ')[0] ?? '';
    return { database, isEmbedded, serverVersion, close: () => resources.close() };
  } catch (error) {
    await resources.close();
    throw error;
  }
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

import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '../core/base/clock.ts';
import { AppError } from '../core/base/errors.ts';
import { createLogger } from '../core/base/logger.ts';
import { loadConfig } from '../core/config/config.ts';
import { openManagerDatabase } from '../core/db/manager-database.ts';
import { indexStorage } from '../core/segments/index-storage.ts';
import { rememberStorage } from '../core/services/open-storage.ts';
import { FsStore } from '../core/storage/fs-store.ts';
import type { Arguments } from './arguments.ts';
import type { Places } from './places.ts';

/** `liveman index`: finds the recordings of a storage folder and puts them into the index. */
export async function runIndex(
  args: Extract<Arguments, { command: 'index' }>,
  places: Places,
): Promise<number> {
  const root = resolve(args.storageDir);
  if (!(await stat(root).catch(() => null))?.isDirectory()) {
    throw new AppError('storage_unavailable', `There is no folder ${root}. Give the storage root of a node.`);
  }
  const { config } = loadConfig({ path: args.configPath, env: { ...process.env }, cwd: process.cwd() });
  const logger = createLogger(config.log.level);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

  const managerDatabase = await openManagerDatabase({
    url: config.database.url,
    maxConnections: config.database.max_connections,
    connectTimeoutSec: config.database.connect_timeout,
    dataDir: places.dataDir,
    migrationsDir: join(places.packageDir, 'migrations'),
    programVersion: places.version,
    clock: systemClock,
    logger,
    signal: stop.signal,
  });
  try {
    const { database } = managerDatabase;
    await rememberStorage(database, root);
    const result = await indexStorage({
      database,
      store: new FsStore(root),
      clock: systemClock,
      logger,
      nodeAlias: args.nodeAlias,
      signal: stop.signal,
    });
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } finally {
    await managerDatabase.close();
  }
}

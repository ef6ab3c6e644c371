import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '../core/base/clock.ts';
import { AppError } from '../core/base/errors.ts';
import { createLogger } from '../core/base/logger.ts';
import { openManagerDatabase } from '../core/db/manager-database.ts';
import { loadOsKeychain } from '../core/secrets/keychain.ts';
import { openConfig } from '../core/secrets/open-config.ts';
import { type IndexProgress, indexStorage } from '../core/segments/index-storage.ts';
import { isBucketPlace, openPlace, rememberStorage } from '../core/services/open-storage.ts';
import type { Arguments } from './arguments.ts';
import type { Places } from './places.ts';

/** `liveman index`: finds the recordings of a storage folder or bucket and puts them into the index. */
export async function runIndex(
  args: Extract<Arguments, { command: 'index' }>,
  places: Places,
): Promise<number> {
  const isBucket = isBucketPlace(args.storageDir);
  const root = isBucket ? args.storageDir : resolve(args.storageDir);
  if (!isBucket && !(await stat(root).catch(() => null))?.isDirectory()) {
    throw new AppError('storage_unavailable', `There is no folder ${root}. Give the storage root of a node.`);
  }
  const { config } = await openConfig({
    path: args.configPath,
    env: { ...process.env },
    cwd: process.cwd(),
    dataDir: places.dataDir,
    isDesktop: false,
    loadKeychain: loadOsKeychain,
  });
  const store = await openPlace(root, config.recorder.storage);
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
    mayShare: true,
    clock: systemClock,
    logger,
    signal: stop.signal,
  });
  try {
    const { database } = managerDatabase;
    await rememberStorage(database, store.name);
    const result = await indexStorage({
      database,
      store,
      clock: systemClock,
      logger,
      nodeAlias: args.nodeAlias,
      signal: stop.signal,
      onProgress: showProgress,
    });
    process.stdout.write(`${summary(result)}\n`);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write('\nStopped. What was found so far is in the index; run it again to go on.\n');
    return 130;
  } finally {
    await managerDatabase.close();
  }
}

/** One line that is written over, where somebody looks at it. */
function showProgress(progress: IndexProgress): void {
  if (!process.stderr.isTTY) return;
  const { addedCount, dir, folderCount, knownCount } = progress;
  process.stderr.write(
    `\r\x1b[K${folderCount} folders, ${addedCount} new segments, ${knownCount} known: ${dir}`,
  );
}

function summary({ addedCount, folderCount, knownCount, problems }: IndexProgress): string {
  const counts = `${folderCount} recordings: ${addedCount} segments added, ${knownCount} known already.`;
  return [counts, ...problems].join('\n');
}

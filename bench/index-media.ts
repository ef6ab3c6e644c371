import { chmodSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../src-main/core/base/clock.ts';
import { limitHeapGrowth } from '../src-main/core/base/heap-growth.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import { type Database, openDatabase } from '../src-main/core/db/database.ts';
import { startEmbeddedPostgres } from '../src-main/core/db/embedded-postgres.ts';
import { migrate } from '../src-main/core/db/migrator.ts';
import { indexStorage } from '../src-main/core/segments/index-storage.ts';
import { FsStore } from '../src-main/core/storage/fs-store.ts';
import { printFigure, timedSec } from './support/figure.ts';
import { makeRecording } from './support/made-recording.ts';
import { inScratchFolder, ROOT_DIR } from './support/scratch.ts';

/** Recordings of a day each, with sound: about a hundred thousand objects, and a little more than a million. */
const SIZES = [6, 64];
const DAY_SEC = 86_400;
const DAY_FOLDER = 'cam1/1795345823';
const PARALLEL_READS = 4;

/**
 * Indexing a whole storage without a database: every object examined, every segment a durable row; beside reading the
 * same files and doing nothing with them. LIVEMAN_BENCH_SIZES=1 leaves the larger one out.
 */
export async function run(): Promise<void> {
  // As the command does.
  limitHeapGrowth();
  await inScratchFolder(async (folder) => {
    // The built-in PostgreSQL's own user has to get through.
    chmodSync(folder, 0o755);
    const source = path.join(folder, 'source');
    await makeRecording(source, { lengthSec: DAY_SEC, videoBps: 0 });
    const server = await startEmbeddedPostgres({
      dataDir: path.join(folder, 'postgres'),
      logger: silentLogger,
      signal: AbortSignal.timeout(60_000),
      clock: systemClock,
    });
    const database = await openDatabase({
      url: server.url,
      maxConnections: 10,
      connectTimeoutMs: 10_000,
      clock: systemClock,
      logger: silentLogger,
    });
    try {
      const migrations = path.join(ROOT_DIR, 'migrations');
      await migrate(database.pool, migrations, { logger: silentLogger, programVersion: 'bench' });
      // Until the code is compiled, so that it is not counted with the smaller one alone.
      await measure(database, source, path.join(folder, 'warm'), 1, false);
      const sizes = SIZES.slice(0, Number(process.env.LIVEMAN_BENCH_SIZES ?? SIZES.length));
      for (const count of sizes) {
        await measure(database, source, path.join(folder, `storage-${count}`), count, true);
      }
    } finally {
      await database.close();
      await server.stop();
    }
  });
}

async function measure(
  database: Database,
  source: string,
  root: string,
  folderCount: number,
  isPrinted: boolean,
): Promise<void> {
  const folder = path.join(source, DAY_FOLDER);
  const names = readdirSync(folder);
  linkFolders(folder, names, root, folderCount);
  const count = names.length * folderCount;
  const readSec = await timedSec(() => readAll(folder, names));
  globalThis.gc?.();
  const beforeBytes = process.memoryUsage().rss;
  let peakBytes = beforeBytes;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
  }, 50);
  let added = 0;
  const sec = await timedSec(async () => {
    const store = new FsStore(root);
    const result = await indexStorage({ database, store, clock: systemClock, logger: silentLogger });
    added = result.addedCount;
    if (result.problems.length > 0) throw new Error(result.problems[0]);
  });
  clearInterval(timer);
  const expected = count - 2 * folderCount;
  if (added !== expected) throw new Error(`${added} of ${expected} segments were indexed.`);
  if (!isPrinted) return;
  printFigure({
    name: `${count.toLocaleString('en')} objects of a folder indexed`,
    value: count / sec,
    unit: 'obj/s',
    ratio: (readSec * folderCount) / sec,
    aim: 'to reading the files',
  });
  printFigure({
    name: 'memory for that, above the start',
    value: (peakBytes - beforeBytes) / 1e6,
    unit: 'MB',
    aim: '< 200, at any size',
  });
}

/**
 * The same day for that many streams, by hard links: a million files on the disk of one day. Their paths are not kept,
 * as they would be taken for memory of the run.
 */
function linkFolders(source: string, names: readonly string[], root: string, folderCount: number): void {
  for (let i = 0; i < folderCount; i += 1) {
    const stream = `${path.basename(root)}-cam${String(i).padStart(3, '0')}`;
    const folder = path.join(root, stream, path.basename(source));
    mkdirSync(folder, { recursive: true });
    for (const name of names) linkSync(path.join(source, name), path.join(folder, name));
  }
}

async function readAll(folder: string, names: readonly string[]): Promise<void> {
  const waiting = [...names];
  const worker = async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      await readFile(path.join(folder, name));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_READS }, worker));
}

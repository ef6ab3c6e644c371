import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { nowUs, systemClock } from '../../src-main/core/base/clock.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import {
  type IndexProgress,
  type IndexStorageOptions,
  indexStorage,
} from '../../src-main/core/segments/index-storage.ts';
import type { SegmentReport } from '../../src-main/core/segments/report-check.ts';
import { ReportDoor } from '../../src-main/core/segments/report-door.ts';
import { FsStore } from '../../src-main/core/storage/fs-store.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let test: TestDatabase;
/** The storage root, new for each test. */
export let root: string;

/** Sets up a database for the file that calls it; before each test index and storage are empty. */
export function setUpIndexBench(): void {
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    await emptyIndex();
    root = await mkdtemp(path.join(os.tmpdir(), 'index-storage-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
}

export async function emptyIndex(): Promise<void> {
  await query('truncate recordings, tracks, segments, coverage, recorded_streams');
}

/** Indexes the storage, as `liveman index` does. */
export function index(options: Partial<IndexStorageOptions> = {}): Promise<IndexProgress> {
  return indexStorage({
    database: test.database,
    store: new FsStore(root),
    clock: systemClock,
    logger: silentLogger,
    ...options,
  });
}

/** Reports segments, as a node does. */
export async function report(told: SegmentReport): Promise<void> {
  const door = new ReportDoor({ database: test.database, clock: systemClock, onWritten: () => {} });
  await door.report(told, nowUs(systemClock));
  await door.close();
}

export async function query(text: string) {
  return (await test.database.pool.query(text)).rows;
}

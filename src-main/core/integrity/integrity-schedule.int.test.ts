import { mkdtemp, rm, unlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { IntegrityRun } from '../../../src-shared/model/integrity.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { loadConfig } from '../config/config.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { openStorage } from '../services/open-storage.ts';
import { runSchedule } from './check-schedule.ts';
import { IntegrityService } from './integrity-service.ts';

/** Checks in parts, as nights allow, over the captured recordings with two files gone. */

let test: TestDatabase;
let root: string;
let service: IntegrityService;
let wrong: number[];

const query = async (text: string) => (await test.database.pool.query(text)).rows;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  await query(
    'truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, integrity_runs, integrity_findings',
  );
  root = await mkdtemp(path.join(os.tmpdir(), 'integrity-schedule-'));
  await copyCaptures('head', root);
  const { config } = loadConfig({ cwd: root, env: {} });
  config.recorder.storage.root = root;
  const { database } = test;
  const opened = await openStorage({
    config,
    cwd: root,
    dataDir: root,
    database,
    storageNameOf: () => '',
  });
  const common = { database, clock: systemClock, logger: silentLogger };
  await indexStorage({ ...common, store: opened.storages.default.store, nodeAlias: 'edge-1' });
  await query(`update segments set created_at = now() - interval '1 hour'`);
  await query(`update recordings set created_at = now() - interval '1 hour'`);
  for (const file of ['cam1/1795345208/v_seg_0002.m4s', 'gone/1795345263/v_seg_0001.m4s'])
    await unlink(path.join(root, file));
  wrong = [];
  service = new IntegrityService({
    ...common,
    store: opened.store,
    storages: opened.storages,
    nodeStore: null,
    onWritten: () => {},
    onDone: (count) => wrong.push(count),
    schedule: { every_days: 7, at_hour: 3, max_minutes: 1 },
  });
});
afterEach(async () => {
  await service.close();
  await rm(root, { recursive: true, force: true });
});

async function part(options: Parameters<IntegrityService['start']>[0]): Promise<IntegrityRun> {
  await service.start(options);
  await service.finished();
  const { run } = await service.status();
  expect(run?.problem).toBeNull();
  return run as IntegrityRun;
}

const places = async () =>
  (await service.findings({ isResolved: false, afterId: 0, limit: 100 })).map(({ place }) => place).sort();

it('goes on where it was paused, and finds what one run finds', async () => {
  const whole = await part({});
  const expected = await places();
  expect(whole).toMatchObject({ state: 'done', segmentCount: 25, isScheduled: false });
  expect(expected).toHaveLength(2);
  expect(wrong).toEqual([2]);

  const ids = new Set<string>();
  let parts = 0;
  for (let run: IntegrityRun | null = null; run?.state !== 'done'; parts += 1) {
    run = await part({ isScheduled: true, maxMs: 0 });
    ids.add(run.id);
    expect(run.isScheduled).toBe(true);
    // Nothing is taken for gone before all was looked at.
    expect(await places()).toEqual(expected);
    if (run.state === 'done') expect(run.segmentCount).toBe(25);
    expect(parts).toBeLessThan(20);
  }
  expect(parts).toBeGreaterThan(3);
  expect(ids.size).toBe(1);
  expect(wrong).toEqual([2, 2]);
});

it('gives up what was paused when somebody asks for a check', async () => {
  const paused = await part({ isScheduled: true, maxMs: 0 });
  expect(paused.state).toBe('paused');
  expect((await part({})).state).toBe('done');
  expect(await query(`select state from integrity_runs where id = '${paused.id}'`)).toEqual([
    { state: 'cancelled' },
  ]);
});

it('begins by itself when it is due, and keeps to its time', async () => {
  await query(`update schema_migrations set applied_at = now() - interval '30 days'`);
  const { nextAtMs } = await service.status();
  expect(nextAtMs).toBeLessThanOrEqual(Date.now());
  const stop = new AbortController();
  // Waiting is over at once; the work takes the time it takes.
  const clock: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(5, signal) };
  const config = { every_days: 7, at_hour: 3, max_minutes: 1 };
  const tools = { config, database: test.database, integrity: service, clock, logger: silentLogger };
  const running = runSchedule(tools, stop.signal);
  await vi.waitFor(async () => expect((await service.status()).run?.state).toBe('done'), { timeout: 20_000 });
  expect((await service.status()).nextAtMs).toBeGreaterThan(Date.now() + 5 * 24 * 3_600_000);
  await systemClock.sleep(100);
  stop.abort();
  await running;
  expect(await query('select count(*)::int as n from integrity_runs')).toEqual([{ n: 1 }]);
});

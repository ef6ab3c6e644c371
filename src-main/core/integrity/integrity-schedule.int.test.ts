import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type CheckedCaptures, checkCaptures } from '../../../e2e/support/integrity-bench.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { IntegrityRun } from '../../../src-shared/model/integrity.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { runSchedule } from './check-schedule.ts';
import type { IntegrityService } from './integrity-service.ts';

/** Checks in parts, as nights allow, over the captured recordings with two files gone. */

let test: TestDatabase;
let bench: CheckedCaptures;
let service: IntegrityService;
let wrong: number[];

const query = async (text: string) => (await test.database.pool.query(text)).rows;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  wrong = [];
  bench = await checkCaptures(test, {
    onDone: (count) => wrong.push(count),
    schedule: { every_days: 7, at_hour: 3, max_minutes: 1 },
  });
  ({ service } = bench);
  for (const file of ['cam1/1795345208/v_seg_0002.m4s', 'gone/1795345263/v_seg_0001.m4s'])
    await unlink(path.join(bench.root, file));
});
afterEach(() => bench.close());

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

import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createTestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createRetentionService, type RetentionService } from './retention-service.ts';
import { createRetentionBench, NOW_US, type RetentionBench, SEGMENT_BYTES } from './retention-test-kit.ts';

const daysAgo = (days: number) => NOW_US - days * US_PER_DAY;

let bench: RetentionBench;
let service: RetentionService;
let alerts: { raised: string[]; resolved: number };
/** Lets the worker go on after its pause. */
let wake: () => void;

beforeAll(async () => {
  bench = await createRetentionBench(await createTestDatabase());
});
afterAll(() => bench?.close());
beforeEach(async () => {
  await bench.clear();
  service = open();
});
afterEach(() => service.close());

function open(
  store: ObjectStore = bench.store,
  storages: readonly ObjectStore[] = [store],
  ofNode: (alias: string) => ObjectStore = () => store,
): RetentionService {
  alerts = { raised: [], resolved: 0 };
  const { clock, database, tools } = bench;
  return createRetentionService({
    config: [{ streams: ['vip'], keep_days: 0, max_gb: 0, max_bytes: 0 }],
    database,
    store,
    storages: {
      all: storages.map((each) => ({ store: each })),
      ofNode: (alias) => ({ store: ofNode(alias) }),
    },
    isSamePlace: () => true,
    alerts: {
      raise: (kind, object, text) => alerts.raised.push(`${kind} ${object.kind}: ${text}`),
      resolve: () => {
        alerts.resolved += 1;
      },
    },
    clock: {
      ...clock,
      // Pauses of the worker wait to be woken; those between batches are short.
      sleep: (durationMs, signal) =>
        durationMs < 60_000
          ? Promise.resolve()
          : new Promise((resolve) => {
              wake = resolve;
              signal?.addEventListener('abort', () => resolve(), { once: true });
            }),
    },
    logger: tools.logger,
  });
}

/** As long as a busy machine may need. */
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 30_000, interval: 50 });
const lastRun = async () => (await service.state()).runs[0];

it('keeps rules of the file before those of the window, which replace each other as a whole', async () => {
  const heard = vi.fn();
  service.onDidChange(heard);
  const first = { streams: [' cam* ', 'cam*', ''], keepDays: 3, maxBytes: null };
  expect(
    await service.setRules([first, { streams: ['*'], keepDays: null, maxBytes: 5 }], 'anna'),
  ).toMatchObject([
    { id: 'file-1', source: 'file', streams: ['vip'], keepDays: null },
    { source: 'window', streams: ['cam*'], keepDays: 3, updatedBy: 'anna' },
    { source: 'window', streams: ['*'], maxBytes: 5 },
  ]);
  expect(heard).toHaveBeenCalledOnce();
  expect(await service.setRules([], 'anna')).toHaveLength(1);
  await expect(service.setRules([{ ...first, streams: [' '] }], 'anna')).rejects.toMatchObject({
    code: 'bad_request',
  });
});

it('removes when it is time, and when asked to', async () => {
  await bench.record('cam1', daysAgo(5), 2);
  await service.setRules([{ streams: ['*'], keepDays: 1, maxBytes: null }], 'anna');
  expect(await service.preview(null)).toMatchObject({ segments: 4 });
  expect(await service.preview([])).toMatchObject({ segments: 0 });
  expect((await service.state()).nextRunAtMs).toBeNull();
  service.start();
  service.start();
  await until(async () => expect((await service.state()).nextRunAtMs).toBeGreaterThan(NOW_US / 1000));
  expect(await lastRun()).toBeUndefined();
  wake();
  await until(async () => expect(await lastRun()).toMatchObject({ state: 'done', segments: 4 }));
  await until(() => expect(alerts).toMatchObject({ raised: [], resolved: 1 }));

  await bench.record('cam1', daysAgo(4), 1);
  await service.close();
  expect((await service.state()).nextRunAtMs).toBeNull();
  service.begin();
  expect(() => service.begin()).toThrow(AppError);
  await until(async () => expect(await lastRun()).toMatchObject({ state: 'done', segments: 2 }));
  // Taken up again, as by another manager that becomes the one that removes.
  service.start();
  await until(async () => expect((await service.state()).nextRunAtMs).not.toBeNull());
});

it('removes soon what an export that is over had kept, and hurries for nothing else', async () => {
  const begunUs = daysAgo(5);
  await bench.record('cam1', begunUs, 2);
  await bench.query(
    `insert into exports (stream, start_ts, end_ts, state) values ('cam1', $1, $2, 'running')`,
    begunUs,
    begunUs + 20_000_000,
  );
  await service.setRules([{ streams: ['cam1'], keepDays: 1, maxBytes: null }], 'anna');
  service.start();
  wake();
  await until(async () => expect(await lastRun()).toMatchObject({ state: 'done', segments: 0 }));
  const inMs = async () => ((await service.state()).nextRunAtMs ?? 0) - NOW_US / 1000;
  await until(async () => expect(await inMs()).toBe(3_600_000));
  await service.noteReleased('cam1', daysAgo(0.5));
  await service.noteReleased('door', begunUs);
  expect(await inMs()).toBe(3_600_000);

  await bench.query(`update exports set state = 'done'`);
  await service.noteReleased('cam1', begunUs);
  await until(async () => expect(await inMs()).toBe(60_000));
  wake();
  await until(async () => expect(await lastRun()).toMatchObject({ state: 'done', segments: 4 }));
});

it('raises an alert while something withstands', async () => {
  const store: ObjectStore = {
    name: '/srv/storage',
    stat: async () => null,
    read: async () => Buffer.alloc(0),
    stream: () => {
      throw new Error('not asked for');
    },
    list: async function* () {},
    usage: async () => ({ usedBytes: 10, totalBytes: 100 }),
  };
  service = open(store);
  await bench.record('cam1', daysAgo(5), 2);
  await service.setRules([{ streams: ['*'], keepDays: 1, maxBytes: null }], 'anna');
  service.begin();
  await until(() =>
    expect(alerts.raised).toEqual([
      expect.stringMatching(/^retention-trouble storage: Nothing can be removed from the storage/),
    ]),
  );
  expect(await bench.query('select count(*)::int as count from segments')).toEqual([{ count: 4 }]);
  expect(await lastRun()).toMatchObject({ state: 'failed', segments: 0 });
});

it('tells when room ends, and when a rule removes', async () => {
  for (const day of [3, 2, 1]) await bench.record('cam1', daysAgo(day), 15);
  await bench.record('door', daysAgo(1), 30);
  await service.setRules([{ streams: ['cam*'], keepDays: null, maxBytes: 150 * SEGMENT_BYTES }], 'anna');
  const usage = { usedBytes: 0, totalBytes: 160 * SEGMENT_BYTES };
  const roomy: ObjectStore = Object.assign(Object.create(bench.store), { usage: async () => usage });
  await service.close();
  service = open(roomy);
  const { forecast } = await service.state();
  // cam1: 30 segments a day for three days; door: 60 in three.
  expect(forecast).toMatchObject({
    growthBytesPerDay: 50 * SEGMENT_BYTES,
    basisDays: 3,
    freeBytes: 160 * SEGMENT_BYTES,
    // 100 while the rule still lets cam1 grow by 60, then 20 a day.
    fullInDays: 5,
    rules: [
      { ruleId: 'file-1', storedBytes: 0 },
      { storedBytes: 90 * SEGMENT_BYTES, reachesLimitInDays: 2, settlesAtBytes: 150 * SEGMENT_BYTES },
    ],
  });
  expect(await service.forecast()).toEqual(forecast);
  // The others fill the storage too.
  expect(await service.forecast(['door'])).toMatchObject({
    growthBytesPerDay: 60 * SEGMENT_BYTES,
    fullInDays: null,
  });
  expect(forecast.text).toBe('The storage is full in 5 days, as recording went in the last 3 days.');
});

it('tells of several storages each by its own room and growth, the one that is full first before the others', async () => {
  const room = (name: string, free: number | null, disk?: string): ObjectStore =>
    Object.assign(Object.create(bench.store), {
      name,
      usage: async () => (free === null ? null : { usedBytes: 0, totalBytes: free * SEGMENT_BYTES, disk }),
    });
  const storages = [room('/a', 1000), room('/b', 90), room('bucket', null)];
  const [a, b, bucket] = storages as [ObjectStore, ObjectStore, ObjectStore];
  const byNode = new Map([
    ['pier', b],
    ['cloud', bucket],
  ]);
  await service.close();
  service = open(a, storages, (alias) => byNode.get(alias) ?? a);
  for (let day = 1; day <= 2; day += 1) {
    await bench.record('cam1', daysAgo(day), 20);
    await bench.record('cam1', daysAgo(day), 5, { node: 'pier', dir: `pier/${day}` });
    await bench.record('door', daysAgo(day), 10, { node: 'pier', dir: `door/${day}` });
    await bench.record('door', daysAgo(day), 1, { node: 'cloud', dir: `cloud/${day}` });
  }
  // In whole: 40 and 10 of cam1 a day, so that a fifth of its limit is for /b, where 20 lie.
  await service.setRules([{ streams: ['cam*'], keepDays: null, maxBytes: 200 * SEGMENT_BYTES }], 'anna');
  const { forecast } = await service.state();
  expect(forecast.storages).toEqual([
    // 30 a day for two days, then 20 a day.
    { name: '/b', freeBytes: 90 * SEGMENT_BYTES, growthBytesPerDay: 30 * SEGMENT_BYTES, fullInDays: 3.5 },
    { name: '/a', freeBytes: 1000 * SEGMENT_BYTES, growthBytesPerDay: 40 * SEGMENT_BYTES, fullInDays: null },
    { name: 'bucket', freeBytes: null, growthBytesPerDay: 2 * SEGMENT_BYTES, fullInDays: null },
  ]);
  expect(forecast).toMatchObject({ fullInDays: 3.5, freeBytes: 90 * SEGMENT_BYTES });
  expect(forecast.text).toBe('The storage /b is full in 3 days, as recording went in the last 2 days.');
  expect((await service.forecast(['door'])).storages).toEqual([]);

  // Two folders of one disk fill it together.
  await service.close();
  const shared = [room('/a', 1000, 'disk'), room('/b', 1000, 'disk')];
  service = open(shared[0], shared, (alias) => shared[alias === 'pier' ? 1 : 0] as ObjectStore);
  await service.setRules([], 'anna');
  expect((await service.state()).forecast.storages.map(({ fullInDays }) => fullInDays)).toEqual([
    1000 / 72,
    1000 / 72,
  ]);
});

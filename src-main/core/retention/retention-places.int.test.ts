import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase } from '../../../e2e/support/test-database.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { StoreChain } from '../storage/store-chain.ts';
import { createRetentionBench, NOW_US, type RetentionBench, SEGMENT_BYTES } from './retention-test-kit.ts';
import { runRetention } from './run-retention.ts';

/** Two storages with files of the same paths: only what the rows are of goes. */

let bench: RetentionBench;
let other: string;
const S = 1_000_000;
const DAY = 86_400 * S;
const rule = { streams: ['*'], keepDays: 1, maxBytes: null };

beforeAll(async () => {
  bench = await createRetentionBench(await createTestDatabase());
});
afterAll(() => bench.close());
beforeEach(async () => {
  other = await mkdtemp(join(tmpdir(), 'retention-other-'));
});

function chain(formerOf: () => Promise<FsStore[]>): StoreChain {
  const [own, second] = [bench.store, new FsStore(other)];
  return new StoreChain({
    stores: [second, own],
    ofNode: () => second,
    formerOf,
    readOthers: async () => [],
  });
}

const filesIn = async (root: string) =>
  (await readdir(root, { recursive: true, withFileTypes: true })).filter((each) => each.isFile()).length;

async function remove(store: ObjectStore): Promise<void> {
  const rules = async () => [
    { ...rule, id: 'r', source: 'window' as const, updatedBy: '', updatedAtMs: null },
  ];
  await runRetention({ ...bench.tools, store }, rules);
}

it('removes from the storage in which a recording was seen, not from the one its name records to now', async () => {
  await bench.record('cam1', NOW_US - 5 * DAY, 3);
  await cp(bench.root, other, { recursive: true });
  await bench.query('update recordings set place = $1', bench.root);
  const before = await filesIn(other);
  await remove(chain(async () => [bench.store]));
  expect(await bench.query('select count(*)::int as n from segments')).toEqual([{ n: 0 }]);
  expect(await filesIn(bench.root)).toBe(0);
  expect(await filesIn(other)).toBe(before);
  await rm(other, { recursive: true });
});

it('tells by the size which object is meant where nobody has looked', async () => {
  await bench.record('cam2', NOW_US - 5 * DAY, 3);
  await cp(bench.root, other, { recursive: true });
  for (const entry of await readdir(other, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await cp(import.meta.filename, join(entry.parentPath, entry.name), { force: true });
  }
  const before = await filesIn(other);
  await remove(chain(async () => [bench.store]));
  expect(await filesIn(bench.root)).toBe(0);
  expect(await filesIn(other)).toBe(before);
  await rm(other, { recursive: true });
});

it('removes what lies in a storage that answers while another one is away', async () => {
  await bench.clear();
  const gone = new FsStore(join(other, 'unplugged'));
  const store = new StoreChain({
    stores: [bench.store],
    ofNode: () => bench.store,
    readOthers: async () => [gone],
  });
  for (const stream of ['cam1', 'cam2', 'cam3']) await bench.record(stream, NOW_US - 5 * DAY, 2);
  const later = await bench.record('cam2', NOW_US - 4 * DAY, 2);
  await bench.query(
    `update recordings set place = case when stream = 'cam1' or stream = 'cam2' and dir <> $1 then $2 else $3 end`,
    later,
    gone.name,
    bench.root,
  );
  await remove(store);
  expect(await bench.query('select stream, count(*)::int as n from segments group by 1 order by 1')).toEqual([
    { stream: 'cam1', n: 4 },
    { stream: 'cam2', n: 4 },
  ]);
  expect(await bench.query('select state, problem, failed_count from retention_runs')).toEqual([
    { state: 'failed', problem: expect.stringMatching(/^[^.]*unplugged is not there/), failed_count: 0 },
  ]);
});

it('counts what two runs at once removed only once', async () => {
  await bench.clear();
  await bench.record('cam1', NOW_US - 5 * DAY, 3);
  const store = new FsStore(bench.root);
  store.remove = async (...args) => {
    await remove(bench.store);
    return bench.store.remove(...args);
  };
  const rules = async () => [
    { ...rule, id: 'r', source: 'window' as const, updatedBy: '', updatedAtMs: null },
  ];
  expect(await runRetention({ ...bench.tools, store }, rules)).toMatchObject({ segments: 0, bytes: 0 });
  const counts =
    'select sum(segment_count)::int as segments, sum(size_bytes)::int as bytes from retention_runs';
  expect(await bench.query(counts)).toEqual([{ segments: 6, bytes: 6 * SEGMENT_BYTES }]);
});

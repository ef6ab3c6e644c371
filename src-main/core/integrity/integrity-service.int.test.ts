import {
  appendFile,
  copyFile,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  unlink,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type CheckedCaptures, checkCaptures } from '../../../e2e/support/integrity-bench.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { IntegrityFinding, IntegrityRun } from '../../../src-shared/model/integrity.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { FsStore } from '../storage/fs-store.ts';
import { lookForGone } from './gone-folders.ts';
import type { IntegrityService } from './integrity-service.ts';

/** The index of captured recordings held against a storage in which something is wrong. */

const CAM1 = 'cam1/1795345208';
let test: TestDatabase;
let bench: CheckedCaptures;
let folder: string;
let root: string;
let service: IntegrityService;
let runs: IntegrityRun[];

const query = async (text: string) => (await test.database.pool.query(text)).rows;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  runs = [];
  bench = await checkCaptures(test, { onProgress: (run) => runs.push(run) });
  ({ folder, root, service } = bench);
});
afterEach(() => bench.close());

async function check(scope: Parameters<IntegrityService['start']>[0] = {}): Promise<IntegrityRun> {
  await service.start(scope);
  await service.finished();
  const { run } = await service.status();
  expect(run?.problem).toBeNull();
  return run as IntegrityRun;
}

const open = () => service.findings({ isResolved: false, afterId: 0, limit: 1000 });
const resolved = () => service.findings({ isResolved: true, afterId: 0, limit: 1000 });
const kinds = (findings: IntegrityFinding[]) => findings.map(({ kind, place }) => `${kind} ${place}`).sort();
const signal = new AbortController().signal;
const at = (name: string) => path.join(root, CAM1, name);

it('finds nothing where all is right, and says how much it looked at', async () => {
  const run = await check({ isDeep: true });
  expect(await open()).toEqual([]);
  expect(run).toMatchObject({ state: 'done', segmentCount: 25, segmentsInAll: 25, foundCount: 0 });
  expect(run.objectCount).toBeGreaterThan(25);
  expect(runs.at(-1)).toMatchObject({ state: 'done', phase: 'totals' });
});

it('finds rows without objects, marks them, and forgets them when told to', async () => {
  await unlink(at('v_seg_0002.m4s'));
  await check();
  const [finding] = await open();
  expect(finding).toMatchObject({
    kind: 'missing-object',
    stream: 'cam1',
    nodeAlias: 'edge-1',
    repair: 'mark-missing',
  });
  const ids = [finding?.id as number];
  expect(await service.repair(ids, signal)).toEqual({ repaired: ids, failed: [] });
  expect(await query(`select count(*)::int as count from segments where state = 'missing'`)).toEqual([
    { count: 1 },
  ]);
  expect(await open()).toEqual([]);

  await check();
  const [again] = await open();
  expect(again).toMatchObject({
    id: finding?.id,
    repair: 'forget',
    reason: expect.stringMatching(/have a gap/),
  });
  await service.repair(ids, signal);
  expect(await query('select count(*)::int as count from segments')).toEqual([{ count: 24 }]);
  // With the row gone the pictures have a hole that nothing explains but a number that is missing.
  await check();
  expect(kinds(await open())).toEqual([`gap ${CAM1}/v_seg_0003.m4s`]);
});

it('finds an object that came back, and a finding that is gone', async () => {
  await rename(at('v_seg_0002.m4s'), path.join(folder, 'kept'));
  await check({ isRepairing: true });
  expect(await open()).toEqual([]);
  await check();
  expect((await open())[0]).toMatchObject({ kind: 'missing-object', repair: 'forget' });
  await rename(path.join(folder, 'kept'), at('v_seg_0002.m4s'));
  const run = await check({ isRepairing: true });
  expect(run).toMatchObject({ foundCount: 1, repairedCount: 1 });
  expect(await open()).toEqual([]);
  expect(await query(`select count(*)::int as count from segments where state = 'ok'`)).toEqual([
    { count: 25 },
  ]);
  const outcomes = (await resolved()).map(({ kind, resolution }) => `${kind} ${resolution}`).sort();
  expect(outcomes).toEqual(['missing-object gone', 'returned-object repaired']);
});

it('finds objects of another size and examines them again', async () => {
  await truncate(at('a_seg_0002.m4s'), 9000);
  await appendFile(at('v_seg_0002.m4s'), Buffer.alloc(64));
  await check();
  expect(kinds(await open())).toEqual([
    `wrong-size ${CAM1}/a_seg_0002.m4s`,
    `wrong-size ${CAM1}/v_seg_0002.m4s`,
  ]);
  const run = await check({ isRepairing: true });
  expect(run).toMatchObject({ foundCount: 2, repairedCount: 2 });
  const rows = await query(
    `select state, size_bytes::int as size, problem from segments where path = '${CAM1}/a_seg_0002.m4s'`,
  );
  expect(rows).toEqual([{ state: 'ok', size: 9000, problem: expect.stringMatching(/cut off/) }]);
  // A file that is cut off is known to be so.
  await check({ isDeep: true });
  expect((await open()).filter(({ kind }) => kind !== 'gap')).toEqual([]);
});

it('finds objects that are no media any more, when it looks into them', async () => {
  const file = at('v_seg_0002.m4s');
  const { size } = await stat(file);
  await truncate(file, 0);
  await appendFile(file, Buffer.alloc(size, 7));
  await check();
  expect(await open()).toEqual([]);
  await check({ isDeep: true });
  expect(await open()).toMatchObject([{ kind: 'bad-object', repair: 're-examine' }]);
  // A check that does not look into it has not seen it mended.
  await check();
  expect(kinds(await open())).toEqual([`bad-object ${CAM1}/v_seg_0002.m4s`]);
  const run = await check({ isDeep: true, isRepairing: true });
  expect(run).toMatchObject({ foundCount: 1, repairedCount: 0 });
  // Now the index knows, so no playlist lists it.
  expect(await query(`select state from segments where path = '${CAM1}/v_seg_0002.m4s'`)).toEqual([
    { state: 'bad' },
  ]);
});

it('finds objects without rows and indexes them', async () => {
  await query(`delete from segments where path like '${CAM1}/%' and seq = 4`);
  await mkdir(path.join(root, 'late/1795345300'), { recursive: true });
  for (const name of await readdir(path.join(root, CAM1))) {
    const target = path.join(root, 'late/1795345300', name);
    await copyFile(at(name), target);
    await utimes(target, 1_795_345_300, 1_795_345_300);
  }
  // Deleting rows behind the back of the index spoils its totals and coverage as well.
  await check();
  const found = await open();
  expect(kinds(found).filter((each) => each.startsWith('unindexed'))).toEqual([
    `unindexed-objects ${CAM1}`,
    'unindexed-objects late/1795345300',
  ]);
  expect(found.find(({ kind, place }) => kind === 'unindexed-objects' && place === CAM1)?.reason).toMatch(
    /2 segment files of .*: a_seg_0004\.m4s, v_seg_0004\.m4s/,
  );
  await check({ isRepairing: true });
  expect(await open()).toEqual([]);
  expect(await query('select count(*)::int as count from segments')).toEqual([{ count: 33 }]);
  await check();
  expect(await open()).toEqual([]);
});

it('finds overlaps, and totals and coverage that a recount does not give', async () => {
  await query(`update coverage set end_ts = end_ts - 1000000 where stream = 'gone' and track = 'video'`);
  await query(`update day_totals set size_bytes = size_bytes + 1 where stream = 'gone' and track = 'audio'`);
  await query(`update segments set end_ts = end_ts + 3000000 where path = '${CAM1}/v_seg_0001.m4s'`);
  await check();
  const found = kinds(await open());
  expect(found).toContain(`overlap ${CAM1}/v_seg_0002.m4s`);
  expect(found.filter((kind) => kind.startsWith('wrong-')).map((kind) => kind.split(' ')[0])).toEqual(
    expect.arrayContaining(['wrong-coverage', 'wrong-totals']),
  );
  await check({ isRepairing: true });
  expect((await open()).map(({ kind }) => kind)).toEqual(['overlap']);
});

it('finds and mends wrong bounds, counts and sizes of recordings, and wrong numbers of tracks', async () => {
  const sums = () =>
    query(`select r.id, start_ts, end_ts, segment_count, size_bytes, first_seq, last_seq
      from recordings r join tracks t on t.recording_id = r.id order by r.id, t.track`);
  const before = await sums();
  await query(
    `update recordings set size_bytes = 5, segment_count = 99, end_ts = start_ts where stream = 'cam1'`,
  );
  await query(
    `update tracks set last_seq = 77 where recording_id in (select id from recordings where stream = 'gone')`,
  );
  await check();
  const found = (await open()).filter(({ kind }) => kind === 'wrong-recording');
  expect(found.map(({ stream }) => stream).sort()).toEqual(['cam1', 'gone']);
  expect(found.find(({ stream }) => stream === 'cam1')?.reason).toMatch(
    /says .* 99 segments, 5 bytes.* give /,
  );
  await check({ isRepairing: true });
  expect(await sums()).toEqual(before);
  await check();
  expect(await open()).toEqual([]);
});

it('does not take a disk that is away for lost recordings', async () => {
  await rename(root, path.join(folder, 'unmounted'));
  await mkdir(root);
  await check({ isRepairing: true });
  expect(await open()).toMatchObject([
    {
      kind: 'storage-away',
      place: 'default',
      reason: expect.stringMatching(/empty, as a disk that is not mounted/),
    },
  ]);
  expect(await query(`select count(*)::int as count from segments where state = 'ok'`)).toEqual([
    { count: 25 },
  ]);
  await rm(root, { recursive: true });
  await check();
  expect((await open())[0]?.reason).toMatch(/there is no such folder/);
});

it('keeps to its scope', async () => {
  await unlink(at('v_seg_0002.m4s'));
  await unlink(path.join(root, 'gone/1795345263/v_seg_0001.m4s'));
  await check({ stream: 'gone' });
  expect((await open()).map(({ stream }) => stream)).toEqual(['gone']);
  const [{ end }] = (await query(
    `select max(end_ts)::float8 as end from segments where stream = 'cam1'`,
  )) as [{ end: number }];
  await check({ stream: 'cam1', startUs: end + 1 });
  expect((await open()).map(({ stream }) => stream)).toEqual(['gone']);
  await check();
  expect((await open()).map(({ stream }) => stream).sort()).toEqual(['cam1', 'gone']);
  // What one stream's check does not see is not gone.
  await check({ stream: 'cam3' });
  expect(await open()).toHaveLength(2);
});

it('runs once at a time, ends when it is told to, and takes over from one that was killed', async () => {
  await service.start({});
  await expect(service.start({})).rejects.toMatchObject({ code: 'conflict' });
  expect(await service.cancel()).toBe(true);
  await service.finished();
  expect(['cancelled', 'done']).toContain((await service.status()).run?.state);
  expect(await service.cancel()).toBe(false);
  await query(`update integrity_runs set state = 'running', beat_at = now() - interval '2 minutes'`);
  expect(await check()).toMatchObject({ state: 'done' });
  await expect(service.start({ startUs: 5, endUs: 5 })).rejects.toMatchObject({ code: 'invalid_range' });
});

it('gives findings page by page', async () => {
  for (const name of ['v_seg_0001.m4s', 'v_seg_0002.m4s', 'a_seg_0001.m4s']) await unlink(at(name));
  await check();
  const first = await service.findings({ isResolved: false, afterId: 0, limit: 2 });
  const rest = await service.findings({ isResolved: false, afterId: first[1]?.id ?? 0, limit: 2 });
  expect([first.length, rest.length]).toEqual([2, 1]);
  expect((await service.status()).open).toEqual([{ kind: 'missing-object', count: 3 }]);
});

/** Writes the pictures of another codec over those of cam1, as a recorder does a minute later. */
async function writeOver(): Promise<void> {
  const from = path.join(root, 'cam3/1795345208');
  for (const name of (await readdir(from)).filter((each) => each.startsWith('v_'))) {
    const { mtimeMs } = await stat(path.join(from, name));
    await copyFile(path.join(from, name), at(name));
    await utimes(at(name), mtimeMs / 1000 + 60, mtimeMs / 1000 + 60);
  }
}

it('closes with a finding what its repair mended in the folder besides, and nothing else', async () => {
  await writeOver();
  await unlink(at('a_seg_0002.m4s'));
  await unlink(path.join(root, 'cam3/1795345208/a_seg_0002.m4s'));
  await check();
  const found = await open();
  expect(found).toHaveLength(6);
  const first = found.find(({ place }) => place === `${CAM1}/v_seg_0002.m4s`)?.id as number;
  expect(await service.repair([first], signal)).toEqual({ repaired: [first], failed: [] });
  const left = [`missing-object ${CAM1}/a_seg_0002.m4s`, 'missing-object cam3/1795345208/a_seg_0002.m4s'];
  expect(kinds(await open())).toEqual(left);
  const closed = (await resolved()).map(({ id, resolution }) => [id === first, resolution]);
  expect(closed.sort()).toEqual([...Array(3).fill([false, 'gone']), [true, 'repaired']]);
  // As a check sees it.
  await check();
  expect(kinds(await open())).toEqual(left);
});

it('finds what a recorder has written over with another codec, and gives the new files times of their own', async () => {
  await writeOver();
  await check();
  const names = ['v_init', 'v_seg_0001', 'v_seg_0002', 'v_seg_0003'];
  expect(kinds(await open())).toEqual(names.map((name) => `wrong-size ${CAM1}/${name}.m4s`));
  await check({ isRepairing: true });
  expect(await open()).toEqual([]);
  const rows = await query(`
    select s.seq, r.session_no, s.state, t.codec, s.start_ts - t.zero_ts < 1e6 as is_first
    from segments s join tracks t on t.id = s.track_id join recordings r on r.id = s.recording_id
    where s.track = 'video' and s.stream = 'cam1' order by s.start_ts`);
  expect(rows.map((row) => [row.seq, row.session_no, row.state, row.codec.slice(0, 4)])).toEqual([
    ...[1, 2, 3, 4].map((seq) => [seq, 0, 'bad', 'avc1']),
    ...[1, 2, 3].map((seq) => [seq, 1, 'ok', 'av01']),
  ]);
  const [before, after] = await query(`
    select t.zero_ts from tracks t join recordings r on r.id = t.recording_id
    where r.stream = 'cam1' and t.track = 'video' order by r.session_no`);
  expect((after.zero_ts - before.zero_ts) / 1e6).toBeCloseTo(60, 0);
  await check();
  expect(await open()).toEqual([]);
});

it('marks what lay in a folder that is gone as a whole, but not while the storage is empty', async () => {
  const lost: { stream: string; startUs: number; endUs: number }[] = [];
  const tools = {
    database: test.database,
    store: bench.ownStore,
    clock: { ...systemClock, sleep: async () => {} },
    logger: silentLogger,
    onLost: (span: (typeof lost)[number]) => lost.push(span),
  };
  const missing = () =>
    query(`select stream, count(*)::int as count from segments where state = 'missing' group by stream`);
  expect(await lookForGone(tools, null, true, signal)).toBeNull();
  expect(await missing()).toEqual([]);
  await rename(path.join(root, CAM1), path.join(folder, 'kept'));
  await rename(root, path.join(folder, 'unmounted'));
  await mkdir(root);
  await lookForGone(tools, null, true, signal);
  expect(await missing()).toEqual([]);
  await rm(root, { recursive: true });
  await rename(path.join(folder, 'unmounted'), root);
  await lookForGone(tools, null, true, signal);
  expect(await missing()).toEqual([{ stream: 'cam1', count: 8 }]);
  await lookForGone(tools, null, true, signal);
  expect(lost).toEqual([{ stream: 'cam1', startUs: expect.any(Number), endUs: expect.any(Number) }]);
  // What comes back is found by a check.
  await rename(path.join(folder, 'kept'), path.join(root, CAM1));
  await check({ isRepairing: true });
  expect(await missing()).toEqual([]);
});

it('gives files that were cut off or empty when they were indexed their true times once they are whole', async () => {
  const tables = 'recordings, tracks, segments, coverage, recorded_streams, day_totals';
  const all = async () => ({
    segments: await query('select path, start_ts, end_ts, duration_ms, state from segments order by path'),
    coverage: await query('select stream, track, start_ts, end_ts from coverage order by 1, 2, 3'),
    recordings: await query(
      'select dir, start_ts, end_ts, segment_count, size_bytes from recordings order by 1',
    ),
  });
  const whole = await all();
  const cut = [
    { name: 'v_seg_0002.m4s', bytes: 200_000 },
    { name: 'v_seg_0003.m4s', bytes: 0 },
    { name: 'v_seg_0004.m4s', bytes: 100_000 },
  ];
  for (const { bytes, name } of cut) {
    const { mtimeMs } = await stat(at(name));
    await copyFile(at(name), path.join(folder, name));
    await truncate(at(name), bytes);
    await utimes(at(name), mtimeMs / 1000, mtimeMs / 1000);
    await utimes(path.join(folder, name), mtimeMs / 1000, mtimeMs / 1000);
  }
  await query(`truncate ${tables}`);
  const store = new FsStore(root);
  const { database } = test;
  await indexStorage({ database, store, clock: systemClock, logger: silentLogger, nodeAlias: 'edge-1' });
  await query(`update segments set created_at = now() - interval '1 hour'`);
  expect(await all()).not.toEqual(whole);
  for (const { name } of cut) await rename(path.join(folder, name), at(name));
  await check({ isRepairing: true });
  expect((await all()).segments).toEqual(whole.segments);
  expect(await all()).toEqual(whole);
  await check();
  expect(await open()).toEqual([]);
});

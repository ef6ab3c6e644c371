import { copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { capturePath, captureTimes, copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { type IndexRow, indexRows } from '../../../e2e/support/captured-list.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import type { FakeNodeOptions } from '../../demo/fake-node/node-options.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { NodePlaces } from '../segments/node-places.ts';
import { createSegmentIndex, type SegmentIndex } from '../segments/segment-index.ts';
import { FsStore } from '../storage/fs-store.ts';
import { StoreChain } from '../storage/store-chain.ts';
import { NodeObjects, RecordingSync } from './recording-sync.ts';

let test: TestDatabase;
let folder: string;
let own: string;
let onNode: string;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'recording-sync-'));
  own = path.join(folder, 'own');
  onNode = path.join(folder, 'node');
  await mkdir(onNode);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await test.database.pool.query(
    'truncate recordings, tracks, segments, coverage, recorded_streams, sync_cursors, node_recordings',
  );
  await rm(folder, { recursive: true, force: true });
});

async function query(text: string) {
  return (await test.database.pool.query(text)).rows;
}

async function startNode(options: Partial<FakeNodeOptions> = {}): Promise<FakeNode> {
  const node = await createFakeNode({
    generation: 'head',
    alias: 'edge-1',
    storageRoot: onNode,
    tokens: ['t1'],
    ...options,
  });
  closing.push(() => node.close());
  return node;
}

/** What the sync needs of a snapshot. */
function snapshotOf(node: FakeNode, alias = 'edge-1', streams: string[] = []): NodeSnapshot {
  return {
    node: { alias, url: node.url, token: 't1', mode: 'poll', site: '', origin: 'config' },
    health: { state: 'up', sinceMs: 0, reason: null, failuresInRow: 0, paceStreak: 0 },
    identity: { generation: node.generation, version: null, features: ['recorder'] },
    streams: streams.map((id) => ({ id })),
  } as unknown as NodeSnapshot;
}

interface Running {
  sync: RecordingSync;
  index: SegmentIndex;
  store: StoreChain;
  objects: NodeObjects;
  close(): Promise<void>;
}

function startSync(
  snapshots: NodeSnapshot[],
  options: {
    tick_ms?: number;
    limit?: number;
    delete_acknowledged?: boolean;
    clock?: typeof systemClock;
  } = {},
): Running {
  const { database } = test;
  const { clock = systemClock } = options;
  const cluster = {
    snapshots: () => snapshots,
    snapshot: (alias: string) => snapshots.find(({ node }) => node.alias === alias),
  };
  const objects = new NodeObjects(database, clock, (alias) => cluster.snapshot(alias)?.node);
  const main = new FsStore(own);
  const readOthers = async () => [objects.recordings];
  const store = new StoreChain({ stores: [main], ofNode: () => main, readOthers });
  const index = createSegmentIndex({ database, store, clock, logger: silentLogger });
  const config = { enabled: true, tick_ms: 50, limit: 200, delete_acknowledged: false, ...options };
  const sync = new RecordingSync(
    {
      config,
      database,
      cluster,
      own: store,
      places: new NodePlaces({ database, placeOf: () => main.name, isConfigured: () => true }),
      index,
      clock,
      logger: silentLogger,
      callTimeoutMs: 500,
    },
    objects,
  );
  sync.start();
  let closed: Promise<void> | undefined;
  const close = async () => {
    await sync.close();
    await index.close();
    await objects.close();
  };
  const running = { sync, index, store, objects, close: () => (closed ??= close()) };
  closing.push(running.close);
  return running;
}

/** Puts the captured recordings into the list of the node. */
function list(
  node: FakeNode,
  rows: IndexRow[],
  status: 'Completed' | 'Failed' | 'Active' = 'Completed',
): void {
  for (const { record, stream, record_dir: recordDir, start_ts: startUs, end_ts: endUs } of rows) {
    node.recordings.begin({ record, stream, recordDir, startUs });
    if (status !== 'Active') node.recordings.complete({ record, stream }, endUs, status);
  }
}

const statesOf = (node: FakeNode) => node.recordings.all().map(({ status }) => status);

/** Waits until `isTrue` holds; fails with what was found last after a while. */
async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`waited too long for ${what}`);
    await systemClock.sleep(25);
  }
}

const SEGMENTS = `select s.stream, s.track, s.path, s.start_ts, s.end_ts, s.state, s.seq, s.size_bytes, s.analysis,
  s.clock_source from segments s order by s.path`;
const EVERYTHING = `select (select count(*)::int from segments) as segments,
  (select count(distinct path)::int from segments) as paths, (select count(*)::int from recordings) as recordings`;

it.each(['head', 'v0.9.0'] as const)(
  'gives the same rows as an index over the same folder, of a node of %s whose storage the manager has',
  async (version) => {
    await copyCaptures(version, own);
    const { database } = test;
    const rows = await indexRows(version);
    await indexStorage({ database, store: new FsStore(own), clock: systemClock, logger: silentLogger });
    const expected = await query(SEGMENTS);
    const coverage = 'select stream, track, start_ts, end_ts from coverage order by 1, 2, 3';
    const expectedCoverage = await query(coverage);
    await query('truncate recordings, tracks, segments, coverage, recorded_streams');

    const node = await startNode({ generation: version });
    list(node, rows);
    startSync([snapshotOf(node)]);
    await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
    expect(await query(SEGMENTS)).toEqual(expected);
    expect(await query(coverage)).toEqual(expectedCoverage);
    const found = await query('select stream, record, node_alias, status from recordings order by stream');
    expect(found).toEqual(
      rows
        .map(({ stream, record }) => ({ stream, record, node_alias: 'edge-1', status: 'completed' }))
        .sort((a, b) => (a.stream < b.stream ? -1 : 1)),
    );
  },
);

it('reads the media from the node where the manager has none of them, and plays them from there', async () => {
  await copyCaptures('head', onNode);
  const node = await startNode();
  list(node, await indexRows('head'));
  const { store } = startSync([snapshotOf(node)]);
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  const rows = await query(SEGMENTS);
  expect(rows).toHaveLength(25);
  expect(new Set(rows.map((row) => `${row.state} ${row.clock_source}`))).toEqual(new Set(['ok index']));
  const times = await captureTimes('head');
  const [video] = await query(`select t.zero_ts from tracks t join recordings r on r.id = t.recording_id
    where r.stream = 'cam1' and t.track = 'video'`);
  expect(Math.abs(video.zero_ts / 1000 - (times['cam1/1795345208/v_init.m4s'] ?? 0))).toBeLessThan(100);

  const object = 'cam1/1795345208/v_seg_0002.m4s';
  const bytes = await readFile(path.join(onNode, object));
  expect((await store.stat(object))?.sizeBytes).toBe(bytes.length);
  expect(await store.read(object, 10, 20)).toEqual(bytes.subarray(10, 30));
  expect(Buffer.concat(await store.stream(object, 5, 1000).toArray())).toEqual(bytes.subarray(5, 1005));
  expect(await store.stat('cam1/1795345208/v_seg_9999.m4s')).toBeNull();
  expect(await store.stat('cam1/none/v_init.m4s')).toBeNull();

  await node.setFault({ kind: 'refuse' });
  const other = 'cam1/1795345208/manifest.mpd';
  await expect(store.read(other, 0, 10)).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringMatching(/from the node edge-1: The connection is refused/),
  });
});

it('follows a running recording from the node, and acknowledges it only when it has ended', async () => {
  const files = Object.keys(await captureTimes('v0.9.0')).filter((file) => file.startsWith('cam1/'));
  const dir = path.posix.dirname(files[0] ?? '');
  await copyCaptures(
    'v0.9.0',
    onNode,
    (file) => file.startsWith('cam1/') && !/manifest|_seg_000[234]/.test(file),
  );
  const whole = await readFile(capturePath('v0.9.0', 'recordings', dir, 'manifest.mpd'), 'utf8');
  const oneEach = whole.replace(/(<SegmentTimeline>\s*<S [^>]*\/>)[\s\S]*?(<\/SegmentTimeline>)/g, '$1$2');
  expect(oneEach.match(/<S /g)).toHaveLength(2);
  await writeFile(path.join(onNode, dir, 'manifest.mpd'), oneEach);
  const row = (await indexRows('v0.9.0')).find(({ stream }) => stream === 'cam1');
  if (!row) throw new Error('no row of cam1');

  const node = await startNode({
    generation: 'v0.9.0',
    createRecorder: () => ({
      active: () =>
        statesOf(node)[0] === 'Active' ? { record: row.record, recordDir: row.record_dir } : undefined,
      start: async () => ({ record: row.record, recordDir: row.record_dir }),
      stop: async () => {},
    }),
  });
  list(node, [row], 'Active');
  const { sync } = startSync([snapshotOf(node)]);
  await until(async () => (await query(SEGMENTS)).length === 2, 'the first segments');
  expect(await query('select status from recordings')).toEqual([{ status: 'active' }]);
  expect(statesOf(node)).toEqual(['Active']);

  for (const file of files.filter((name) => /_seg_000[234]/.test(name))) {
    await copyFile(capturePath('v0.9.0', 'recordings', file), path.join(onNode, file));
  }
  await writeFile(path.join(onNode, dir, 'manifest.mpd'), whole);
  await until(async () => (await query(SEGMENTS)).length === 7, 'all segments');
  await systemClock.sleep(300);
  expect(statesOf(node)).toEqual(['Active']);
  expect(sync.statuses()).toMatchObject([{ alias: 'edge-1', door: 'index', openCount: 1, problem: null }]);

  node.recordings.complete({ stream: 'cam1', record: row.record }, row.end_ts, 'Failed');
  await until(() => statesOf(node)[0] === 'Acked', 'the acknowledgement');
  expect(await query('select status, record from recordings')).toEqual([
    { status: 'completed', record: row.record },
  ]);
  expect((await query(SEGMENTS)).every((segment) => segment.state === 'ok')).toBe(true);
});

it('takes a recording of a node that was killed for over when the node does not record it any more', async () => {
  await copyCaptures('head', onNode, (file) => file.startsWith('cam3/'));
  const node = await startNode();
  list(
    node,
    (await indexRows('head')).filter(({ stream }) => stream === 'cam3'),
    'Active',
  );
  startSync([snapshotOf(node)], { delete_acknowledged: true });
  await until(() => node.recordings.all().length === 0, 'the deletion from the list');
  expect(await query(EVERYTHING)).toEqual([{ segments: 7, paths: 7, recordings: 1 }]);
  // The row says so only after the node has answered.
  const states = () => query('select state, source from node_recordings');
  await until(async () => (await states())[0]?.state === 'acknowledged', 'the note of it');
  expect(await states()).toEqual([{ state: 'acknowledged', source: 'node' }]);
});

it('follows a running recording in the storage of the manager across a restart of its node', async () => {
  const late = /_seg_000[34]/;
  await copyCaptures('head', own, (file) => file.startsWith('cam3/') && !late.test(file));
  const rows = (await indexRows('head')).filter(({ stream }) => stream === 'cam3');
  const isRecording: { now: boolean } = { now: true };
  const recorder: FakeNodeOptions['createRecorder'] = () => ({
    active: () => (isRecording.now ? { record: '1795345208', recordDir: 'cam3/1795345208' } : undefined),
    start: async () => ({ record: '1795345208', recordDir: 'cam3/1795345208' }),
    stop: async () => {},
  });
  const node = await startNode({ createRecorder: recorder });
  list(node, rows, 'Active');
  const { sync } = startSync([snapshotOf(node)]);
  await until(async () => (await query(SEGMENTS)).length === 4, 'the first segments');
  await copyCaptures('head', own, (file) => file.startsWith('cam3/') && late.test(file));
  await until(async () => (await query(SEGMENTS)).length === 7, 'all segments');

  const port = Number(new URL(node.url).port);
  await node.close();
  await until(() => sync.statuses()[0]?.problem != null, 'the problem');
  isRecording.now = false;
  const restarted = await startNode({ createRecorder: recorder, port });
  list(restarted, rows, 'Active');
  await until(() => statesOf(restarted)[0] === 'Acked', 'the acknowledgement');
  expect(await query(EVERYTHING)).toEqual([{ segments: 7, paths: 7, recordings: 1 }]);
  expect(await query('select status from recordings')).toEqual([{ status: 'completed' }]);
});

it('makes no second row of a segment that its node reports late', async () => {
  await copyCaptures('head', own, (file) => file.startsWith('cam3/'));
  const node = await startNode();
  list(
    node,
    (await indexRows('head')).filter(({ stream }) => stream === 'cam3'),
  );
  const { index } = startSync([snapshotOf(node)]);
  await until(() => statesOf(node)[0] === 'Acked', 'the acknowledgement');
  const before = await query(SEGMENTS);
  const segments = before.map((row) => ({
    start_ts: row.start_ts + 400,
    end_ts: row.end_ts + 400,
    duration_ms: Math.round((row.end_ts - row.start_ts) / 1000),
    path: row.path,
    is_keyframe: true,
  }));
  await index.report({ node_alias: 'edge-1', stream: 'cam3', segments }, Date.now() * 1000);
  expect(await query(SEGMENTS)).toEqual(before);
});

it('indexes what was uploaded long after its recording was acknowledged', async () => {
  const node = await startNode();
  list(node, await indexRows('head'), 'Failed');
  startSync([snapshotOf(node)]);
  const lacking = `select from node_recordings where state = 'acknowledged' and problem like 'No media of it%'`;
  await until(async () => (await query(lacking)).length === 4, 'acknowledgements');
  await copyCaptures('head', own);
  await query(`update node_recordings set tried_at = tried_at - interval '1 hour'`);
  await until(async () => (await query(EVERYTHING))[0].segments === 25, 'what came late');
  await until(
    async () => (await query('select from node_recordings where problem is not null')).length === 0,
    'nothing lacking any more',
  );
  expect(await query('select distinct status from recordings')).toEqual([{ status: 'completed' }]);
});

it('waits for the end of what an upload queue still holds, and takes its times from the list', async () => {
  const row = (await indexRows('v0.9.0')).find(({ stream }) => stream === 'mute') as IndexRow;
  const isEnd = (file: string) => /manifest|seg_0003/.test(file);
  await copyCaptures('v0.9.0', own, (file) => file.startsWith('mute/') && !isEnd(file));
  const manifest = path.join(own, row.record_dir, 'manifest.mpd');
  const whole = await readFile(capturePath('v0.9.0', 'recordings', row.record_dir, 'manifest.mpd'), 'utf8');
  const started = new Date(row.start_ts / 1000).toISOString();
  const running = whole
    .replace('type="static"', `type="dynamic" availabilityStartTime="${started}"`)
    .replace(/<S [^>]*\/>\s*(?=<\/SegmentTimeline>)/, '');
  expect(running.match(/<S /g)).toHaveLength(2);
  await writeFile(manifest, running);
  // Where uploads come to; each of these waited for some seconds.
  await mkdir(path.join(own, '.uploads'));
  for (const [file, modifiedMs] of Object.entries(await captureTimes('v0.9.0'))) {
    if (!file.startsWith('mute/') || isEnd(file)) continue;
    await utimes(path.join(own, file), modifiedMs / 1000 + 3, modifiedMs / 1000 + 3);
  }
  const node = await startNode({ generation: 'v0.9.0' });
  list(node, [row]);
  const aheadMs = row.end_ts / 1000 + 24_000 - Date.now();
  startSync([snapshotOf(node)], { clock: { ...systemClock, nowMs: () => Date.now() + aheadMs } });
  const states = () => query('select state, problem from node_recordings');
  await until(async () => (await states())[0]?.problem != null, 'the problem');
  expect(await states()).toEqual([{ state: 'open', problem: expect.stringMatching(/on its way/) }]);
  expect(await query(EVERYTHING)).toEqual([{ segments: 2, paths: 2, recordings: 1 }]);
  expect(statesOf(node)).toEqual(['Completed']);

  await copyCaptures('v0.9.0', own, (file) => file.startsWith('mute/') && isEnd(file));
  await until(() => statesOf(node)[0] === 'Acked', 'the acknowledgement');
  expect(await query(EVERYTHING)).toEqual([{ segments: 3, paths: 3, recordings: 1 }]);
  expect(await states()).toMatchObject([{ problem: null }]);
  expect(await query('select zero_ts, clock_source from tracks')).toEqual([
    { zero_ts: row.start_ts, clock_source: 'index' },
  ]);
});

it('reads every page', async () => {
  await copyCaptures('head', own);
  const node = await startNode();
  list(node, await indexRows('head'));
  startSync([snapshotOf(node)], { limit: 1 });
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  expect(await query(EVERYTHING)).toEqual([{ segments: 25, paths: 25, recordings: 4 }]);
});

it('is not held up by a node that hangs, and says so', async () => {
  await copyCaptures('head', own);
  const hanging = await startNode();
  await hanging.setFault({ kind: 'hang' });
  const node = await startNode();
  list(node, await indexRows('head'));
  const { sync } = startSync([snapshotOf(hanging, 'a-hangs'), snapshotOf(node)]);
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  await until(() => sync.statuses()[0]?.problem != null, 'the problem of the hanging node');
  await until(() => sync.statuses()[1]?.lastSyncMs != null, 'the end of the look at the other');
  const [stuck, fine] = sync.statuses();
  expect(stuck).toMatchObject({
    lastSyncMs: null,
    lagMs: null,
    problem: expect.stringMatching(/No answer within/),
  });
  expect(fine).toMatchObject({ lagMs: expect.any(Number), problem: null });
});

it('writes no row twice when it stops between the rows and the acknowledgement', async () => {
  await copyCaptures('head', onNode);
  const node = await startNode();
  list(node, await indexRows('head'));
  const first = startSync([snapshotOf(node)]);
  await until(async () => (await query('select 1 from segments')).length >= 5, 'some rows');
  await first.close();
  // As after a crash in which the cursor was saved and nothing else.
  await query(`update node_recordings set state = 'open', source = null`);
  startSync([snapshotOf(node)]);
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  expect(await query(EVERYTHING)).toEqual([{ segments: 25, paths: 25, recordings: 4 }]);
});

it('tells recordings of one name apart that lie on two nodes, and plays each from its own', async () => {
  await copyCaptures('head', onNode, (file) => file.startsWith('cam3/'));
  const rows = (await indexRows('head')).filter(({ stream }) => stream === 'cam3');
  const node = await startNode();
  list(node, rows);
  const second = await startNode();
  list(second, rows);
  const { store } = startSync([snapshotOf(node), snapshotOf(second, 'edge-2')]);
  await until(() => [node, second].every((each) => statesOf(each)[0] === 'Acked'), 'both acknowledgements');
  const counts = await query(
    'select node_alias, count(*)::int as segments from segments group by node_alias order by node_alias',
  );
  expect(counts.map(({ node_alias: alias }) => alias)).toEqual(['edge-1', 'edge-2']);
  expect(counts[0]?.segments).toBe(counts[1]?.segments);
  // Not one of the objects that are kept in memory.
  const path = `${rows[0]?.record_dir}/manifest.mpd`;
  await second.close();
  expect(await store.stat(path, { node: 'edge-1' })).not.toBeNull();
  await expect(store.stat(path, { node: 'edge-2' })).rejects.toMatchObject({ code: 'storage_unavailable' });
});

it('pulls segments with media times, once each, also when a recording begins anew', async () => {
  const node = await startNode({ generation: 'pull', storageRoot: undefined });
  const segment = (day: string, n: number) => ({
    startUs: (n - 1) * 10_000_000 + (n === 1 ? 33_333 : 0),
    endUs: n * 10_000_000,
    path: `cam1/2025/08/${day}/seg_000${n}.m4s`,
    isKeyFrame: n > 1,
  });
  for (const n of [1, 2, 3]) await node.finishSegment('cam1', segment('04', n));
  const { sync } = startSync([snapshotOf(node)]);
  const paths = () =>
    query('select path, media_start_us, start_ts, clock_source from segments order by start_ts');
  await until(async () => (await paths()).length === 3, 'the first three');
  await node.finishSegment('cam1', segment('04', 4));
  await until(async () => (await paths()).length === 4, 'the fourth');
  // It replaces the first one in the node's memory, below the cursor.
  await node.finishSegment('cam1', segment('05', 1));
  await until(async () => (await paths()).length === 5, 'the new session');
  await systemClock.sleep(300);
  const rows = await paths();
  expect(rows.map((row) => row.path).sort()).toEqual([
    ...[1, 2, 3, 4].map((n) => segment('04', n).path),
    segment('05', 1).path,
  ]);
  expect(rows.every((row) => row.clock_source === 'arrival')).toBe(true);
  const start = (name: string) => rows.find((row) => row.path.endsWith(name))?.start_ts;
  expect(start('04/seg_0003.m4s') - start('04/seg_0002.m4s')).toBe(10_000_000);
  expect(await query('select stream, node_alias from recordings order by dir')).toEqual([
    { stream: 'cam1', node_alias: 'edge-1' },
    { stream: 'cam1', node_alias: 'edge-1' },
  ]);
  expect(sync.statuses()).toMatchObject([{ door: 'pull', problem: null, lastSyncMs: expect.any(Number) }]);
});

it('fetches at once when asked to, and says so of nodes it does not fetch from', async () => {
  await copyCaptures('head', own);
  const node = await startNode();
  const { sync } = startSync([snapshotOf(node)], { tick_ms: 3_600_000 });
  await until(() => sync.statuses()[0]?.lastSyncMs != null, 'the first look');
  expect(await query(EVERYTHING)).toEqual([{ segments: 0, paths: 0, recordings: 0 }]);
  list(node, await indexRows('head'));
  expect(sync.syncNow('nobody')).toBe(false);
  expect(sync.syncNow('edge-1')).toBe(true);
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  expect(await query(EVERYTHING)).toMatchObject([{ segments: 25 }]);
});

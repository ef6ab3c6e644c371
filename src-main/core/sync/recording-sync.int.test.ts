import { copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { capturePath, captureTimes, copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { type IndexRow, indexRows } from '../../../e2e/support/captured-list.ts';
import {
  createSyncRig,
  EVERYTHING,
  list,
  SEGMENTS,
  type SyncRig,
  snapshotOf,
  statesOf,
  until,
} from '../../../e2e/support/sync-rig.ts';
import type { FakeNodeOptions } from '../../demo/fake-node/node-options.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { FsStore } from '../storage/fs-store.ts';

// What becomes of the recordings that nodes list.

let rig: SyncRig;
beforeAll(async () => {
  rig = await createSyncRig();
});
afterAll(() => rig?.close());
beforeEach(() => rig.begin());
afterEach(() => rig.end());

it.each(['head', 'v0.9.0'] as const)(
  'gives the same rows as an index over the same rig.folder, of a node of %s whose storage the manager has',
  async (version) => {
    await copyCaptures(version, rig.own);
    const { database } = rig;
    const rows = await indexRows(version);
    await indexStorage({ database, store: new FsStore(rig.own), clock: systemClock, logger: silentLogger });
    const expected = await rig.query(SEGMENTS);
    const coverage = 'select stream, track, start_ts, end_ts from coverage order by 1, 2, 3';
    const expectedCoverage = await rig.query(coverage);
    await rig.query('truncate recordings, tracks, segments, coverage, recorded_streams');

    const node = await rig.startNode({ generation: version });
    list(node, rows);
    rig.startSync([snapshotOf(node)]);
    await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
    expect(await rig.query(SEGMENTS)).toEqual(expected);
    expect(await rig.query(coverage)).toEqual(expectedCoverage);
    const found = await rig.query(
      'select stream, record, node_alias, status from recordings order by stream',
    );
    expect(found).toEqual(
      rows
        .map(({ stream, record }) => ({ stream, record, node_alias: 'edge-1', status: 'completed' }))
        .sort((a, b) => (a.stream < b.stream ? -1 : 1)),
    );
  },
);

it('reads the media from the node where the manager has none of them, and plays them from there', async () => {
  await copyCaptures('head', rig.onNode);
  const node = await rig.startNode();
  list(node, await indexRows('head'));
  const { store } = rig.startSync([snapshotOf(node)]);
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  const rows = await rig.query(SEGMENTS);
  expect(rows).toHaveLength(25);
  expect(new Set(rows.map((row) => `${row.state} ${row.clock_source}`))).toEqual(new Set(['ok index']));
  const times = await captureTimes('head');
  const [video] = await rig.query(`select t.zero_ts from tracks t join recordings r on r.id = t.recording_id
    where r.stream = 'cam1' and t.track = 'video'`);
  expect(Math.abs(video.zero_ts / 1000 - (times['cam1/1795345208/v_init.m4s'] ?? 0))).toBeLessThan(100);

  const object = 'cam1/1795345208/v_seg_0002.m4s';
  const bytes = await readFile(path.join(rig.onNode, object));
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

it('finds on a node what somebody else has acknowledged meanwhile', async () => {
  await copyCaptures('v0.9.0', rig.onNode);
  const node = await rig.startNode({ generation: 'v0.9.0' });
  const rows = await indexRows('v0.9.0');
  list(node, rows);
  const records = rows.map(({ record, stream }) => ({ stream, record }));
  const acked = await fetch(`${node.url}/api/recordings`, {
    method: 'PATCH',
    headers: { authorization: 'Bearer t1', 'content-type': 'application/json' },
    body: JSON.stringify({ records: records.slice(1) }),
  });
  expect(await acked.json()).toEqual({ acked: rows.length - 1 });
  rig.startSync([snapshotOf(node)]);
  const done = `select stream, record, node_alias from recordings where status = 'completed' order by stream`;
  await until(async () => (await rig.query(done)).length === rows.length, 'all recordings');
  expect(await rig.query(done)).toEqual(
    records.map((each) => ({ ...each, node_alias: 'edge-1' })).sort((a, b) => (a.stream < b.stream ? -1 : 1)),
  );
  for (const { record, stream } of records.slice(1)) {
    const found = await rig.query(`select distinct s.state, s.clock_source, min(s.start_ts) over () as start
      from segments s where s.stream = '${stream}'`);
    // Nothing on the node tells more than the second that the recording was asked for.
    expect(found).toEqual([{ state: 'ok', clock_source: 'path', start: Number(record) * 1_000_000 }]);
  }
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
});

it('follows a running recording from the node, and acknowledges it only when it has ended', async () => {
  const files = Object.keys(await captureTimes('v0.9.0')).filter((file) => file.startsWith('cam1/'));
  const dir = path.posix.dirname(files[0] ?? '');
  await copyCaptures(
    'v0.9.0',
    rig.onNode,
    (file) => file.startsWith('cam1/') && !/manifest|_seg_000[234]/.test(file),
  );
  const whole = await readFile(capturePath('v0.9.0', 'recordings', dir, 'manifest.mpd'), 'utf8');
  const oneEach = whole.replace(/(<SegmentTimeline>\s*<S [^>]*\/>)[\s\S]*?(<\/SegmentTimeline>)/g, '$1$2');
  expect(oneEach.match(/<S /g)).toHaveLength(2);
  await writeFile(path.join(rig.onNode, dir, 'manifest.mpd'), oneEach);
  const row = (await indexRows('v0.9.0')).find(({ stream }) => stream === 'cam1');
  if (!row) throw new Error('no row of cam1');

  const node = await rig.startNode({
    generation: 'v0.9.0',
    createRecorder: () => ({
      active: () =>
        statesOf(node)[0] === 'Active' ? { record: row.record, recordDir: row.record_dir } : undefined,
      start: async () => ({ record: row.record, recordDir: row.record_dir }),
      stop: async () => {},
    }),
  });
  list(node, [row], 'Active');
  const { sync } = rig.startSync([snapshotOf(node)]);
  await until(async () => (await rig.query(SEGMENTS)).length === 2, 'the first segments');
  expect(await rig.query('select status from recordings')).toEqual([{ status: 'active' }]);
  expect(statesOf(node)).toEqual(['Active']);

  for (const file of files.filter((name) => /_seg_000[234]/.test(name))) {
    await copyFile(capturePath('v0.9.0', 'recordings', file), path.join(rig.onNode, file));
  }
  await writeFile(path.join(rig.onNode, dir, 'manifest.mpd'), whole);
  await until(async () => (await rig.query(SEGMENTS)).length === 7, 'all segments');
  await systemClock.sleep(300);
  expect(statesOf(node)).toEqual(['Active']);
  expect(sync.statuses()).toMatchObject([{ alias: 'edge-1', door: 'index', openCount: 1, problem: null }]);

  node.recordings.complete({ stream: 'cam1', record: row.record }, row.end_ts, 'Failed');
  await until(() => statesOf(node)[0] === 'Acked', 'the acknowledgement');
  expect(await rig.query('select status, record from recordings')).toEqual([
    { status: 'completed', record: row.record },
  ]);
  expect((await rig.query(SEGMENTS)).every((segment) => segment.state === 'ok')).toBe(true);
});

it('takes a recording of a node that was killed for over when the node does not record it any more', async () => {
  await copyCaptures('head', rig.onNode, (file) => file.startsWith('cam3/'));
  const node = await rig.startNode();
  list(
    node,
    (await indexRows('head')).filter(({ stream }) => stream === 'cam3'),
    'Active',
  );
  rig.startSync([snapshotOf(node)], { delete_acknowledged: true });
  await until(() => node.recordings.all().length === 0, 'the deletion from the list');
  expect(await rig.query(EVERYTHING)).toEqual([{ segments: 7, paths: 7, recordings: 1 }]);
  // The row says so only after the node has answered.
  const states = () => rig.query('select state, source from node_recordings');
  await until(async () => (await states())[0]?.state === 'acknowledged', 'the note of it');
  expect(await states()).toEqual([{ state: 'acknowledged', source: 'node' }]);
});

it('follows a running recording in the storage of the manager across a restart of its node', async () => {
  const late = /_seg_000[34]/;
  await copyCaptures('head', rig.own, (file) => file.startsWith('cam3/') && !late.test(file));
  const rows = (await indexRows('head')).filter(({ stream }) => stream === 'cam3');
  const isRecording: { now: boolean } = { now: true };
  const recorder: FakeNodeOptions['createRecorder'] = () => ({
    active: () => (isRecording.now ? { record: '1795345208', recordDir: 'cam3/1795345208' } : undefined),
    start: async () => ({ record: '1795345208', recordDir: 'cam3/1795345208' }),
    stop: async () => {},
  });
  const node = await rig.startNode({ createRecorder: recorder });
  list(node, rows, 'Active');
  const { sync } = rig.startSync([snapshotOf(node)]);
  await until(async () => (await rig.query(SEGMENTS)).length === 4, 'the first segments');
  await copyCaptures('head', rig.own, (file) => file.startsWith('cam3/') && late.test(file));
  await until(async () => (await rig.query(SEGMENTS)).length === 7, 'all segments');

  const port = Number(new URL(node.url).port);
  await node.close();
  await until(() => sync.statuses()[0]?.problem != null, 'the problem');
  isRecording.now = false;
  const restarted = await rig.startNode({ createRecorder: recorder, port });
  list(restarted, rows, 'Active');
  await until(() => statesOf(restarted)[0] === 'Acked', 'the acknowledgement');
  expect(await rig.query(EVERYTHING)).toEqual([{ segments: 7, paths: 7, recordings: 1 }]);
  expect(await rig.query('select status from recordings')).toEqual([{ status: 'completed' }]);
});

it('makes no second row of a segment that its node reports late', async () => {
  await copyCaptures('head', rig.own, (file) => file.startsWith('cam3/'));
  const node = await rig.startNode();
  list(
    node,
    (await indexRows('head')).filter(({ stream }) => stream === 'cam3'),
  );
  const { index } = rig.startSync([snapshotOf(node)]);
  await until(() => statesOf(node)[0] === 'Acked', 'the acknowledgement');
  const before = await rig.query(SEGMENTS);
  const segments = before.map((row) => ({
    start_ts: row.start_ts + 400,
    end_ts: row.end_ts + 400,
    duration_ms: Math.round((row.end_ts - row.start_ts) / 1000),
    path: row.path,
    is_keyframe: true,
  }));
  await index.report({ node_alias: 'edge-1', stream: 'cam3', segments }, Date.now() * 1000);
  expect(await rig.query(SEGMENTS)).toEqual(before);
});

it('indexes what was uploaded long after its recording was acknowledged', async () => {
  const node = await rig.startNode();
  list(node, await indexRows('head'), 'Failed');
  rig.startSync([snapshotOf(node)]);
  const lacking = `select from node_recordings where state = 'acknowledged' and problem like 'No media of it%'`;
  await until(async () => (await rig.query(lacking)).length === 4, 'acknowledgements');
  await copyCaptures('head', rig.own);
  await rig.query(`update node_recordings set tried_at = tried_at - interval '1 hour'`);
  await until(async () => (await rig.query(EVERYTHING))[0].segments === 25, 'what came late');
  await until(
    async () => (await rig.query('select from node_recordings where problem is not null')).length === 0,
    'nothing lacking any more',
  );
  expect(await rig.query('select distinct status from recordings')).toEqual([{ status: 'completed' }]);
});

it('waits for the end of what an upload queue still holds, and takes its times from the list', async () => {
  const row = (await indexRows('v0.9.0')).find(({ stream }) => stream === 'mute') as IndexRow;
  const isEnd = (file: string) => /manifest|seg_0003/.test(file);
  await copyCaptures('v0.9.0', rig.own, (file) => file.startsWith('mute/') && !isEnd(file));
  const manifest = path.join(rig.own, row.record_dir, 'manifest.mpd');
  const whole = await readFile(capturePath('v0.9.0', 'recordings', row.record_dir, 'manifest.mpd'), 'utf8');
  const started = new Date(row.start_ts / 1000).toISOString();
  const running = whole
    .replace('type="static"', `type="dynamic" availabilityStartTime="${started}"`)
    .replace(/<S [^>]*\/>\s*(?=<\/SegmentTimeline>)/, '');
  expect(running.match(/<S /g)).toHaveLength(2);
  await writeFile(manifest, running);
  // Where uploads come to; each of these waited for some seconds.
  await mkdir(path.join(rig.own, '.uploads'));
  for (const [file, modifiedMs] of Object.entries(await captureTimes('v0.9.0'))) {
    if (!file.startsWith('mute/') || isEnd(file)) continue;
    await utimes(path.join(rig.own, file), modifiedMs / 1000 + 3, modifiedMs / 1000 + 3);
  }
  const node = await rig.startNode({ generation: 'v0.9.0' });
  list(node, [row]);
  const aheadMs = row.end_ts / 1000 + 24_000 - Date.now();
  rig.startSync([snapshotOf(node)], { clock: { ...systemClock, nowMs: () => Date.now() + aheadMs } });
  const states = () => rig.query('select state, problem from node_recordings');
  await until(async () => (await states())[0]?.problem != null, 'the problem');
  expect(await states()).toEqual([{ state: 'open', problem: expect.stringMatching(/on its way/) }]);
  expect(await rig.query(EVERYTHING)).toEqual([{ segments: 2, paths: 2, recordings: 1 }]);
  expect(statesOf(node)).toEqual(['Completed']);

  await copyCaptures('v0.9.0', rig.own, (file) => file.startsWith('mute/') && isEnd(file));
  await until(() => statesOf(node)[0] === 'Acked', 'the acknowledgement');
  expect(await rig.query(EVERYTHING)).toEqual([{ segments: 3, paths: 3, recordings: 1 }]);
  expect(await states()).toMatchObject([{ problem: null }]);
  expect(await rig.query('select zero_ts, clock_source from tracks')).toEqual([
    { zero_ts: row.start_ts, clock_source: 'index' },
  ]);
});

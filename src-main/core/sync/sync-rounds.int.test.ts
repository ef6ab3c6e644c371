import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { indexRows } from '../../../e2e/support/captured-list.ts';
import {
  createSyncRig,
  EVERYTHING,
  list,
  type SyncRig,
  snapshotOf,
  statesOf,
  until,
} from '../../../e2e/support/sync-rig.ts';
import { systemClock } from '../base/clock.ts';

// How nodes are asked: pages, nodes that hang, restarts, several nodes, pulled segments.

let rig: SyncRig;
beforeAll(async () => {
  rig = await createSyncRig();
});
afterAll(() => rig?.close());
beforeEach(() => rig.begin());
afterEach(() => rig.end());

it('reads every page', async () => {
  await copyCaptures('head', rig.own);
  const node = await rig.startNode();
  list(node, await indexRows('head'));
  rig.startSync([snapshotOf(node)], { limit: 1 });
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  expect(await rig.query(EVERYTHING)).toEqual([{ segments: 25, paths: 25, recordings: 4 }]);
});

it('is not held up by a node that hangs, and says so', async () => {
  await copyCaptures('head', rig.own);
  const hanging = await rig.startNode();
  await hanging.setFault({ kind: 'hang' });
  const node = await rig.startNode();
  list(node, await indexRows('head'));
  const { sync } = rig.startSync([snapshotOf(hanging, 'a-hangs'), snapshotOf(node)]);
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
  await copyCaptures('head', rig.onNode);
  const node = await rig.startNode();
  list(node, await indexRows('head'));
  const first = rig.startSync([snapshotOf(node)]);
  await until(async () => (await rig.query('select 1 from segments')).length >= 5, 'some rows');
  await first.close();
  // As after a crash in which the cursor was saved and nothing else.
  await rig.query(`update node_recordings set state = 'open', source = null`);
  rig.startSync([snapshotOf(node)]);
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  expect(await rig.query(EVERYTHING)).toEqual([{ segments: 25, paths: 25, recordings: 4 }]);
});

it('tells recordings of one name apart that lie on two nodes, and plays each from its own', async () => {
  await copyCaptures('head', rig.onNode, (file) => file.startsWith('cam3/'));
  const rows = (await indexRows('head')).filter(({ stream }) => stream === 'cam3');
  const node = await rig.startNode();
  list(node, rows);
  const second = await rig.startNode();
  list(second, rows);
  const { store } = rig.startSync([snapshotOf(node), snapshotOf(second, 'edge-2')]);
  await until(() => [node, second].every((each) => statesOf(each)[0] === 'Acked'), 'both acknowledgements');
  const counts = await rig.query(
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
  const node = await rig.startNode({ generation: 'pull', storageRoot: undefined });
  const segment = (day: string, n: number) => ({
    startUs: (n - 1) * 10_000_000 + (n === 1 ? 33_333 : 0),
    endUs: n * 10_000_000,
    path: `cam1/2025/08/${day}/seg_000${n}.m4s`,
    isKeyFrame: n > 1,
  });
  for (const n of [1, 2, 3]) await node.finishSegment('cam1', segment('04', n));
  const { sync } = rig.startSync([snapshotOf(node)]);
  const paths = () =>
    rig.query('select path, media_start_us, start_ts, clock_source from segments order by start_ts');
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
  expect(await rig.query('select stream, node_alias from recordings order by dir')).toEqual([
    { stream: 'cam1', node_alias: 'edge-1' },
    { stream: 'cam1', node_alias: 'edge-1' },
  ]);
  expect(sync.statuses()).toMatchObject([{ door: 'pull', problem: null, lastSyncMs: expect.any(Number) }]);
});

it('fetches at once when asked to, and says so of nodes it does not fetch from', async () => {
  await copyCaptures('head', rig.own);
  const node = await rig.startNode();
  const { sync } = rig.startSync([snapshotOf(node)], { tick_ms: 3_600_000 });
  await until(() => sync.statuses()[0]?.lastSyncMs != null, 'the first look');
  expect(await rig.query(EVERYTHING)).toEqual([{ segments: 0, paths: 0, recordings: 0 }]);
  list(node, await indexRows('head'));
  expect(sync.syncNow('nobody')).toBe(false);
  expect(sync.syncNow('edge-1')).toBe(true);
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  expect(await rig.query(EVERYTHING)).toMatchObject([{ segments: 25 }]);
});

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { indexRows } from '../../../e2e/support/captured-list.ts';
import {
  createSyncRig,
  list,
  SEGMENTS,
  type SyncRig,
  snapshotOf,
  statesOf,
  until,
} from '../../../e2e/support/sync-rig.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { FsStore } from '../storage/fs-store.ts';

/** Nodes that are gone in the middle of a recording into a storage of the manager. */

const START_MS = 1_795_345_823_000;
let rig: SyncRig;
/** What the clock on the wall of the manager says, milliseconds. */
let nowMs: number;

beforeAll(async () => {
  rig = await createSyncRig();
});
afterAll(() => rig?.close());
beforeEach(async () => {
  await rig.begin();
  nowMs = START_MS + 20_000;
});
afterEach(() => rig.end());

const clock = {
  ...systemClock,
  nowMs: () => nowMs,
  // A minute passes in a second.
  monotonicMs: () => systemClock.monotonicMs() * 60,
};
const isLate = (file: string) => /_seg_000[234]|manifest/.test(file);
const states = () => rig.query('select state, node_status, problem from node_recordings');

it('follows what a node was recording when it went away, ends it, and asks anew when it is back', async () => {
  await copyCaptures('v0.9.0', rig.own, (file) => file.startsWith('cam1/') && !isLate(file));
  const row = (await indexRows('v0.9.0')).find(({ stream }) => stream === 'cam1');
  if (!row) throw new Error('no row of cam1');
  const active = { record: row.record, recordDir: row.record_dir };
  const createRecorder = () => ({ active: () => active, start: async () => active, stop: async () => {} });
  const node = await rig.startNode({ generation: 'v0.9.0', createRecorder });
  list(node, [row], 'Active');
  const snapshot = snapshotOf(node);
  rig.startSync([snapshot], { clock });
  await until(async () => (await rig.query(SEGMENTS)).length === 2, 'the first segments');

  Object.assign(snapshot.health, { state: 'down', reason: 'It is gone.' });
  await copyCaptures('v0.9.0', rig.own, (file) => file.startsWith('cam1/') && isLate(file));
  // A node that was killed leaves a manifest that says that it goes on; one that cannot be read says less.
  await rm(path.join(rig.own, row.record_dir, 'manifest.mpd'));
  nowMs = START_MS + 50_000;
  await until(async () => (await rig.query(SEGMENTS)).length === 7, 'what it had written');
  expect(await states()).toEqual([{ state: 'open', node_status: 'active', problem: null }]);
  expect(await rig.query('select status from recordings')).toEqual([{ status: 'active' }]);

  nowMs = START_MS + 15 * 60_000;
  await until(
    async () => (await rig.query('select status from recordings'))[0]?.status === 'completed',
    'the end',
  );
  expect(await states()).toEqual([
    { state: 'acknowledged', node_status: 'completed', problem: expect.stringMatching(/^Its node was away/) },
  ]);
  const found = await rig.query(SEGMENTS);
  // Nothing was told to a node that does not hear.
  expect(statesOf(node)).toEqual(['Active']);

  Object.assign(snapshot.health, { state: 'up', reason: null });
  node.recordings.complete({ stream: 'cam1', record: row.record }, row.end_ts);
  await until(() => statesOf(node)[0] === 'Acked', 'the acknowledgement');
  expect(await rig.query(SEGMENTS)).toEqual(found);
});

it('follows what a node that left the cluster was recording', async () => {
  await copyCaptures('v0.9.0', rig.own, (file) => file.startsWith('cam1/') && !/manifest/.test(file));
  const row = (await indexRows('v0.9.0')).find(({ stream }) => stream === 'cam1');
  await rig.query(`
    insert into node_recordings (node_alias, stream, record, dir, start_ts, node_status)
    values ('gone', 'cam1', '${row?.record}', '${row?.record_dir}', ${row?.start_ts}, 'active')`);
  rig.startSync([], { clock });
  await until(async () => (await rig.query('select from recordings')).length === 0, 'the start');
  nowMs = START_MS + 15 * 60_000;
  await until(async () => (await states())[0]?.state === 'acknowledged', 'the end');
  const found = await rig.query(SEGMENTS);
  expect(found).toHaveLength(7);
  await rig.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  await indexStorage({
    database: rig.database,
    store: new FsStore(rig.own),
    clock: systemClock,
    logger: silentLogger,
  });
  expect(found).toEqual(await rig.query(SEGMENTS));
});

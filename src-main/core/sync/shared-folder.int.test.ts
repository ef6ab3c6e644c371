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
import { NodePlaces } from '../segments/node-places.ts';
import { FsStore } from '../storage/fs-store.ts';

/** Two streams that their node has recorded into one folder at once, as a base folder of the operator makes it. */

let rig: SyncRig;
beforeAll(async () => {
  rig = await createSyncRig();
});
afterAll(() => rig?.close());
beforeEach(() => rig.begin());
afterEach(() => rig.end());

it('shows nobody the pictures of the other: what is in the folder is of the one that began first', async () => {
  await copyCaptures('v0.9.0', rig.own, (file) => file.startsWith('cam1/'));
  const row = (await indexRows('v0.9.0')).find(({ stream }) => stream === 'cam1');
  if (!row) throw new Error('no row of cam1');
  const node = await rig.startNode({ generation: 'v0.9.0' });
  list(node, [
    { ...row, stream: 'door-b', start_ts: row.start_ts + 1000 },
    { ...row, stream: 'door-a' },
  ]);
  const { sync } = rig.startSync([snapshotOf(node)]);
  await until(() => statesOf(node).every((status) => status === 'Acked'), 'acknowledgements');
  // The rows say so only after the node has answered.
  const isNoted = async () =>
    (await rig.query(`select from node_recordings where state <> 'acknowledged'`)).length === 0;
  await until(isNoted, 'the note of it');
  const streams = async () =>
    (await rig.query('select distinct stream from segments')).map((each) => each.stream);
  expect(await streams()).toEqual(['door-a']);
  expect(await rig.query(SEGMENTS)).toHaveLength(7);
  const problems = await rig.query('select stream, state, problem from node_recordings order by stream');
  expect(problems).toEqual([
    { stream: 'door-a', state: 'acknowledged', problem: null },
    {
      stream: 'door-b',
      state: 'acknowledged',
      problem: expect.stringContaining('is that of door-a too, which began first'),
    },
  ]);
  await sync.close();

  const { database } = rig;
  const store = new FsStore(rig.own);
  const places = new NodePlaces({ database, placeOf: () => store.name, isConfigured: () => true });
  const again = await indexStorage({
    database,
    store,
    place: { places, name: store.name },
    clock: systemClock,
    logger: silentLogger,
    nodeAlias: 'edge-1',
  });
  expect(again.problems).toEqual([]);
  expect(await streams()).toEqual(['door-a']);
});

import { copyFile, mkdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { capturePath, captureTimes } from '../../../e2e/support/capture-storage.ts';
import { createSyncRig, type SyncRig, snapshotOf, until } from '../../../e2e/support/sync-rig.ts';
import type { FakeNodeOptions } from '../../demo/fake-node/node-options.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { FsStore } from '../storage/fs-store.ts';

/** Nodes that record into a folder per day, as those of the PUSH capture did, and do not say what. */
const DAY_FOLDER = 'cam1/2026/11/22';
let rig: SyncRig;
/** What the clock of the manager says, milliseconds. */
let nowMs: number;
let startMs: number;

beforeAll(async () => {
  rig = await createSyncRig();
});
afterAll(() => rig?.close());
beforeEach(async () => {
  await rig.begin();
  startMs = (await captureTimes('push'))[`${DAY_FOLDER}/init.m4s`] ?? 0;
  nowMs = startMs + 20_000;
});
afterEach(() => rig.end());

/** Copies files of the capture into a folder of the manager's storage, with their times. */
async function put(include: (name: string) => boolean, dir = DAY_FOLDER): Promise<void> {
  for (const [file, modifiedMs] of Object.entries(await captureTimes('push'))) {
    const name = path.basename(file);
    if (!include(name)) continue;
    const target = path.join(rig.own, dir, name);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(capturePath('push', 'recordings', file), target);
    await utimes(target, modifiedMs / 1000, modifiedMs / 1000);
  }
}

const isFirst = (name: string) => !/000[23]/.test(name);
const rows = () =>
  rig.query(`select stream, node_alias, path, track, start_ts, end_ts, state, clock_source, size_bytes from segments
    order by path`);
const recordings = () => rig.query('select stream, node_alias, dir, status from recordings');
const clock = { ...systemClock, nowMs: () => nowMs };

/** A node that records `cam1` for as long as `is.recording`. */
function recorder(is: { recording: boolean }): Partial<FakeNodeOptions> {
  const running = { record: '1', recordDir: DAY_FOLDER };
  return {
    createRecorder: () => ({
      active: (stream) => (is.recording && stream === 'cam1' ? running : undefined),
      start: async () => running,
      stop: async () => {},
    }),
  };
}

/** What one pass over all files gives, under the name of the node. */
async function expectSinglePass(): Promise<void> {
  const found = await rows();
  await rig.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  await indexStorage({
    database: rig.database,
    store: new FsStore(rig.own),
    clock: systemClock,
    logger: silentLogger,
    nodeAlias: 'edge-1',
  });
  expect(found).toEqual(await rows());
}

it('follows the folders of a node of the DAILY generation, whose streams it knows', async () => {
  await put(isFirst);
  const is = { recording: true };
  const node = await rig.startNode({ generation: 'daily', ...recorder(is) });
  const { sync } = rig.startSync([snapshotOf(node, 'edge-1', ['cam1', 'idle'])], { clock });
  await until(async () => (await rows()).length === 2, 'the first segments');
  await until(async () => (await recordings())[0]?.status === 'active', 'that it runs');
  expect(await recordings()).toEqual([
    { stream: 'cam1', node_alias: 'edge-1', dir: DAY_FOLDER, status: 'active' },
  ]);
  nowMs = startMs + 45_000;
  await put((name) => !isFirst(name));
  await until(async () => (await rows()).length === 6, 'the other segments');
  expect(sync.statuses()).toMatchObject([{ alias: 'edge-1', door: 'folders', problem: null }]);
  is.recording = false;
  nowMs += 120_000;
  await until(async () => (await recordings())[0]?.status === 'completed', 'the end');
  await expectSinglePass();
});

it('finds what a node recorded on other days, or under the second of its start, while nobody looked', async () => {
  await put(() => true);
  const seconds = String(Math.floor(startMs / 1000));
  await put(() => true, `cam2/${seconds}`);
  const node = await rig.startNode({ generation: 'daily', ...recorder({ recording: false }) });
  nowMs = startMs + 86_400_000;
  rig.startSync([snapshotOf(node, 'edge-1', ['cam1', 'cam2'])], { clock });
  await until(async () => (await rows()).length === 12, 'both recordings');
  await until(
    async () => (await recordings()).every(({ status }) => status === 'completed'),
    'that they are over',
  );
  expect((await recordings()).map(({ dir }) => dir).sort()).toEqual([DAY_FOLDER, `cam2/${seconds}`]);
});

it('says that what a node records does not come into its storage', async () => {
  let monotonicMs = 0;
  const node = await rig.startNode({ generation: 'daily', ...recorder({ recording: true }) });
  await mkdir(rig.own);
  const { sync } = rig.startSync([snapshotOf(node, 'edge-1', ['cam1'])], {
    clock: { ...clock, monotonicMs: () => (monotonicMs += 1000) },
  });
  await until(() => sync.statuses()[0]?.problem != null, 'the problem');
  expect(sync.statuses()[0]?.problem).toMatch(/^cam1: its node records it, but nothing of it comes into/);
});

it('takes what a node of the SESS generation lists from its storage', async () => {
  await put(isFirst);
  const node = await rig.startNode({ generation: 'sess' });
  const startUs = Math.round(startMs * 1000) - 50_000;
  node.recordings.begin({ stream: 'cam1', record: '1', recordDir: DAY_FOLDER, startUs });
  const { sync } = rig.startSync([snapshotOf(node)], { clock });
  await until(async () => (await rows()).length === 2, 'the first segments');
  expect(await recordings()).toMatchObject([{ status: 'active' }]);
  nowMs = startMs + 45_000;
  await put((name) => !isFirst(name));
  await until(async () => (await rows()).length === 6, 'the other segments');
  node.recordings.complete({ stream: 'cam1', record: '1' }, startUs + 40_000_000);
  await until(async () => (await recordings())[0]?.status === 'completed', 'the end');
  expect(sync.statuses()).toMatchObject([{ door: 'folders', problem: null }]);
  await expectSinglePass();
});

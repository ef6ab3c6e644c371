import { copyFile, mkdir, readFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { capturePath, captureTimes } from '../../../e2e/support/capture-storage.ts';
import { startS3Server } from '../../../e2e/support/s3-server.ts';
import { createSyncRig, list, type SyncRig, snapshotOf, until } from '../../../e2e/support/sync-rig.ts';
import { systemClock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { NodePlaces } from '../segments/node-places.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { S3Store } from '../storage/s3-store.ts';
import { UntoldRecordings } from './untold-recordings.ts';

/** What lies in a storage, recorded while the manager was away, and no node tells of. */

const DAY_MS = 86_400_000;
const CAPTURED = 'cam1/2026/11/22';
const SEGMENT_COUNT = 6;
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
  startMs = (await captureTimes('push'))[`${CAPTURED}/init.m4s`] ?? 0;
  nowMs = startMs + DAY_MS;
});
afterEach(() => rig.end());

const clock = { ...systemClock, nowMs: () => nowMs };
const all = () => true;
const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '/');
const captured = async () =>
  Object.entries(await captureTimes('push')).map(([file, modifiedMs]) => ({
    name: path.basename(file),
    source: capturePath('push', 'recordings', file),
    modifiedMs,
  }));

/** Copies files of the capture into a folder of the manager's storage, as if recorded `laterMs` later. */
async function put(dir: string, include: (name: string) => boolean = all, laterMs = 0): Promise<void> {
  await mkdir(path.join(rig.own, dir), { recursive: true });
  for (const { modifiedMs, name, source } of await captured()) {
    if (!include(name)) continue;
    const target = path.join(rig.own, dir, name);
    await copyFile(source, target);
    await utimes(target, (modifiedMs + laterMs) / 1000, (modifiedMs + laterMs) / 1000);
  }
}

const recordings = () =>
  rig.query('select stream, node_alias, dir, status, segment_count from recordings order by dir, stream');
const segments = () =>
  rig.query(
    `select stream, node_alias, path, track, start_ts, end_ts, state, size_bytes from segments order by path`,
  );
const looked = async () => (await rig.query('select looked_at from storage_looks'))[0]?.looked_at.getTime();
const silentNode = (generation: 'daily' | 'push' | 'pull', alias = 'edge-1') =>
  rig.startNode({
    generation,
    alias,
    createRecorder: () => ({
      active: () => undefined,
      start: async () => ({ record: '1', recordDir: CAPTURED }),
      stop: async () => {},
    }),
  });
const completed = (stream: string, dir: string, alias = 'edge-1') => ({
  stream,
  node_alias: alias,
  dir,
  status: 'completed',
  segment_count: SEGMENT_COUNT,
});

it('finds streams that a node recorded for the first time, and that are over', async () => {
  const seconds = Math.floor(startMs / 1000);
  await put(CAPTURED);
  await put(`hall/cam2/${seconds}`);
  await put('cam3/2026/11/01');
  const node = await silentNode('daily');
  rig.startSync([snapshotOf(node, 'edge-1', [])], { clock });
  await until(async () => (await recordings()).length === 2, 'the recordings');
  await until(
    async () => (await recordings()).every(({ status }) => status === 'completed'),
    'that they are over',
  );
  expect(await recordings()).toEqual([
    completed('cam1', CAPTURED),
    completed('cam2', `hall/cam2/${seconds}`),
  ]);
  await until(async () => (await looked()) === nowMs, 'that all was looked at');
  const found = await segments();
  await rig.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  const store = new FsStore(rig.own);
  const root = { database: rig.database, store, clock: systemClock, logger: silentLogger };
  await indexStorage({ ...root, nodeAlias: 'edge-1' });
  expect(found).toEqual((await segments()).filter(({ stream }) => stream !== 'cam3'));
});

it('takes in what was recorded while the manager was away for weeks, of known streams and of new ones', async () => {
  await put(CAPTURED);
  const node = await silentNode('daily');
  const first = rig.startSync([snapshotOf(node, 'edge-1', ['cam1'])], { clock });
  await until(async () => (await recordings())[0]?.status === 'completed', 'the first recording');
  nowMs += 20 * DAY_MS;
  await until(async () => (await looked()) === nowMs, 'that nothing came for weeks');
  await first.sync.close();

  const leftMs = nowMs;
  nowMs = leftMs + 15 * DAY_MS;
  const dirs = [1, 9].map((days) => `cam1/${dayOf(leftMs + days * DAY_MS)}`);
  dirs.push(`cam1/${Math.floor(leftMs / 1000) + 5 * 86_400}`, `new/${dayOf(leftMs + 2 * DAY_MS)}`);
  for (const dir of dirs) await put(dir);
  const { sync } = rig.startSync([snapshotOf(node, 'edge-1', [])], { clock });
  await until(async () => (await segments()).length === 5 * SEGMENT_COUNT, 'what came meanwhile');
  expect((await recordings()).map(({ dir }) => dir).sort()).toEqual([CAPTURED, ...dirs].sort());
  await until(async () => (await looked()) === nowMs, 'that all was looked at');
  expect(sync.statuses()).toMatchObject([{ problem: null }]);
});

it('finds the segments that a node reported to nobody', async () => {
  await put(CAPTURED);
  nowMs = startMs + 12_000;
  const node = await silentNode('push');
  const before = rig.startSync([], { clock });
  const [line = ''] = (await readFile(capturePath('push', 'reports.jsonl'), 'utf8')).split('\n');
  const report = { ...JSON.parse(JSON.parse(line).request.body), node_alias: 'edge-1' };
  await before.index.report(report, (startMs + 11_100) * 1000);
  await before.index.ensureAnalysed('cam1', { startUs: 0, endUs: (startMs + DAY_MS) * 1000 });
  await before.close();
  nowMs = startMs + DAY_MS;
  rig.startSync([snapshotOf(node, 'edge-1', [])], { clock });
  await until(async () => (await segments()).length === SEGMENT_COUNT, 'the other segments');
  await until(async () => (await recordings())[0]?.status === 'completed', 'that it is over');
  expect(await recordings()).toEqual([completed('cam1', CAPTURED)]);
  const pictures = (await segments()).filter(({ track }) => track === 'video');
  for (const [i, { start_ts: startUs }] of pictures.slice(1).entries()) {
    expect(Math.abs(startUs - pictures[i].end_ts)).toBeLessThan(100_000);
  }
});

it('leaves to a node what it lists, and names after nobody what two may have recorded', async () => {
  const seconds = Math.floor(startMs / 1000);
  const own = { record: String(seconds), record_dir: `cam1/${seconds}`, stream: 'cam1' };
  await put(own.record_dir);
  await put(CAPTURED.replace('cam1', 'cam2'));
  const head = await rig.startNode({ generation: 'head', alias: 'edge-2' });
  list(head, [{ ...own, start_ts: startMs * 1000, end_ts: startMs * 1000 + 40_000_000 } as never]);
  const daily = await silentNode('daily');
  const snapshots = [snapshotOf(head, 'edge-2'), snapshotOf(daily, 'edge-1', [])];
  const one = rig.startSync(snapshots, { clock });
  await until(async () => (await looked()) === nowMs, 'that all was looked at');
  await until(
    async () => (await recordings()).filter(({ status }) => status === 'completed').length === 2,
    'both',
  );
  expect(await recordings()).toEqual([
    completed('cam1', own.record_dir, 'edge-2'),
    completed('cam2', CAPTURED.replace('cam1', 'cam2')),
  ]);
  await one.sync.close();

  const [cam3, again] = ['cam3', 'cam2'].map((stream) => `${stream}/${dayOf(startMs + DAY_MS)}`);
  nowMs += DAY_MS;
  await put(cam3 ?? '', all, DAY_MS);
  await put(again ?? '', all, DAY_MS);
  const other = await silentNode('push', 'edge-3');
  rig.startSync([...snapshots, snapshotOf(other, 'edge-3')], { clock });
  await until(async () => (await looked()) === nowMs, 'that all was looked at again');
  expect((await recordings()).filter(({ dir }) => dir === cam3 || dir === again)).toMatchObject([
    { dir: again, node_alias: 'edge-1' },
    { dir: cam3, node_alias: 'storage' },
  ]);
});

it('leaves young files to whoever tells of them', async () => {
  nowMs = startMs + 60_000;
  await put(CAPTURED);
  const node = await silentNode('push');
  rig.startSync([snapshotOf(node, 'edge-1', [])], { clock });
  await until(async () => (await looked()) === nowMs, 'that it was looked at');
  expect(await segments()).toEqual([]);
  nowMs = startMs + 200_000;
  await until(async () => (await segments()).length === SEGMENT_COUNT, 'that nobody tells of them');
});

it('reads of a bucket the names of folders, and lists none but recent ones', async () => {
  const server = await startS3Server();
  try {
    const store = new S3Store({
      bucket: server.bucket,
      root: '/store/',
      region: server.region,
      endpoint: server.url,
      access_key_id: server.keyId,
      secret_access_key: server.secret,
      disable_config_load: true,
    });
    const upload = async (dir: string) => {
      for (const { name, source } of await captured()) {
        const { url } = await store.presign({ method: 'PUT', path: `${dir}/${name}`, ttlSeconds: 60 });
        expect((await fetch(url, { method: 'PUT', body: await readFile(source) })).status).toBe(200);
      }
    };
    const recent = `cam1/${dayOf(Date.now())}`;
    for (const dir of ['old/2025/01/01', 'old/2026/01/01', 'old/1735689600', recent]) await upload(dir);
    const listed: string[] = [];
    let isAway = true;
    let monotonicMs = 0;
    const counting: ObjectStore = {
      name: store.name,
      stat: (...args) => store.stat(...args),
      read: (...args) => store.read(...args),
      stream: (...args) => store.stream(...args),
      usage: (...args) => store.usage(...args),
      list: (prefix, options) => {
        listed.push(prefix);
        return store.list(prefix, options);
      },
      folders: async (parent, options) => {
        if (isAway) throw new AppError('storage_unavailable', 'It is away.');
        listed.push(`${parent} (folders)`);
        return store.folders(parent, options);
      },
    };
    const { database } = rig;
    const untold = new UntoldRecordings({
      database,
      own: counting,
      places: new NodePlaces({ database, placeOf: () => store.name, isConfigured: () => true }),
      clock: { ...systemClock, nowMs: () => Date.now() + 600_000, monotonicMs: () => monotonicMs },
      logger: silentLogger,
      everyMs: 60_000,
      onWritten: () => {},
    });
    const nodes = [{ alias: 'edge-1', hasListed: false }];
    const look = async () => {
      listed.length = 0;
      await untold.look(nodes, new AbortController().signal);
    };
    await look();
    expect(await recordings()).toEqual([]);
    isAway = false;
    // Each look costs, so what answered is left alone for an hour; what did not is not.
    monotonicMs += 60_000;
    await look();
    expect(await recordings()).toEqual([completed('cam1', recent)]);
    const isOfFolders = (prefix: string) => prefix.endsWith('(folders)');
    expect(listed.filter((prefix) => prefix.startsWith('old'))).toEqual([
      'old (folders)',
      // Of this year: other months may be recent.
      ...(dayOf(Date.now() - 9 * DAY_MS).startsWith('2026') ? ['old/2026 (folders)'] : []),
    ]);
    expect(listed.filter((prefix) => !isOfFolders(prefix))).toEqual([`${recent}/`]);
    monotonicMs += 60_000;
    await look();
    expect(listed).toEqual([]);
    monotonicMs += 3_540_000;
    await look();
    expect(listed).not.toEqual([]);
  } finally {
    await server.close();
  }
});

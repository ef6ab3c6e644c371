import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import type { Manager } from '../src-main/core/manager.ts';
import { indexStorage } from '../src-main/core/segments/index-storage.ts';
import { NodePlaces } from '../src-main/core/segments/node-places.ts';
import { FsStore } from '../src-main/core/storage/fs-store.ts';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import type { Recording } from '../src-shared/model/recording.ts';
import { copyCaptures } from './support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** A recording that is started over HTTP is listed at once, and stays one row whichever door its segments come by. */

let test: TestDatabase;
let folder: string;
let storage: string;
let node: FakeNode;
let manager: Manager;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-begun-'));
  storage = join(folder, 'storage');
  await mkdir(storage);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

async function start({ isSynced, delayMs }: { isSynced: boolean; delayMs?: number }): Promise<void> {
  node = await createFakeNode({ generation: 'head', storageRoot: storage });
  closing.push(() => node.close());
  node.publish('cam3', { codecs: ['av1', 'opus'], bitrateBps: 800_000 });
  if (delayMs !== undefined) await node.setFault({ kind: 'slow', delayMs });
  await startManager(isSynced);
}

async function startManager(isSynced: boolean): Promise<void> {
  manager = await createTestManager({
    folder,
    databaseUrl: test.url,
    toml:
      `[record_sync]\nenabled = ${isSynced}\ntick_ms = 200\n[recorder.storage]\nroot = "${storage}"\n` +
      `[[nodes]]\nalias = "edge-1"\nurl = "${node.url}"\nmode = "sse"\n`,
  });
  closing.push(() => manager.close());
}

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const reply = await fetch(manager.url + path, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
    signal: AbortSignal.timeout(30_000),
  });
  expect(reply.status, path).toBe(200);
  return reply.json();
}

/** Starts the recording of cam3 through the manager, on the node or wherever it is. */
async function startRecording(query = ''): Promise<string> {
  const reply = (await call('POST', `/api/record/cam3${query}`)) as { started: boolean; mpd_path: string };
  expect(reply.started).toBe(true);
  return reply.mpd_path;
}

const list = async () =>
  ((await call('GET', '/api/index/recordings')) as { recordings: Recording[] }).recordings;

/** Puts what a real node recorded where this one is to record, as if it had. */
async function recordFor(dir: string): Promise<void> {
  const aside = join(folder, 'aside');
  await mkdir(aside);
  await copyCaptures('head', aside, (path) => path.startsWith('cam3/'));
  await mkdir(dirname(join(storage, dir)), { recursive: true });
  await rename(join(aside, 'cam3/1795345208'), join(storage, dir));
}

it('is in upstream’s list and in ours at once, and reports of its segments complete that row', async () => {
  await start({ isSynced: false });
  expect(await call('GET', '/api/playback')).toEqual([]);
  const mpdPath = await startRecording();
  const [, record] = /^cam3\/(\d{10})\/manifest\.mpd$/.exec(mpdPath) ?? [];
  expect(await call('GET', '/api/playback')).toEqual(['cam3']);
  expect(await call('GET', '/api/playback/cam3')).toEqual([{ record, mpd_path: mpdPath }]);
  expect(await list()).toMatchObject([
    { stream: 'cam3', node: 'edge-1', record, status: 'active', segmentCount: 0, sizeBytes: 0 },
  ]);
  const nowUs = Date.now() * 1000;
  await call('POST', '/api/segments/report', {
    node_alias: 'edge-1',
    stream: 'cam3',
    segments: [
      {
        start_ts: nowUs,
        end_ts: nowUs + 10_000_000,
        duration_ms: 10_000,
        path: `cam3/${record}/v_seg_0001.m4s`,
        is_keyframe: true,
      },
    ],
  });
  expect(await list()).toMatchObject([{ record, status: 'active', segmentCount: 1, startUs: nowUs }]);
  expect(await call('DELETE', '/api/record/cam3')).toEqual({ stopped: true });
  expect(await list()).toMatchObject([{ record, status: 'completed', segmentCount: 1 }]);
  expect(await call('GET', '/api/playback/cam3')).toHaveLength(1);
});

it.each(['', '?node=edge-1'])(
  'is begun by whoever asks before the node has answered once (%s)',
  async (query) => {
    await start({ isSynced: false, delayMs: 300 });
    expect(await call('GET', '/api/cluster')).toMatchObject({ nodes: [{ state: 'unknown' }] });
    await startRecording(query);
  },
);

it('is told of and ended by a manager that has only just started', async () => {
  await start({ isSynced: false });
  await startRecording();
  await manager.close();
  await node.setFault({ kind: 'slow', delayMs: 300 });
  await startManager(false);
  expect(await call('GET', '/api/record/cam3')).toEqual({ recording: true });
  expect(await call('DELETE', '/api/record/cam3')).toEqual({ stopped: true });
});

it('stays one row when the storage is indexed by itself later', async () => {
  await start({ isSynced: false });
  const mpdPath = await startRecording('?node=edge-1');
  await call('DELETE', '/api/record/cam3');
  await recordFor(dirname(mpdPath));
  const store = new FsStore(storage);
  const { database } = test;
  const places = new NodePlaces({ database, placeOf: () => store.name, isConfigured: () => true });
  const place = { places, name: store.name };
  await indexStorage({ database, store, place, clock: systemClock, logger: silentLogger });
  const found = await list();
  expect(found).toMatchObject([{ stream: 'cam3', node: 'edge-1', record: mpdPath.split('/')[1] }]);
  expect(found[0]?.segmentCount).toBeGreaterThan(3);
  expect(found[0]?.status).not.toBe('failed');
});

it('stays one row when what the node lists is fetched', async () => {
  await start({ isSynced: true });
  const mpdPath = await startRecording();
  expect(await list()).toMatchObject([{ status: 'active', segmentCount: 0 }]);
  const key = { stream: 'cam3', record: mpdPath.split('/')[1] ?? '' };
  await recordFor(dirname(mpdPath));
  await call('DELETE', '/api/record/cam3');
  const status = () => node.recordings.all().find(({ record }) => record === key.record)?.status;
  await expect.poll(status, { timeout: 30_000, interval: 100 }).toBe('Acked');
  const found = await list();
  expect(found).toMatchObject([{ stream: 'cam3', node: 'edge-1', record: key.record, status: 'completed' }]);
  expect(found[0]?.segmentCount).toBeGreaterThan(3);
});

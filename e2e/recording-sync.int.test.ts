import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import type { Manager } from '../src-main/core/manager.ts';
import { decode } from '../src-main/core/playback/playback-test-kit.ts';
import { indexStorage } from '../src-main/core/segments/index-storage.ts';
import { FsStore } from '../src-main/core/storage/fs-store.ts';
import { createFakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { capturePath, copyCaptures } from './support/capture-storage.ts';
import { indexRows } from './support/captured-list.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** A whole manager without a storage of its own, over HTTP: recordings of a node are found and play. */

let test: TestDatabase;
let folder: string;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-sync-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

async function startManager(toml: string): Promise<Manager> {
  const manager = await createTestManager({ folder, databaseUrl: test.url, toml });
  closing.push(() => manager.close());
  return manager;
}

it('finds the recordings of a node and serves their media from it, byte for byte', async () => {
  const onNode = join(folder, 'node');
  await mkdir(onNode);
  await copyCaptures('head', onNode, (path) => path.startsWith('cam3/'));
  const node = await createFakeNode({ generation: 'head', storageRoot: onNode, tokens: ['sesame'] });
  closing.push(() => node.close());
  const key = { stream: 'cam3', record: '1795345208' };
  const startUs = 1_795_345_208_747_982;
  node.recordings.begin({ ...key, recordDir: 'cam3/1795345208', startUs });
  node.recordings.complete(key, startUs + 35_200_000);

  const manager = await startManager(
    `[record_sync]\nenabled = true\ntick_ms = 200\n[[nodes]]\nalias = "edge-1"\nurl = "${node.url}"\ntoken = "sesame"\n`,
  );
  const get = (path: string) => fetch(manager.url + path, { signal: AbortSignal.timeout(15_000) });

  const status = () => node.recordings.all()[0]?.status;
  await expect.poll(status, { timeout: 30_000, interval: 100 }).toBe('Acked');
  const path = 'cam3/1795345208/v_seg_0002.m4s';
  const bytes = await readFile(capturePath('head', 'recordings', path));
  const whole = await get(`/api/record/object/${path}`);
  expect(whole.status).toBe(200);
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);

  await node.setFault({ kind: 'refuse' });
  const other = await get('/api/record/object/cam3/1795345208/manifest.mpd');
  expect(other.status).toBe(503);
  expect(await other.text()).toMatch(/cannot be read from the node edge-1/);
});

/** What the captures' README says of each recording: pictures, sound packets, seconds, codec. */
const CAPTURED = {
  head: {
    cam1: { videoFrames: 1051, audioFrames: 1754, sec: 35.08, codec: 'avc1.42c015' },
    gone: { videoFrames: 361, audioFrames: 601, sec: 12.01, codec: 'avc1.42c015' },
    cam3: { videoFrames: 1053, audioFrames: 1756, sec: 35.11, codec: 'av01.0.00M.08' },
    dflt: { videoFrames: 6, audioFrames: 0, sec: 36, codec: expect.stringMatching(/^vp09/) },
  },
  'v0.9.0': {
    cam1: { videoFrames: 1052, audioFrames: 1754, sec: 35.08, codec: 'avc1.42c015' },
    mute: { videoFrames: 1053, audioFrames: 0, sec: 35.11, codec: 'avc1.42c015' },
    vp8: { videoFrames: 0, audioFrames: 1754, sec: 35.08, codec: 'opus' },
  },
} as const;

const ROWS = `select stream, node_alias, track, path, start_ts, end_ts, seq, state, size_bytes, analysis, is_keyframe
  from segments order by path`;

it.each(['head', 'v0.9.0'] as const)(
  'gives of %s the rows that an index of the storage gives, and plays and cuts them from the node alone',
  async (version) => {
    const onNode = join(folder, 'node');
    await mkdir(onNode);
    await copyCaptures(version, onNode);
    const node = await createFakeNode({ generation: version, storageRoot: onNode });
    closing.push(() => node.close());
    const rows = await indexRows(version);
    for (const { end_ts: endUs, record, record_dir: recordDir, start_ts: startUs, stream } of rows) {
      node.recordings.begin({ record, stream, recordDir, startUs });
      node.recordings.complete({ record, stream }, endUs ?? startUs + 40_000_000, 'Completed');
    }
    const manager = await startManager(
      `[record_sync]\nenabled = true\ntick_ms = 200\n[[nodes]]\nalias = "edge-1"\nurl = "${node.url}"\n`,
    );
    const states = () => node.recordings.all().map(({ status }) => status);
    await expect.poll(states, { timeout: 60_000, interval: 200 }).toEqual(rows.map(() => 'Acked'));
    const synced = (await test.database.pool.query(ROWS)).rows;

    for (const [stream, expected] of Object.entries(CAPTURED[version])) {
      const { sec, codec, ...frames } = expected;
      const own = synced.filter(
        (row) => row.stream === stream && row.track === (frames.videoFrames ? 'video' : 'audio'),
      );
      const [startUs, endUs] = [own[0].start_ts, own.at(-1).end_ts];
      expect((endUs - startUs) / 1e6).toBeCloseTo(sec, 1);
      const { rows: tracks } = await test.database.pool.query(
        `select t.codec from tracks t join recordings r on r.id = t.recording_id
         where r.stream = $1 and t.track = $2`,
        [stream, frames.videoFrames ? 'video' : 'audio'],
      );
      expect(tracks).toEqual([{ codec }]);
      const range = `start_ts=${startUs}&end_ts=${endUs}`;
      const played = await decode(`${manager.url}/api/record/${stream}/hls/index.m3u8?${range}`);
      expect(played, stream).toEqual({ messages: '', ...frames });
      const clip = await decode(`${manager.url}/api/record/${stream}/clip.mp4?${range}`);
      expect(clip, stream).toEqual({ messages: '', ...frames });
    }

    await test.database.pool.query(
      'truncate recordings, tracks, segments, coverage, recorded_streams, day_totals',
    );
    await indexStorage({
      database: test.database,
      store: new FsStore(onNode),
      clock: systemClock,
      logger: silentLogger,
      nodeAlias: 'edge-1',
    });
    const indexed = (await test.database.pool.query(ROWS)).rows;
    // The node keeps no times of files, so only the wall clock may differ: by what its index is late.
    const apart = (row: { start_ts: number; end_ts: number }) => ({ ...row, start_ts: 0, end_ts: 0 });
    expect(synced.map(apart)).toEqual(indexed.map(apart));
    for (const [i, row] of synced.entries()) {
      expect(Math.abs(row.start_ts - indexed[i].start_ts)).toBeLessThan(100_000);
      expect(row.end_ts - row.start_ts).toBe(indexed[i].end_ts - indexed[i].start_ts);
    }
  },
);

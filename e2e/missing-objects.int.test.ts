import { mkdtemp, readdir, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import type { Manager } from '../src-main/core/manager.ts';
import { decode } from '../src-main/core/playback/playback-test-kit.ts';
import { indexStorage } from '../src-main/core/segments/index-storage.ts';
import { FsStore } from '../src-main/core/storage/fs-store.ts';
import { copyCaptures } from './support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** Objects deleted behind the back of a running manager, after they were indexed and found good. */

let test: TestDatabase;
let folder: string;
let manager: Manager;
let dir: string;
/** Start and end of each segment by file name, microseconds. */
let times: Map<string, { startUs: number; endUs: number }>;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test?.close());
beforeEach(async () => {
  await test.database.pool.query(
    'truncate recordings, tracks, segments, coverage, recorded_streams, day_totals',
  );
  folder = await mkdtemp(join(tmpdir(), 'liveman-missing-'));
  const root = join(folder, 'store');
  await copyCaptures('v0.9.0', root, (path) => path.startsWith('cam1/'));
  dir = join(root, 'cam1', (await readdir(join(root, 'cam1')))[0] as string);
  await indexStorage({
    database: test.database,
    store: new FsStore(root),
    clock: systemClock,
    logger: silentLogger,
    nodeAlias: 'edge-1',
  });
  const { rows } = await test.database.pool.query(
    'select path, start_ts::float8, end_ts::float8 from segments',
  );
  times = new Map(
    rows.map((row) => [row.path.split('/').pop(), { startUs: row.start_ts, endUs: row.end_ts }]),
  );
  manager = await createTestManager({
    folder,
    databaseUrl: test.url,
    toml: '[recorder.storage]\ntype = "fs"\nroot = "store"\n',
  });
});
afterEach(async () => {
  await manager?.close();
  await rm(folder, { recursive: true, force: true });
});

const startUs = () => Math.min(...[...times.values()].map((each) => each.startUs));
const endUs = () => Math.max(...[...times.values()].map((each) => each.endUs));
const range = () => `start_ts=${startUs()}&end_ts=${endUs()}`;
const hls = () => `${manager.url}/api/record/cam1/hls/index.m3u8?${range()}`;
const mpd = () => `${manager.url}/api/record/cam1/mpd?${range()}`;
const playlist = async (name: string) =>
  (await fetch(`${manager.url}/api/record/cam1/hls/${name}?${range()}`)).text();
const lostSpans = async () => {
  const reply = await fetch(`${manager.url}/api/record/cam1/gaps?${range()}`);
  const { gaps } = (await reply.json()) as { gaps: { startUs: number; endUs: number; kind: string }[] };
  return gaps.filter(({ kind }) => kind === 'objects-lost');
};
const states = async () => {
  const { rows } = await test.database.pool.query(
    `select path from segments where state = 'missing' order by path`,
  );
  return rows.map((row) => row.path.split('/').pop());
};
const initOf = async (prefix: string) =>
  (await readdir(dir)).find((name) => name.startsWith(prefix) && name.includes('init')) as string;
const framesOf = (name: string) => {
  const found = times.get(name) as { startUs: number; endUs: number };
  return ((found.endUs - found.startUs) / 1e6) * 30;
};

it.each([
  ['first', ['v_seg_0001.m4s'], 1],
  ['middle', ['v_seg_0002.m4s'], 2],
  ['last', ['v_seg_0003.m4s'], 1],
  ['first two', ['v_seg_0001.m4s', 'v_seg_0002.m4s'], 1],
  ['middle, with its sound,', ['v_seg_0002.m4s', 'a_seg_0002.m4s'], 2],
  ['last two', ['v_seg_0002.m4s', 'v_seg_0003.m4s'], 1],
])('the %s pictures are left out of playlist and clip, and the rest plays', async (_, names, runs) => {
  for (const name of names) await unlink(join(dir, name));
  const pictures = names.filter((name) => name.startsWith('v_'));
  const lost = pictures.reduce((sum, name) => sum + framesOf(name), 0);
  for (const name of ['video.m3u8', 'audio.m3u8']) {
    const text = await playlist(name);
    expect(text.match(/#EXT-X-DISCONTINUITY$/gm)?.length ?? 0, name).toBe(runs - 1);
    const uris = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const listed = await Promise.all(
      uris.map(async (uri) => (await fetch(`${manager.url}/api/record/cam1/hls/${uri}`)).status),
    );
    expect(listed.filter((status) => status !== 200)).toEqual([]);
  }
  expect(await states()).toEqual([...names].sort());
  const gaps = await lostSpans();
  expect(gaps.length).toBeGreaterThan(0);
  for (const name of pictures) {
    const middleUs = ((times.get(name)?.startUs ?? 0) + (times.get(name)?.endUs ?? 0)) / 2;
    expect(
      gaps.some((gap) => gap.startUs < middleUs && middleUs < gap.endUs),
      name,
    ).toBe(true);
  }

  for (const url of [hls(), mpd(), `${manager.url}/api/record/cam1/clip.mp4?${range()}`]) {
    const played = await decode(url);
    expect(played.messages, url).toBe('');
    expect(Math.abs(played.videoFrames - (1052 - lost)), url).toBeLessThan(10);
    expect(played.audioFrames, url).toBeGreaterThan(300);
  }
});

it.each(['a_seg_0001.m4s', 'a_seg_0002.m4s'])('sound that is gone (%s) is silence', async (name) => {
  await unlink(join(dir, name));
  expect(await decode(mpd())).toMatchObject({ messages: '', videoFrames: 1052 });
  const played = await decode(hls());
  expect(played).toMatchObject({ messages: '', videoFrames: 1052 });
  // The hole is filled, packet by packet.
  expect(Math.abs(played.audioFrames - 1754)).toBeLessThan(20);
  const clip = await decode(`${manager.url}/api/record/cam1/clip.mp4?${range()}`);
  expect(clip).toMatchObject({ messages: '', videoFrames: 1052 });
  expect(await states()).toEqual([name]);
  expect(await lostSpans()).toEqual([]);
});

it('without the init file of the sound, the pictures play alone', async () => {
  await unlink(join(dir, await initOf('a')));
  for (const url of [hls(), mpd(), `${manager.url}/api/record/cam1/clip.mp4?${range()}`])
    expect(await decode(url), url).toMatchObject({ messages: '', videoFrames: 1052, audioFrames: 0 });
});

it('without the init file of the pictures, the sound plays alone', async () => {
  await unlink(join(dir, await initOf('v')));
  const played = await decode(hls());
  expect(played).toMatchObject({ messages: '', videoFrames: 0 });
  expect(played.audioFrames).toBeGreaterThan(1700);
});

it('without both init files it says so', async () => {
  for (const track of ['v', 'a']) await unlink(join(dir, await initOf(track)));
  const response = await fetch(hls());
  expect(response.status).toBe(422);
  expect(await response.text()).toContain('is not in storage');
});

it('what is gone when it is asked for is marked, and comes back with its object', async () => {
  const before = await playlist('video.m3u8');
  expect(before).not.toContain('#EXT-X-DISCONTINUITY');
  const uri = before.split('\n').filter((line) => line.startsWith('segment/'))[1] as string;
  await unlink(join(dir, 'v_seg_0002.m4s'));
  // It was seen a moment ago, so only who asks for it finds out.
  expect((await fetch(`${manager.url}/api/record/cam1/hls/${uri}`)).status).toBe(404);
  expect(await states()).toEqual(['v_seg_0002.m4s']);
  expect(await playlist('video.m3u8')).toContain('#EXT-X-DISCONTINUITY');
});

it('a range of which nothing is left says so', async () => {
  for (const name of await readdir(dir)) if (name.includes('_seg_')) await unlink(join(dir, name));
  const response = await fetch(hls());
  expect(response.status).toBe(404);
  expect((await fetch(`${manager.url}/api/record/cam1/clip.mp4?${range()}`)).status).toBe(404);
});

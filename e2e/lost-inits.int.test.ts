import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
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

/** Init files that are deleted, damaged or written over behind the back of a running manager: their recording is a gap. */

const RECORDS = [1795345823, 1795345923, 1795346023] as const;
const LOST = String(RECORDS[1]);
const FRAMES_EACH = 1052;

let test: TestDatabase;
let folder: string;
let manager: Manager;
/** Of the recording in the middle. */
let dir: string;
let whole: { startUs: number; endUs: number };
let middle: { startUs: number; endUs: number };
let trackIds: string[];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test?.close());
beforeEach(async () => {
  await test.database.pool.query(
    'truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, integrity_runs, integrity_findings',
  );
  folder = await mkdtemp(join(tmpdir(), 'liveman-inits-'));
  const root = join(folder, 'store');
  await copyCaptures('v0.9.0', root, (path) => path.startsWith('cam1/'));
  for (const record of RECORDS.slice(1)) await copyLater(join(root, 'cam1'), record);
  dir = join(root, 'cam1', LOST);
  await indexStorage({
    database: test.database,
    store: new FsStore(root),
    clock: systemClock,
    logger: silentLogger,
    nodeAlias: 'edge-1',
  });
  whole = await spanOf('');
  middle = await spanOf(LOST);
  const { rows } = await test.database.pool.query(
    `select t.id from tracks t join recordings r on r.id = t.recording_id where r.record = '${LOST}'`,
  );
  trackIds = rows.map(({ id }) => id);
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

/** The captured recording once more, as one that began later. */
async function copyLater(stream: string, record: number): Promise<void> {
  const from = join(stream, String(RECORDS[0]));
  const to = join(stream, String(record));
  await mkdir(to);
  for (const name of await readdir(from)) {
    await copyFile(join(from, name), join(to, name));
    const atSec = (await stat(join(from, name))).mtimeMs / 1000 + record - RECORDS[0];
    await utimes(join(to, name), atSec, atSec);
  }
}

async function spanOf(record: string): Promise<{ startUs: number; endUs: number }> {
  const { rows } = await test.database.pool.query(
    'select min(start_ts)::float8 as start, max(end_ts)::float8 as end from segments where path like $1',
    [`%${record}%`],
  );
  return { startUs: rows[0].start, endUs: rows[0].end };
}

const range = () => `start_ts=${whole.startUs}&end_ts=${whole.endUs}`;
const at = (route: string) => `${manager.url}/api/record/cam1/${route}?${range()}`;
const text = async (route: string) => (await fetch(at(route))).text();
const initOf = (track: 'v' | 'a') => join(dir, `${track}_init.m4s`);
const lostSpans = async () => {
  const { gaps } = (await (await fetch(at('gaps'))).json()) as {
    gaps: { startUs: number; endUs: number; kind: string; label: string; text: string }[];
  };
  return gaps.filter(({ kind }) => kind === 'objects-lost');
};

/** Every address of a playlist is answered. */
async function expectAllThere(playlist: string): Promise<void> {
  const lines = playlist.split('\n');
  const maps = [...playlist.matchAll(/#EXT-X-MAP:URI="([^"]+)"/g)].map((match) => match[1]);
  const uris = [...maps, ...lines.filter((line) => line !== '' && !line.startsWith('#'))];
  for (const uri of uris) {
    expect((await fetch(`${manager.url}/api/record/cam1/hls/${uri}`)).status, uri).toBe(200);
  }
}

const SPOILT = {
  deleted: (path: string) => unlink(path),
  'cut off': async (path: string) => writeFile(path, (await readFile(path)).subarray(0, 100)),
  'full of nonsense': (path: string) => writeFile(path, Buffer.alloc(700, 'x')),
} as const;

it.each(Object.entries(SPOILT))(
  'a recording whose init files are %s is a gap, until they are back',
  async (_, spoil) => {
    const kept = new Map<string, Buffer>();
    for (const path of [initOf('v'), initOf('a')]) {
      kept.set(path, await readFile(path));
      await spoil(path);
    }
    for (const name of ['hls/video.m3u8', 'hls/audio.m3u8']) {
      const playlist = await text(name);
      expect(playlist.match(/#EXT-X-DISCONTINUITY$/gm)?.length, name).toBe(1);
      await expectAllThere(playlist);
    }
    const mpd = await text('mpd');
    expect(mpd.match(/<Period /g)).toHaveLength(2);
    expect(trackIds.filter((id) => mpd.includes(id))).toEqual([]);
    const { messages, videoFrames } = await decode(at('hls/index.m3u8'));
    expect(messages).toBe('');
    // It goes on behind the gap.
    expect(videoFrames).toBeGreaterThan(FRAMES_EACH);
    const [lost, ...others] = await lostSpans();
    expect(others).toEqual([]);
    expect(Math.abs((lost?.startUs ?? 0) - middle.startUs)).toBeLessThan(100_000);
    expect(Math.abs((lost?.endUs ?? 0) - middle.endUs)).toBeLessThan(100_000);
    expect(lost?.label).toMatch(/^1 file (missing|unreadable)$/);
    expect(lost?.text).toContain('v_init.m4s');

    for (const [path, bytes] of kept) await writeFile(path, bytes);
    const discontinuities = async () =>
      (await text('hls/video.m3u8')).match(/#EXT-X-DISCONTINUITY$/gm)?.length;
    await expect.poll(discontinuities, { timeout: 30_000, interval: 500 }).toBe(2);
    await expectAllThere(await text('hls/video.m3u8'));
    expect(await lostSpans()).toEqual([]);
  },
);

it('one that is damaged in mid play is left out of the next playlist', async () => {
  const before = await text('hls/video.m3u8');
  expect(before.match(/#EXT-X-DISCONTINUITY$/gm)).toHaveLength(2);
  const [, map] = [...before.matchAll(/#EXT-X-MAP:URI="([^"]+)"/g)].map((match) => match[1]);
  await SPOILT['cut off'](initOf('v'));
  expect((await fetch(`${manager.url}/api/record/cam1/hls/${map}`)).status).toBe(422);
  const after = await text('hls/video.m3u8');
  expect(after.match(/#EXT-X-DISCONTINUITY$/gm)).toHaveLength(1);
  await expectAllThere(after);
});

it('the check names init files that are gone, and those that are damaged', async () => {
  await SPOILT.deleted(initOf('v'));
  await SPOILT['cut off'](initOf('a'));
  // Files may come after their report: what is young is not judged.
  await test.database.pool.query(`update recordings set created_at = created_at - interval '1 hour'`);
  await fetch(`${manager.url}/api/integrity/check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const findings = async () => {
    const reply = await fetch(`${manager.url}/api/integrity/findings`);
    const { findings: all } = (await reply.json()) as { findings: { kind: string; place: string }[] };
    return all.map(({ kind, place }) => `${kind} ${place.split('/').pop()}`).sort();
  };
  await expect
    .poll(findings, { timeout: 30_000, interval: 200 })
    .toEqual(['bad-object a_init.m4s', 'missing-object v_init.m4s']);
});

/** Puts files of the pictures of an AV1 recording into the folder, as if written 45 s after it began. */
async function putOtherCodec(include: RegExp): Promise<void> {
  const from = join(folder, 'other', 'cam3', '1795345208');
  await copyCaptures('head', join(folder, 'other'), (path) => path.startsWith('cam3/'));
  for (const name of await readdir(from)) {
    if (!include.test(name)) continue;
    await copyFile(join(from, name), join(dir, name));
    const atSec = (await stat(join(from, name))).mtimeMs / 1000 - 1795345208 + Number(LOST) + 45;
    await utimes(join(dir, name), atSec, atSec);
  }
}

const pictures = async () => {
  const { rows } = await test.database.pool.query(
    `select r.session_no, t.codec, s.state, count(*)::int as count from segments s join tracks t on t.id = s.track_id
      join recordings r on r.id = t.recording_id where r.record = '${LOST}' and s.track = 'video'
      group by 1, 2, 3 order by 1`,
  );
  return rows;
};

it('a recording whose init file is that of another codec is a gap, until the right one is back', async () => {
  const before = await pictures();
  const right = await readFile(initOf('v'));
  const listed = await text('hls/video.m3u8');
  const [, map] = [...listed.matchAll(/#EXT-X-MAP:URI="([^"]+)"/g)].map((match) => match[1]);
  await putOtherCodec(/^v_init/);
  expect((await fetch(`${manager.url}/api/record/cam1/hls/${map}`)).status).toBe(422);
  const playlist = await text('hls/video.m3u8');
  expect(playlist.match(/#EXT-X-DISCONTINUITY$/gm)).toHaveLength(1);
  await expectAllThere(playlist);
  const { messages } = await decode(at('hls/index.m3u8'));
  expect(messages).toBe('');
  const [lost] = await lostSpans();
  expect(lost?.text).toContain('v_init.m4s');
  // The segments are as they were, so no row is given up for it.
  expect(await pictures()).toEqual(before);
  await writeFile(initOf('v'), right);
  const discontinuities = async () => (await text('hls/video.m3u8')).match(/#EXT-X-DISCONTINUITY$/gm)?.length;
  await expect.poll(discontinuities, { timeout: 30_000, interval: 500 }).toBe(2);
  expect(await pictures()).toEqual(before);
});

it.each([
  ['is known', false],
  ['was lost before', true],
])(
  'what a recorder wrote over a recording with another codec comes in where its init file %s',
  async (_, isLost) => {
    if (isLost) {
      await unlink(initOf('v'));
      expect((await text('hls/video.m3u8')).match(/#EXT-X-DISCONTINUITY$/gm)).toHaveLength(1);
    }
    await putOtherCodec(/^v_/);
    const isMended = async () => {
      await text('hls/video.m3u8');
      return pictures();
    };
    await expect.poll(isMended, { timeout: 60_000, interval: 500 }).toEqual([
      { session_no: 0, codec: 'avc1.42c015', state: 'bad', count: 3 },
      { session_no: 1, codec: 'av01.0.00M.08', state: 'ok', count: 3 },
    ]);
    const { startUs, endUs } = await spanOf(`${LOST}/v_`);
    const list = await fetch(
      `${manager.url}/api/record/cam1/hls/index.m3u8?start_ts=${startUs}&end_ts=${endUs}`,
    );
    expect(await list.text()).toContain('av01.0.00M.08');
  },
);

it('the check finds an init file of another codec also where nobody noted what the right one looked like', async () => {
  // As of recordings that were reported.
  await test.database.pool.query('update tracks set init_mark = null');
  await putOtherCodec(/^v_/);
  await test.database.pool.query(`update recordings set created_at = created_at - interval '1 hour'`);
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  await fetch(`${manager.url}/api/integrity/check`, { ...post, body: '{}' });
  const findings = async () => {
    const reply = await fetch(`${manager.url}/api/integrity/findings`);
    const { findings: found } = (await reply.json()) as {
      findings: { id: number; place: string; repair: string | null }[];
    };
    return found.filter(({ place }) => place.endsWith('/v_init.m4s'));
  };
  await expect.poll(findings, { timeout: 30_000, interval: 200 }).toMatchObject([{ repair: 're-examine' }]);
});

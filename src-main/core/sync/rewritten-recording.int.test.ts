import { copyFile, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CaptureVersion, capturePath, captureTimes } from '../../../e2e/support/capture-storage.ts';
import { createSyncRig, type SyncRig, snapshotOf, statesOf, until } from '../../../e2e/support/sync-rig.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { indexStorage } from '../segments/index-storage.ts';
import { FsStore } from '../storage/fs-store.ts';

/** Publishers whose codec is H.264 and then AV1, into one folder; both with sound at the start. */
const RECORD = Math.floor(Date.now() / 1000) - 100;
const DIR = `cam1/${RECORD}`;
const START_US = RECORD * 1_000_000 + 700_000;
const CHANGED_SEC = 45;

let rig: SyncRig;

beforeAll(async () => {
  rig = await createSyncRig();
});
afterAll(() => rig?.close());
beforeEach(() => rig.begin());
afterEach(() => rig.end());

/** Puts a captured recording into `DIR` of a root, as if it had begun `atSec` after the recording. */
async function put(
  version: CaptureVersion,
  stream: string,
  root: string,
  atSec: number,
  include: (name: string) => boolean,
): Promise<void> {
  for (const [file, modifiedMs] of Object.entries(await captureTimes(version))) {
    const [ofStream, record = '', name = ''] = file.split('/');
    if (ofStream !== stream || !include(name)) continue;
    const target = path.join(root, DIR, name);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(capturePath(version, 'recordings', file), target);
    const sec = modifiedMs / 1000 - Number(record) + RECORD + atSec;
    await utimes(target, sec, sec);
  }
}

const putFirst = (root: string) => put('v0.9.0', 'cam1', root, 0, (name) => name !== 'manifest.mpd');
const putSecond = (root: string) => put('head', 'cam3', root, CHANGED_SEC, (name) => name.startsWith('v_'));

/** Whole seconds since the start; never -0. */
const secondsOf = (us: number) => Math.round((us - START_US) / 1e6) || 0;

/** Per row: session, file, seconds since the start (rounded), state, whether the size is that of the file. */
async function listRows(root: string) {
  const rows = await rig.query(`
    select r.session_no, s.path, s.start_ts, s.end_ts, s.state, s.size_bytes, s.problem
    from segments s join recordings r on r.id = s.recording_id order by s.track desc, s.start_ts`);
  return Promise.all(
    rows.map(async (row) => {
      const { size } = await stat(path.join(root, row.path));
      return [
        row.session_no,
        path.basename(row.path, '.m4s'),
        secondsOf(row.start_ts),
        secondsOf(row.end_ts),
        row.state,
        row.size_bytes === null ? null : row.size_bytes === size,
      ];
    }),
  );
}

const AFTER_CHANGE = [
  [0, 'v_seg_0001', 0, 12, 'bad', null],
  [0, 'v_seg_0002', 12, 24, 'bad', null],
  [0, 'v_seg_0003', 24, 35, 'bad', null],
  [1, 'v_seg_0001', 45, expect.any(Number), 'ok', true],
  [1, 'v_seg_0002', expect.any(Number), expect.any(Number), 'ok', true],
  [1, 'v_seg_0003', expect.any(Number), 80, 'ok', true],
];

const codecs = () =>
  rig.query(`select r.session_no, r.status, t.track, t.codec, t.problem from tracks t
    join recordings r on r.id = t.recording_id order by r.session_no, t.track desc`);

const LOST_VIDEO = `select from segments where track = 'video' and state = 'bad'`;

/** What is kept beside the rows is what a recount gives. */
async function expectSums() {
  expect(
    await rig.query(`
      select r.id from recordings r join (
        select recording_id, count(*) as n, coalesce(sum(size_bytes), 0) as bytes, min(start_ts) as lo, max(end_ts) as hi
        from segments group by recording_id) c on c.recording_id = r.id
      where (r.segment_count, r.size_bytes, r.start_ts, r.end_ts) is distinct from (c.n, c.bytes, c.lo, c.hi)`),
  ).toEqual([]);
}

describe('a recording whose publisher came back with another codec, so that its files were written over', () => {
  it('is followed in the storage: what is new has its own times, what was there before is a gap', async () => {
    await putFirst(rig.own);
    const node = await rig.startNode({
      createRecorder: () => ({
        active: () =>
          statesOf(node)[0] === 'Active' ? { record: String(RECORD), recordDir: DIR } : undefined,
        start: async () => ({ record: String(RECORD), recordDir: DIR }),
        stop: async () => {},
      }),
    });
    node.recordings.begin({ stream: 'cam1', record: String(RECORD), recordDir: DIR, startUs: START_US });
    rig.startSync([snapshotOf(node)]);
    await until(async () => (await rig.query('select from segments')).length === 7, 'the first rows');
    await putSecond(rig.own);
    const isNew = `select from segments s join recordings r on r.id = s.recording_id
      where r.session_no = 1 and s.track = 'video'`;
    await until(async () => (await rig.query(isNew)).length === 3, 'the rows of the second codec');
    node.recordings.complete({ stream: 'cam1', record: String(RECORD) }, START_US + 80_000_000);
    const manifest = (await readFile(capturePath('head/recordings/cam3/1795345208/manifest.mpd'))).toString();
    await writeFile(path.join(rig.own, DIR, 'manifest.mpd'), manifest);
    await until(() => statesOf(node)[0] === 'Acked', 'the acknowledgement');
    const rows = await listRows(rig.own);
    expect(rows.filter((row) => String(row[1]).startsWith('v_'))).toEqual(AFTER_CHANGE);
    expect(rows.filter((row) => row[4] === 'ok' && row[5] !== true)).toEqual([]);
    expect(await codecs()).toEqual([
      expect.objectContaining({ session_no: 0, status: 'completed', track: 'video', codec: 'avc1.42c015' }),
      expect.objectContaining({ session_no: 0, track: 'audio', codec: 'opus' }),
      expect.objectContaining({ session_no: 1, status: 'completed', track: 'video', codec: 'av01.0.00M.08' }),
      expect.objectContaining({ session_no: 1, track: 'audio', codec: 'opus' }),
    ]);
    await expectSums();
  });

  it('is found by an index over the storage before and after, and by another one that changes nothing', async () => {
    const index = () =>
      indexStorage({
        database: rig.database,
        store: new FsStore(rig.own),
        clock: systemClock,
        logger: silentLogger,
      });
    await putFirst(rig.own);
    await index();
    await putSecond(rig.own);
    expect(await index()).toMatchObject({ addedCount: 3, problems: [] });
    const rows = await listRows(rig.own);
    expect(rows.filter((row) => String(row[1]).startsWith('v_'))).toEqual(AFTER_CHANGE);
    expect(await index()).toMatchObject({ addedCount: 0, problems: [] });
    expect(await listRows(rig.own)).toEqual(rows);
    // A copy that did not keep the times is no other recording.
    for (const name of await readdir(path.join(rig.own, DIR)))
      await utimes(path.join(rig.own, DIR, name), new Date(), new Date());
    expect(await index()).toMatchObject({ addedCount: 0, problems: [] });
    expect(await listRows(rig.own)).toEqual(rows);
    await expectSums();
  });

  it('is not taken for one where only the init file is of another codec', async () => {
    const index = () =>
      indexStorage({
        database: rig.database,
        store: new FsStore(rig.own),
        clock: systemClock,
        logger: silentLogger,
      });
    await putFirst(rig.own);
    await index();
    const rows = await listRows(rig.own);
    await put('head', 'cam3', rig.own, CHANGED_SEC, (name) => name === 'v_init.m4s');
    expect(await index()).toMatchObject({ addedCount: 0 });
    expect(await listRows(rig.own)).toEqual(rows);
    await putFirst(rig.own);
    expect(await index()).toMatchObject({ addedCount: 0, problems: [] });
    expect(await listRows(rig.own)).toEqual(rows);
  });

  it('is followed on its node, whose files are not kept longer than they are true', async () => {
    await putFirst(rig.onNode);
    const manifestOf = async (version: CaptureVersion, folder: string) =>
      readFile(capturePath(version, 'recordings', folder, 'manifest.mpd'), 'utf8');
    const [before, other] = await Promise.all([
      manifestOf('v0.9.0', 'cam1/1795345823'),
      manifestOf('head', 'cam3/1795345208'),
    ]);
    const videoSet = /<AdaptationSet[^>]*contentType="video"[\s\S]*?<\/AdaptationSet>/;
    const manifest = path.join(rig.onNode, DIR, 'manifest.mpd');
    await writeFile(manifest, before);
    const node = await rig.startNode({
      createRecorder: () => ({
        active: () => ({ record: String(RECORD), recordDir: DIR }),
        start: async () => ({ record: String(RECORD), recordDir: DIR }),
        stop: async () => {},
      }),
    });
    node.recordings.begin({ stream: 'cam1', record: String(RECORD), recordDir: DIR, startUs: START_US });
    const { store } = rig.startSync([snapshotOf(node)]);
    await until(async () => (await rig.query('select from segments')).length === 7, 'the first rows');
    await putSecond(rig.onNode);
    await writeFile(manifest, before.replace(videoSet, videoSet.exec(other)?.[0] ?? ''));
    const news = `select s.path, s.size_bytes, s.start_ts from segments s
      where s.track = 'video' and s.state = 'ok' order by s.path`;
    const isNew = async () =>
      (await rig.query(news)).length === 3 && (await rig.query(LOST_VIDEO)).length === 3;
    await until(isNew, 'the rows of the second codec');
    for (const row of await rig.query(news)) {
      const bytes = await readFile(path.join(rig.onNode, row.path));
      expect(row.size_bytes).toBe(bytes.length);
      expect((await store.read(row.path, 0, bytes.length)).equals(bytes)).toBe(true);
      expect(row.start_ts).toBeGreaterThan(START_US + 35_000_000);
    }
    expect(statesOf(node)).toEqual(['Active']);
    await expectSums();
  });

  it('gets right times also where nobody saw what was there before', async () => {
    await putFirst(rig.own);
    await putSecond(rig.own);
    const node = await rig.startNode();
    node.recordings.begin({ stream: 'cam1', record: String(RECORD), recordDir: DIR, startUs: START_US });
    node.recordings.complete({ stream: 'cam1', record: String(RECORD) }, START_US + 80_000_000);
    rig.startSync([snapshotOf(node)]);
    await until(async () => (await rig.query('select from segments')).length === 7, 'the rows');
    const rows = await rig.query(
      `select start_ts, end_ts from segments where track = 'video' order by start_ts`,
    );
    expect((rows[0].start_ts - START_US) / 1e6).toBeCloseTo(CHANGED_SEC, 0);
  });
});

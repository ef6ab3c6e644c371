import { copyFile, mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { capturePath, captureTimes, copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { index, query, report, root, setUpIndexBench } from '../../../e2e/support/index-bench.ts';
import { FsStore } from '../storage/fs-store.ts';
import { countCoverage } from './coverage-spans.ts';

setUpIndexBench();

/** Per stream and track: number of segments, kept samples, seconds from the first to the last, codec. */
async function summary() {
  const rows = await query(`
    select s.stream, s.track, count(*) as segments, sum((s.analysis->>'keptCount')::int) as kept,
      sum((s.analysis->>'sampleCount')::int) as samples, (max(s.end_ts) - min(s.start_ts)) / 1e6::float8 as seconds,
      t.codec, bool_and(s.state = 'ok') as ok
    from segments s join tracks t on t.id = s.track_id group by s.stream, s.track, t.codec order by s.stream, s.track desc`);
  return rows.map((row) => [
    row.stream,
    row.track,
    row.segments,
    `${row.kept}/${row.samples}`,
    Math.round(row.seconds * 100) / 100,
    row.codec,
    row.ok,
  ]);
}

async function zeros() {
  return query(`
    select r.stream, t.track, t.zero_ts, t.clock_source, t.problem from tracks t join recordings r on r.id = t.recording_id
    order by r.stream, t.track desc`);
}

it('finds the spoiled recordings of HEAD, repaired', async () => {
  await copyCaptures('head', root);
  const progress = await index();
  expect(progress).toMatchObject({ folderCount: 4, addedCount: 25, knownCount: 0, problems: [] });
  expect(await summary()).toEqual([
    ['cam1', 'video', 4, '1051/1130', 35.08, 'avc1.42c015', true],
    ['cam1', 'audio', 4, expect.any(String), expect.closeTo(35.08, 0), 'opus', true],
    ['cam3', 'video', 3, '1053/1056', 35.11, 'av01.0.00M.08', true],
    ['cam3', 'audio', 4, expect.any(String), expect.closeTo(35.1, 0), 'opus', true],
    ['dflt', 'video', 3, '6/6', expect.any(Number), expect.stringMatching(/^vp09/), true],
    ['dflt', 'audio', 4, expect.any(String), expect.any(Number), 'opus', true],
    ['gone', 'video', 1, '361/363', 12.01, 'avc1.42c015', true],
    ['gone', 'audio', 2, expect.any(String), expect.any(Number), 'opus', true],
  ]);
  const times = await captureTimes('head');
  for (const row of await zeros()) {
    const seconds = row.stream === 'gone' ? '1795345263' : '1795345208';
    const init = `${row.stream}/${seconds}/${row.track === 'video' ? 'v' : 'a'}_init.m4s`;
    expect(row.clock_source).toBe('file');
    expect(Math.abs(row.zero_ts - (times[init] ?? 0) * 1000)).toBeLessThan(2);
  }
  const dflt = (await zeros()).filter(({ stream }) => stream === 'dflt');
  expect(dflt[0].problem).toBeNull();
  expect(dflt[1].problem).toMatch(/cannot be decoded/);
  expect(await query('select distinct node_alias from segments')).toEqual([{ node_alias: 'storage' }]);
});

it('finds the clean recordings of v0.9.0, with or without sound or pictures', async () => {
  await copyCaptures('v0.9.0', root);
  await index({ nodeAlias: 'attic' });
  const found = await summary();
  expect(found.map((row) => [row[0], row[1], row[2]])).toEqual([
    ['cam1', 'video', 3],
    ['cam1', 'audio', 4],
    ['mute', 'video', 3],
    ['vp8', 'audio', 4],
  ]);
  for (const row of found) {
    const [kept, samples] = String(row[3]).split('/');
    expect(kept).toBe(samples);
  }
  expect(await query('select distinct node_alias from recordings')).toEqual([{ node_alias: 'attic' }]);
});

it('finds the recording of the PUSH generation', async () => {
  await copyCaptures('push', root);
  await index();
  const rows = await query(`select * from segments where track = 'video' order by start_ts`);
  expect(rows.map((row) => [row.seq, row.is_keyframe])).toEqual([
    [1, false],
    [2, true],
    [3, true],
  ]);
  const zeroUs = ((await captureTimes('push'))['cam1/2026/11/22/init.m4s'] ?? 0) * 1000;
  expect(Math.abs(rows[0].start_ts - zeroUs - 33_333)).toBeLessThan(2);
  expect((rows[2].end_ts - rows[0].start_ts) / 1e6).toBeCloseTo(33, 1);
  expect(await query('select * from segments where track = $$audio$$')).toHaveLength(3);
});

it('adds nothing a second time, and later only what is new', async () => {
  await copyCaptures('head', root, (file) => !/_seg_000[34]/.test(file));
  const first = await index();
  const before = await query('select * from segments order by id');
  expect(await index()).toMatchObject({ addedCount: 0, knownCount: first.addedCount });
  expect(await query('select * from segments order by id')).toEqual(before);
  await copyCaptures('head', root);
  expect(await index()).toMatchObject({ addedCount: 25 - first.addedCount, knownCount: first.addedCount });
  // The chain of the analysis went on where it had ended: the same as in one go.
  expect((await summary())[0]).toEqual(['cam1', 'video', 4, '1051/1130', 35.08, 'avc1.42c015', true]);
  expect(await query('select count(*) from recordings')).toEqual([{ count: 4 }]);
  const segments = await query(
    `select start_ts, end_ts from segments where stream = 'cam1' and track = 'video'`,
  );
  const coverage = await query(
    `select start_ts, end_ts from coverage where stream = 'cam1' and track = 'video'`,
  );
  const spans = segments.map((row) => ({ startUs: row.start_ts, endUs: row.end_ts, isEstimated: false }));
  expect(coverage).toEqual(
    countCoverage(spans).map(({ startUs, endUs }) => ({ start_ts: startUs, end_ts: endUs })),
  );
});

it('uses the index of the node where it lies beside the recordings', async () => {
  await copyCaptures('v0.9.0', root);
  const lines = (await readFile(capturePath('v0.9.0/recordings/index.jsonl'), 'utf8'))
    .replaceAll('"node_alias":null', '"node_alias":"edge-7"')
    .split('\n');
  await writeFile(path.join(root, 'index.jsonl'), `${lines.join('\n')}\nbroken line`);
  // As after a copy that did not keep the times.
  const init = path.join(root, 'mute/1795345823/v_init.m4s');
  await utimes(init, 1_800_000_000, 1_800_000_000);
  await index();
  expect(await query('select distinct node_alias, status from recordings')).toEqual([
    { node_alias: 'edge-7', status: 'completed' },
  ]);
  const mute = (await zeros()).find(({ stream }) => stream === 'mute');
  expect(mute).toMatchObject({ zero_ts: 1_795_345_823_405_712, clock_source: 'index' });
});

it('takes the time from the folder name where files lost theirs', async () => {
  await copyCaptures('v0.9.0', root);
  for (const objectPath of Object.keys(await captureTimes('v0.9.0'))) {
    await utimes(path.join(root, objectPath), 1_800_000_000, 1_800_000_000);
  }
  await index();
  for (const row of await zeros()) {
    expect(row).toMatchObject({ zero_ts: 1_795_345_823_000_000, clock_source: 'path' });
  }
  expect(await query('select distinct is_estimated from coverage')).toEqual([{ is_estimated: true }]);
});

it('keeps apart what an earlier session left in a folder', async () => {
  await copyCaptures('head', root, (file) => file.startsWith('cam3/'));
  const dir = path.join(root, 'cam3/1795345208');
  // The recorder begins anew an hour later and gets as far as one segment; the second and third are the old ones.
  for (const name of ['v_init.m4s', 'v_seg_0001.m4s']) {
    const laterSec = (Date.parse('2026-11-22T12:00:10Z') + (name === 'v_init.m4s' ? 0 : 12_000)) / 1000;
    await utimes(path.join(dir, name), laterSec, laterSec);
  }
  await index();
  const rows = await query(`
    select r.session_no, s.seq, s.start_ts from segments s join recordings r on r.id = s.recording_id
    where s.track = 'video' order by s.start_ts`);
  expect(rows.map((row) => [row.session_no, row.seq])).toEqual([
    [0, 2],
    [0, 3],
    [1, 1],
  ]);
  expect(rows[2].start_ts).toBe(Date.parse('2026-11-22T12:00:10Z') * 1000);
  const endOfOldMs = (await captureTimes('head'))['cam3/1795345208/v_seg_0001.m4s'] ?? 0;
  expect(Math.abs(rows[0].start_ts / 1000 - endOfOldMs)).toBeLessThan(200);
  expect(await index()).toMatchObject({ addedCount: 0 });
});

it('reads odd names and foreign folders', async () => {
  await copyCaptures('head', root, (file) => file.startsWith('cam3/'));
  const odd = path.join(root, 'tape/Küche & Flur/1795345208');
  await mkdir(path.dirname(odd), { recursive: true });
  await rename(path.join(root, 'cam3/1795345208'), odd);
  await copyFile(capturePath('README.md'), path.join(root, 'tape/notes.txt'));
  await index();
  expect(await query('select distinct stream, dir from recordings')).toEqual([
    { stream: 'Küche & Flur', dir: 'tape/Küche & Flur/1795345208' },
  ]);
});

it('goes on where a run was stopped, and begins anew after one that ended', async () => {
  for (const prefix of ['a', 'b', 'c', 'd', 'e']) await copyCaptures('head', path.join(root, prefix));
  const stop = new AbortController();
  const stopped = index({
    signal: stop.signal,
    onProgress: ({ folderCount }) => folderCount >= 12 && stop.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  const [{ position }] = (await query('select position from storage_scans')) as [{ position: string }];
  const listed: string[] = [];
  const store = new FsStore(root);
  const list = store.list.bind(store);
  store.list = async function* (prefix, options) {
    for await (const object of list(prefix, options)) {
      listed.push(object.path);
      yield object;
    }
  };
  const progress = await index({ store });
  expect(progress).toMatchObject({ resumedAfter: position, problems: [] });
  expect(listed.every((file) => file > position)).toBe(true);
  expect(await query('select count(*)::int as count from segments')).toEqual([{ count: 125 }]);
  expect(await query('select 1 from storage_scans')).toEqual([]);
  const again = await index();
  expect(again).toMatchObject({ resumedAfter: null, addedCount: 0, knownCount: 125 });
  const { folderCount, objectCount } = again;
  expect(progress).toMatchObject({ folderCount, objectCount });
});

it('finds the recording that wrote over a folder, and gives up what was there before', async () => {
  const shared = path.join(root, 'shared');
  const fill = async (version: 'head' | 'v0.9.0') => {
    const from = path.join(root, 'from', version);
    await copyCaptures(version, from, (file) => file.startsWith('cam1/'));
    await mkdir(shared, { recursive: true });
    for (const [file, modifiedMs] of Object.entries(await captureTimes(version))) {
      if (!file.startsWith('cam1/')) continue;
      const target = path.join(shared, path.basename(file));
      await copyFile(path.join(from, file), target);
      await utimes(target, modifiedMs / 1000, modifiedMs / 1000);
    }
    await rm(path.join(root, 'from'), { recursive: true });
  };
  await fill('head');
  const first = await index();
  await fill('v0.9.0');
  const second = await index();
  const listing = () =>
    query(`
      select r.session_no, count(*)::int as rows, bool_or(s.state = 'ok') as some_ok, r.start_ts / 60000000 as minute
      from recordings r join segments s on s.recording_id = r.id group by r.id order by r.session_no`);
  const found = await listing();
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({ session_no: 0, rows: first.addedCount });
  expect(found[1]).toMatchObject({ session_no: 1, rows: second.addedCount, some_ok: true });
  // Ten minutes lie between the two.
  expect(found[1].minute - found[0].minute).toBeGreaterThanOrEqual(9);
  // Of one name only the newer row is good.
  expect(
    await query(`select path from segments where state = 'ok' group by path having count(*) > 1`),
  ).toEqual([]);
  const third = await index();
  expect(third).toMatchObject({ addedCount: 0, problems: [] });
  expect(await listing()).toEqual(found);
});

it('says of recordings that they are over, as far as their files tell, and also of those it found before', async () => {
  await copyCaptures('head', root);
  const manifest = path.join(root, 'gone/1795345263/manifest.mpd');
  const final = await readFile(manifest, 'utf8');
  const running = final.replace('type="static"', 'type="dynamic"');
  expect(running).not.toBe(final);
  const statuses = async () =>
    Object.fromEntries(
      (await query('select stream, status from recordings')).map((r) => [r.stream, r.status]),
    );
  const row = { record: '1795345263', stream: 'gone', record_dir: 'gone/1795345263', status: 'Active' };
  await writeFile(path.join(root, 'index.jsonl'), JSON.stringify(row));
  await writeFile(manifest, running);
  await index();
  expect(await statuses()).toEqual({
    cam1: 'completed',
    cam3: 'completed',
    dflt: 'completed',
    gone: 'active',
  });
  await utimes(manifest, 1_795_345_300, 1_795_345_300);
  await index();
  expect(await statuses()).toMatchObject({ gone: 'completed' });
});

it('has each segment once when its node reports what was indexed, with times that are a little off', async () => {
  await copyCaptures('v0.9.0', root, (file) => file.startsWith('mute/'));
  await index({ nodeAlias: 'edge' });
  const rows = await query('select * from segments order by seq');
  for (const offUs of [-30_000, 0, 30_000]) {
    const segments = rows.map((row) => ({
      start_ts: row.start_ts + offUs,
      end_ts: row.end_ts + offUs,
      duration_ms: row.duration_ms,
      path: row.path,
      is_keyframe: true,
    }));
    for (const each of segments) await report({ node_alias: 'edge', stream: 'mute', segments: [each] });
  }
  expect(await query('select * from segments order by seq')).toEqual(rows);
  expect(await query('select count(*)::int as n from recordings')).toEqual([{ n: 1 }]);
});

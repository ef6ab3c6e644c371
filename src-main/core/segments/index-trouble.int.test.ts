import { mkdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { emptyIndex, index, query, root, setUpIndexBench } from '../../../e2e/support/index-bench.ts';
import { systemClock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { FsStore } from '../storage/fs-store.ts';

setUpIndexBench();

it('says what cannot be indexed and goes on with the rest', async () => {
  await copyCaptures('head', root);
  await rm(path.join(root, 'cam1/1795345208/v_init.m4s'));
  await writeFile(path.join(root, 'gone/1795345263/a_init.m4s'), 'nonsense');
  await writeFile(path.join(root, 'cam3/1795345208/v_seg_0002.m4s'), 'nonsense');
  await writeFile(path.join(root, 'cam3/1795345208/manifest.mpd'), '<MPD><Period>');
  await utimes(path.join(root, 'cam3/1795345208/v_seg_0002.m4s'), 1_795_345_232, 1_795_345_232);
  await mkdir(path.join(root, 'empty'));
  const progress = await index();
  // Folders are worked on at the same time.
  expect([...progress.problems].sort()).toEqual([
    expect.stringMatching(/cam1.*4 video segments.*v_init\.m4s is missing/),
    expect.stringMatching(/gone.*audio.*a_init\.m4s cannot be read/),
  ]);
  // All segments of these tracks.
  expect(progress.skippedCount).toBe(4 + 2);
  const rows = await query(
    `select seq, state, problem from segments where stream = 'cam3' and track = 'video' order by seq`,
  );
  expect(rows).toEqual([
    { seq: 1, state: 'ok', problem: null },
    { seq: 2, state: 'bad', problem: expect.stringContaining('v_seg_0002.m4s') },
    { seq: 3, state: 'ok', problem: null },
  ]);
});

it('goes on behind a cut-off file of a time that is yet to come, and says which folder is still being written', async () => {
  await copyCaptures('v0.9.0', root, (file) => file.startsWith('cam1/'));
  const cutOff = path.join(root, 'cam1/1795345823/v_seg_0001.m4s');
  await truncate(cutOff, 300_000);
  const nowSec = Date.now() / 1000;
  await utimes(cutOff, nowSec, nowSec);
  const progress = await index({ clock: { ...systemClock, nowMs: () => nowSec * 1000 } });
  expect(progress).toMatchObject({
    addedCount: 4,
    problems: [expect.stringMatching(/^cam1.*being written/)],
  });
  await utimes(cutOff, nowSec + 1e7, nowSec + 1e7);
  expect(await index()).toMatchObject({ addedCount: 3, problems: [] });
  const rows = await query(
    `select seq, problem is null as is_whole from segments where track = 'video' order by seq`,
  );
  expect(rows).toEqual([
    { seq: 1, is_whole: false },
    { seq: 2, is_whole: true },
    { seq: 3, is_whole: true },
  ]);
});

it('goes on behind what cannot be read, and says what it left out', async () => {
  await copyCaptures('v0.9.0', root, (file) => file.startsWith('mute/'));
  await copyCaptures('head', root, (file) => file.startsWith('cam3/') || file.startsWith('cam1/'));
  await mkdir(path.join(root, 'C:cam'), { recursive: true });
  await rename(path.join(root, 'cam1'), path.join(root, 'C:cam/old'));
  const rows = [
    { stream: '', record_dir: 'mute/1795345823', start_ts: 1 },
    { stream: 'a\u0000b', record_dir: 'mute/1795345823', start_ts: 1 },
    { stream: 'mute', record_dir: 'mute/1795345823', start_ts: -5 },
  ];
  await writeFile(path.join(root, 'index.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const store = new FsStore(root);
  const { list, read, readStart } = store;
  const denied = () =>
    Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', errno: -13, syscall: 'open' });
  const failure = () => new AppError('storage_unavailable', 'It cannot be read.', { cause: denied() });
  const demand = (file: string) => {
    if (/cam3.*a_init|mute.*v_seg_0002/.test(file)) throw failure();
  };
  store.read = async (file, ...rest) => {
    demand(file);
    return read.call(store, file, ...rest);
  };
  store.readStart = async (file, ...rest) => {
    demand(file);
    return readStart.call(store, file, ...rest);
  };
  store.list = (prefix, options) => {
    options?.onSkipped?.('locked/', 'It may not be read.');
    return list.call(store, prefix, options);
  };
  const progress = await index({ store });
  expect([...progress.problems].sort()).toEqual([
    expect.stringMatching(/^C:cam\/: No object/),
    expect.stringMatching(/^cam3\/1795345208: It cannot be read/),
    expect.stringMatching(/^locked\/: /),
    expect.stringMatching(/^mute\/.*v_seg_0002.*It cannot be read/),
  ]);
  expect(progress.skippedCount).toBe(4);
  const found = await query(
    `select stream, seq, state, problem from segments where stream = 'mute' order by seq`,
  );
  expect(found).toEqual([
    { stream: 'mute', seq: 1, state: 'ok', problem: null },
    { stream: 'mute', seq: 3, state: 'ok', problem: null },
  ]);
  expect(await query('select 1 from storage_scans')).toEqual([]);
  // Once it may be read it is found, and everything is as after one pass.
  expect(await index()).toMatchObject({ addedCount: 8 });
  const after = await query(
    `select stream, path, start_ts, end_ts, state from segments where stream in ('mute', 'cam3') order by path`,
  );
  await emptyIndex();
  await index();
  expect(after).toEqual(
    await query(`select stream, path, start_ts, end_ts, state from segments order by path`),
  );
});

it('puts a file that cannot be read between its neighbours, also when these were indexed before', async () => {
  await copyCaptures('v0.9.0', root, (file) => file.startsWith('mute/'));
  const file = path.join(root, 'mute/1795345823/v_seg_0002.m4s');
  await rename(file, `${file}.away`);
  await index();
  await writeFile(file, 'nonsense');
  await utimes(file, 1_795_345_848, 1_795_345_848);
  expect(await index()).toMatchObject({ addedCount: 1 });
  const [first, bad, last] = await query('select seq, start_ts, end_ts, state from segments order by seq');
  expect(bad).toEqual({ seq: 2, start_ts: first.end_ts, end_ts: first.end_ts, state: 'bad' });
  expect(last.start_ts).toBeGreaterThan(bad.start_ts);
});

it('indexes the sound of recordings whose picture has an init file that no database can hold', async () => {
  await copyCaptures('v0.9.0', root, (file) => file.startsWith('cam1/'));
  const init = path.join(root, 'cam1/1795345823/v_init.m4s');
  const bytes = await readFile(init);
  for (const [at, value] of [
    [bytes.indexOf('mdhd') + 16, 0xffff_ffff],
    [bytes.indexOf('avc1', bytes.indexOf('stsd')), 0x00ff0a41],
  ] as const) {
    const spoiled = Buffer.from(bytes);
    spoiled.writeUInt32BE(value, at);
    await writeFile(init, spoiled);
    await utimes(init, 1_795_345_823, 1_795_345_823);
    await emptyIndex();
    await index();
    expect(await query(`select count(*)::int as n from segments where track = 'audio'`)).toEqual([{ n: 4 }]);
  }
});

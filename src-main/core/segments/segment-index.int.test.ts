import { copyFile, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { capturePath, captureTimes, copyCaptures } from '../../../e2e/support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ReportedSegment } from './report-check.ts';
import { createSegmentIndex, type IndexedSegments, type SegmentIndex } from './segment-index.ts';

let test: TestDatabase;
let root: string;
let index: SegmentIndex;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.database.pool.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  root = await mkdtemp(path.join(os.tmpdir(), 'segment-index-'));
  index = open();
});
afterEach(async () => {
  await index.close();
  await rm(root, { recursive: true, force: true });
});

function open(store: ObjectStore = new FsStore(root)): SegmentIndex {
  return createSegmentIndex({ database: test.database, store, clock: systemClock, logger: silentLogger });
}

async function query(text: string, values: unknown[] = []) {
  const { rows } = await test.database.pool.query(text, values);
  return rows;
}

const S = 1_000_000;
const ZERO = Date.UTC(2026, 10, 22, 11) * 1000;
const EVER = { startUs: 0, endUs: 4e15 };

/** Video of HEAD's spoiled recording as a node with exact times would report it. */
function spoiled(seqs: number[]): ReportedSegment[] {
  const bounds = [0, 8.9, 20.9, 27, 35.08];
  return seqs.map((seq) => ({
    start_ts: ZERO + (bounds[seq - 1] ?? 0) * S,
    end_ts: ZERO + (bounds[seq] ?? 0) * S,
    duration_ms: 10_000,
    path: `cam1/1795345208/v_seg_000${seq}.m4s`,
    is_keyframe: true,
  }));
}

const states = () => query('select track, seq, state, problem from segments order by track desc, seq');

/** Makes rows look old, so that a file that is not there counts as missing. */
const age = () => query(`update segments set created_at = created_at - interval '1 hour'`);

async function waitFor(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not happen within 10 s');
}

const isQuiet = async () => (await query(`select 1 from segments where state = 'pending'`)).length === 0;

describe('examining', () => {
  it('happens in the background, in file order, and corrects what was reported', async () => {
    await copyCaptures('head', root);
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2]) }, 0);
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([3, 4]) }, 0);
    await waitFor(isQuiet);
    const rows = await query('select * from segments order by seq');
    expect(rows.map((row) => row.state)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(rows.reduce((sum, row) => sum + row.analysis.keptCount, 0)).toBe(1051);
    expect(rows.every((row) => row.size_bytes > 1000)).toBe(true);
    const [track] = await query('select * from tracks');
    expect(track).toMatchObject({
      init_state: 'ok',
      codec: 'avc1.42c015',
      width: 320,
      height: 180,
      timescale: 90_000,
      zero_ts: ZERO,
      clock_source: 'reported',
      analysed_seq: 4,
      problem: null,
    });
    expect(track.config_hash).toMatch(/^[0-9a-f]{64}$/);
    await waitFor(async () => index.queueLength() === 0);
  });

  it('of reports that overtake the file waits for it', async () => {
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2]) }, 0);
    const waiting = index.ensureAnalysed('cam1', EVER);
    await copyCaptures('head', root);
    expect(await waiting).toBe(0);
    expect((await states()).map((row) => row.state)).toEqual(['ok', 'ok']);
  });

  it('takes up again what an earlier run left', async () => {
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2]) }, 0);
    await index.close();
    await copyCaptures('head', root);
    index = open();
    await waitFor(isQuiet);
    expect((await states()).map((row) => row.state)).toEqual(['ok', 'ok']);
  });

  it('gives up on a file that never comes, and finds it later all the same', async () => {
    await copyCaptures('head', root, (file) => !file.endsWith('v_seg_0002.m4s'));
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2, 3, 4]) }, 0);
    await age();
    await waitFor(isQuiet);
    expect(await states()).toMatchObject([
      { state: 'ok' },
      { state: 'missing', problem: expect.stringContaining('v_seg_0002.m4s is not in the storage') },
      { state: 'ok' },
      { state: 'ok' },
    ]);
    await copyCaptures('head', root);
    expect(await index.ensureAnalysed('cam1', EVER)).toBe(0);
    expect((await states()).map((row) => row.state)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('says in words what is wrong with a file', async () => {
    await copyCaptures('head', root);
    const dir = path.join(root, 'cam1/1795345208');
    await writeFile(path.join(dir, 'v_seg_0002.m4s'), 'nonsense');
    await truncate(path.join(dir, 'v_seg_0003.m4s'), 100_000);
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2, 3, 4]) }, 0);
    await age();
    expect(await index.ensureAnalysed('cam1', EVER)).toBe(0);
    expect(await states()).toMatchObject([
      { state: 'ok', problem: null },
      { state: 'bad', problem: expect.stringContaining('cannot be read') },
      { state: 'ok', problem: expect.stringContaining('is cut off') },
      { state: 'ok', problem: null },
    ]);
  });

  it('fails segments whose init file never comes', async () => {
    await copyCaptures('head', root, (file) => !file.endsWith('v_init.m4s'));
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1]) }, 0);
    await age();
    expect(await index.ensureAnalysed('cam1', EVER)).toBe(0);
    expect(await states()).toMatchObject([{ state: 'bad', problem: expect.stringContaining('init file') }]);
    expect(await query('select init_state from tracks')).toEqual([{ init_state: 'missing' }]);
  });

  it.each(['the next segment comes', 'the program starts anew'])(
    'examines them all the same once it came late and %s',
    async (when) => {
      await copyCaptures('head', root, (file) => !file.endsWith('v_init.m4s'));
      await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2]) }, 0);
      await age();
      expect(await index.ensureAnalysed('cam1', EVER)).toBe(0);
      expect((await states()).map(({ state }) => state)).toEqual(['bad', 'bad']);
      await copyCaptures('head', root);
      if (when === 'the next segment comes') {
        await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([3]) }, 0);
      } else {
        await query(`update recordings set end_ts = ${Date.now() * 1000}`);
        await index.close();
        index = open();
      }
      const count = when === 'the next segment comes' ? 3 : 2;
      const good = Array.from({ length: count }, () => ({ state: 'ok', problem: null }));
      await vi.waitFor(async () => expect(await states()).toMatchObject(good), { timeout: 20_000 });
      expect(await query('select init_state from tracks')).toEqual([{ init_state: 'ok' }]);
    },
  );

  it('takes no init file of another codec for one that was lost', async () => {
    await copyCaptures('head', root);
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2]) }, 0);
    await waitFor(isQuiet);
    await query(`update tracks set init_state = 'missing'`);
    const init = path.join(root, 'cam1/1795345208/v_init.m4s');
    await copyFile(capturePath('head', 'recordings/cam3/1795345208/v_init.m4s'), init);
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([3]) }, 0);
    await waitFor(isQuiet);
    expect((await states()).map(({ state }) => state)).toEqual(['ok', 'ok', 'bad']);
    const track = 'select codec, entry_type, init_state from tracks';
    expect(await query(track)).toMatchObject([{ entry_type: 'avc1', init_state: 'missing' }]);
    await copyCaptures('head', root);
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([4]) }, 0);
    await vi.waitFor(
      async () => expect((await states()).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']),
      {
        timeout: 20_000,
      },
    );
    expect(await query(track)).toMatchObject([{ entry_type: 'avc1', init_state: 'ok' }]);
  });

  it('for a player starts where it looks, and later agrees with going through from the start', async () => {
    // 60 segments of a clean recording, made by putting its files there again under higher numbers.
    await copyCaptures('v0.9.0', root, (file) => file.startsWith('mute/'));
    const dir = path.join(root, 'mute/1795345823');
    const first = await readFile(path.join(dir, 'v_seg_0001.m4s'));
    const durationTicks = 1_080_000;
    const segments: ReportedSegment[] = [];
    for (let seq = 1; seq <= 60; seq += 1) {
      const bytes = Buffer.from(first);
      bytes.writeUInt32BE(seq, 44);
      bytes.writeBigUInt64BE(BigInt((seq - 1) * durationTicks), 84);
      const name = `v_seg_${String(seq).padStart(4, '0')}.m4s`;
      await writeFile(path.join(dir, name), bytes);
      const start_ts = ZERO + (seq - 1) * 12 * S;
      segments.push({
        start_ts,
        end_ts: start_ts + 12 * S,
        duration_ms: 12_000,
        path: `mute/1795345823/${name}`,
        is_keyframe: true,
      });
    }
    await index.close();
    const reads: string[] = [];
    const plain = new FsStore(root);
    const watched: ObjectStore = {
      name: plain.name,
      stat: (file, options) => plain.stat(file, options),
      read: async (file, offset, sizeBytes, options) => {
        reads.push(path.basename(file));
        // The background has only begun when the player asks.
        if (/v_seg_00[0-3]/.test(file)) await new Promise((resolve) => setTimeout(resolve, 60));
        return plain.read(file, offset, sizeBytes, options);
      },
      stream: (...args) => plain.stream(...args),
      list: (...args) => plain.list(...args),
      usage: () => plain.usage(),
    };
    index = open(watched);
    await index.report({ node_alias: 'n', stream: 'mute', segments }, 0);
    const range = { startUs: ZERO + 600 * S, endUs: ZERO + 620 * S };
    expect(await index.ensureAnalysed('mute', range)).toBe(0);
    const asked = await query(
      'select seq, state, analysis from segments where seq between 51 and 52 order by seq',
    );
    expect(asked.map((row) => row.state)).toEqual(['ok', 'ok']);
    expect(asked[0].analysis.startTicks).toBe(50 * durationTicks);
    expect(reads.length).toBeLessThan(40);
    await waitFor(async () => (await query('select analysed_seq from tracks'))[0]?.analysed_seq === 60);
    const again = await query(
      'select seq, state, analysis from segments where seq between 51 and 52 order by seq',
    );
    expect(again.map((row) => row.analysis.startTicks)).toEqual(asked.map((row) => row.analysis.startTicks));
  });

  it('keeps to the time it is given when storage hangs', async () => {
    await index.close();
    const plain = new FsStore(root);
    const hanging: ObjectStore = {
      name: 'hanging',
      stat: (_, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        }),
      read: (_file, _offset, _sizeBytes, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        }),
      stream: (...args) => plain.stream(...args),
      list: (...args) => plain.list(...args),
      usage: () => plain.usage(),
    };
    index = open(hanging);
    await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2]) }, 0);
    expect(await index.ensureAnalysed('cam1', EVER, { timeoutMs: 200 })).toBe(2);
    const signal = AbortSignal.abort();
    await expect(index.ensureAnalysed('cam1', EVER, { signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('sound beside reported pictures', () => {
  async function replay(): Promise<void> {
    const lines = (await readFile(capturePath('push/reports.jsonl'), 'utf8')).trim().split('\n');
    const times = await captureTimes('push');
    const beganMs = (times['cam1/2026/11/22/seg_0002.m4s'] ?? 0) - 31_086;
    for (const line of lines) {
      const { ms, request, answered } = JSON.parse(line);
      if (answered.status === 200) await index.report(JSON.parse(request.body), (beganMs + ms) * 1000);
    }
  }

  it('becomes rows that end with the pictures and begin when the node began', async () => {
    await copyCaptures('push', root);
    await replay();
    await index.ensureAnalysed('cam1', EVER);
    await waitFor(
      async () => (await query(`select 1 from segments where track = 'audio' and state = 'ok'`)).length === 3,
    );
    const rows = await query('select * from segments order by track desc, seq');
    expect(rows.map((row) => [row.track, row.seq, row.state, row.is_keyframe, row.clock_source])).toEqual([
      ['video', 1, 'ok', false, 'arrival'],
      ['video', 2, 'ok', true, 'arrival'],
      ['video', 3, 'ok', true, 'arrival'],
      ['audio', 1, 'ok', true, 'arrival'],
      ['audio', 2, 'ok', true, 'arrival'],
      ['audio', 3, 'ok', true, 'arrival'],
    ]);
    for (const seq of [1, 2, 3]) {
      const [video, audio] = rows.filter((row) => row.seq === seq);
      expect(Math.abs(video.end_ts - audio.end_ts)).toBeLessThan(60_000);
    }
    const times = await captureTimes('push');
    for (const track of await query('select * from tracks')) {
      const init = track.track === 'video' ? 'init.m4s' : 'audio_init.m4s';
      const errorUs = track.zero_ts - (times[`cam1/2026/11/22/${init}`] ?? 0) * 1000;
      expect(Math.abs(errorUs)).toBeLessThan(100_000);
      expect(track).toMatchObject({
        init_state: 'ok',
        codec: track.track === 'video' ? 'avc1.42c015' : 'opus',
      });
    }
  });

  it('moves along when the clock estimate gets better', async () => {
    await copyCaptures('push', root);
    const lines = (await readFile(capturePath('push/reports.jsonl'), 'utf8')).trim().split('\n');
    const reports = lines.slice(2).map((line) => JSON.parse(JSON.parse(line).request.body));
    // The first comes 6 s late, and its sound is found before the second shows that.
    await index.report(reports[0], ZERO + 17 * S);
    await index.ensureAnalysed('cam1', EVER);
    await waitFor(async () => (await query(`select 1 from segments where track = 'audio'`)).length === 1);
    await index.report(reports[1], ZERO + 22 * S);
    await index.ensureAnalysed('cam1', EVER);
    await waitFor(async () => (await query(`select 1 from segments where track = 'audio'`)).length === 2);
    const rows = await query('select * from segments order by seq, track desc');
    for (const [video, audio] of [rows.slice(0, 2), rows.slice(2)]) {
      expect(Math.abs(video.end_ts - audio.end_ts)).toBeLessThan(60_000);
    }
    expect(rows[0].end_ts).toBe(rows[2].start_ts);
    expect(rows[2].end_ts).toBe(ZERO + 22 * S);
  });

  it('need not be there', async () => {
    await copyCaptures('push', root, (file) => !file.includes('audio_'));
    await replay();
    expect(await index.ensureAnalysed('cam1', EVER)).toBe(0);
    await waitFor(async () => index.queueLength() === 0);
    expect((await states()).map((row) => row.track)).toEqual(['video', 'video', 'video']);
  });
});

it('tells listeners what was indexed, once, until they leave', async () => {
  const heard: IndexedSegments[] = [];
  const leave = index.onDidIndexSegments((segments) => heard.push(segments));
  index.onDidIndexSegments(() => {
    throw new Error('a listener that fails');
  });
  const report = { node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2]) };
  await index.report(report, 0);
  await index.report(report, 0);
  expect(heard).toEqual([{ stream: 'cam1', node: 'n', startUs: ZERO, endUs: ZERO + 20.9 * S, count: 2 }]);
  leave();
  await index.report({ ...report, segments: spoiled([3]) }, 0);
  expect(heard).toHaveLength(1);
  expect(index.ingestRatePerSecond()).toBeCloseTo(0.3);
});

it('survives files that come and go while they are examined', async () => {
  await copyCaptures('head', root);
  await index.report({ node_alias: 'n', stream: 'cam1', segments: spoiled([1, 2, 3, 4]) }, 0);
  const file = path.join(root, 'cam1/1795345208/v_seg_0003.m4s');
  await rename(file, `${file}.away`);
  await index.ensureAnalysed('cam1', EVER, { timeoutMs: 300 });
  await copyFile(`${file}.away`, file);
  expect(await index.ensureAnalysed('cam1', EVER)).toBe(0);
  expect((await states()).map((row) => row.state)).toEqual(['ok', 'ok', 'ok', 'ok']);
});

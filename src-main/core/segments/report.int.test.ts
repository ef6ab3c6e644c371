import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { capturePath, captureTimes } from '../../../e2e/support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { checkReport, type ReportedSegment, type SegmentReport } from './report-check.ts';
import { ReportDoor } from './report-door.ts';
import type { NewSegment } from './write-segments.ts';

let test: TestDatabase;
let door: ReportDoor;
let written: NewSegment[];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

beforeEach(async () => {
  await test.database.pool.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  written = [];
  door = new ReportDoor({
    database: test.database,
    clock: systemClock,
    onWritten: (rows) => written.push(...rows),
  });
});

const S = 1_000_000;
const NOON = Date.UTC(2026, 4, 1, 12) * 1000;

function seg(dir: string, seq: number, startUs: number, endUs: number, isKeyframe = true): ReportedSegment {
  return {
    start_ts: startUs,
    end_ts: endUs,
    duration_ms: Math.round((endUs - startUs) / 1000),
    path: `${dir}/seg_${String(seq).padStart(4, '0')}.m4s`,
    is_keyframe: isKeyframe,
  };
}

function report(segments: ReportedSegment[], stream = 'cam1', node_alias = 'edge'): SegmentReport {
  return { node_alias, stream, segments };
}

async function rows() {
  const { rows: found } = await test.database.pool.query(
    `select s.*, r.session_no from segments s join recordings r on r.id = s.recording_id order by s.start_ts, s.seq`,
  );
  return found;
}

async function coverage(): Promise<[number, number][]> {
  const { rows: found } = await test.database.pool.query('select * from coverage order by start_ts');
  return found.map((row) => [row.start_ts, row.end_ts]);
}

describe('exact times', () => {
  it('are stored as they are, once, in one recording', async () => {
    const segments = [1, 2, 3].map((n) =>
      seg('cam1/1777636800', n, NOON + (n - 1) * 10 * S, NOON + n * 10 * S),
    );
    expect(await door.report(report(segments), 0)).toEqual({ processedCount: 3 });
    expect(await door.report(report([...segments].reverse()), 1e15)).toEqual({ processedCount: 3 });
    expect(await rows()).toMatchObject([
      {
        seq: 1,
        start_ts: NOON,
        end_ts: NOON + 10 * S,
        clock_source: 'reported',
        state: 'pending',
        session_no: 0,
      },
      { seq: 2, start_ts: NOON + 10 * S, duration_ms: 10_000, media_start_us: null, track: 'video' },
      { seq: 3, path: 'cam1/1777636800/seg_0003.m4s', node_alias: 'edge', stream: 'cam1' },
    ]);
    expect(await coverage()).toEqual([[NOON, NOON + 30 * S]]);
    expect(written).toHaveLength(3);
    const { rows: recordings } = await test.database.pool.query('select * from recordings');
    expect(recordings).toMatchObject([
      { dir: 'cam1/1777636800', record: '1777636800', start_ts: NOON, end_ts: NOON + 30 * S },
    ]);
    const { rows: tracks } = await test.database.pool.query('select * from tracks');
    expect(tracks).toMatchObject([
      { init_path: 'cam1/1777636800/init.m4s', zero_ts: null, first_seq: 1, last_seq: 3 },
    ]);
  });

  it('in any order and overlapping batches are one row each', async () => {
    const all = Array.from({ length: 20 }, (_, i) =>
      seg('d', i + 1, NOON + i * 10 * S, NOON + (i + 1) * 10 * S),
    );
    for (const [from, to] of [
      [12, 20],
      [5, 14],
      [0, 7],
      [3, 20],
    ] as const) {
      await door.report(report(all.slice(from, to).reverse()), 0);
    }
    expect((await rows()).map((row) => [row.seq, row.session_no])).toEqual(all.map((_, i) => [i + 1, 0]));
    expect(await coverage()).toEqual([[NOON, NOON + 200 * S]]);
  });

  it('that use file names again later are a new session, and the old files are said to be gone', async () => {
    await door.report(report([1, 2, 3].map((n) => seg('d', n, NOON + n * S, NOON + (n + 1) * S))), 0);
    const later = NOON + 3600 * S;
    await door.report(report([1, 2].map((n) => seg('d', n, later + n * S, later + (n + 1) * S))), 0);
    expect((await rows()).map((row) => [row.session_no, row.seq, row.state])).toEqual([
      [0, 1, 'bad'],
      [0, 2, 'bad'],
      [0, 3, 'pending'],
      [1, 1, 'pending'],
      [1, 2, 'pending'],
    ]);
  });

  it('cross midnight and weeks', async () => {
    const sunday = Date.UTC(2026, 4, 6, 23, 59, 55) * 1000;
    await door.report(report([seg('d', 1, sunday, sunday + 10 * S)]), 0);
    expect(await coverage()).toEqual([
      [sunday, sunday + 5 * S],
      [sunday + 5 * S, sunday + 10 * S],
    ]);
    const far = Date.UTC(2090, 0, 1) * 1000;
    await door.report(report([seg('e', 1, far, far + 10 * S)]), 0);
    const { rows: places } = await test.database.pool.query(
      'select tableoid::regclass::text as place from segments order by start_ts',
    );
    expect(places.map(({ place }) => place)).toEqual([
      expect.stringMatching(/^segments_w\d+$/),
      'segments_other',
    ]);
  });

  it('of a week that was too far ahead move into its partition when that is made', async () => {
    const week = 604_800 * S;
    const pool = test.database.pool;
    const at = Date.UTC(2050, 0, 1) * 1000;
    await door.report(report([seg('e', 1, at, at + S)]), 0);
    await pool.query('select ensure_segment_partition($1)', [Math.floor(at / week)]);
    const { rows: places } = await pool.query('select tableoid::regclass::text as place from segments');
    expect(places).toEqual([{ place: `segments_w${Math.floor(at / week)}` }]);
  });
});

describe('media times', () => {
  it('replayed as captured give three rows at the right wall time', async () => {
    const lines = (await readFile(capturePath('push/reports.jsonl'), 'utf8')).trim().split('\n');
    const times = await captureTimes('push');
    const firstSegmentMs = times['cam1/2026/11/22/seg_0002.m4s'] ?? 0;
    // The report of the second segment came as its file was written.
    const beganMs = firstSegmentMs - 31_086;
    for (const line of lines) {
      const { ms, request, answered } = JSON.parse(line);
      // The first two deliveries were refused; the node came again.
      if (answered.status !== 200) continue;
      await door.report(JSON.parse(request.body), (beganMs + ms) * 1000);
      await door.report(JSON.parse(request.body), (beganMs + ms + 900) * 1000);
    }
    const found = await rows();
    expect(found.map((row) => [row.seq, row.is_keyframe, row.clock_source, row.media_start_us])).toEqual([
      [1, false, 'arrival', 33_333],
      [2, true, 'arrival', 10_988_333],
      [3, true, 'arrival', 21_977_333],
    ]);
    const zeroMs = times['cam1/2026/11/22/init.m4s'] ?? 0;
    for (const row of found) {
      const errorMs = (row.start_ts - row.media_start_us) / 1000 - zeroMs;
      expect(Math.abs(errorMs)).toBeLessThan(100);
    }
    const [first, last] = [found[0], found[2]];
    expect((last.end_ts - first.start_ts) / S).toBeCloseTo(33, 1);
    expect(await coverage()).toEqual([[first.start_ts, last.end_ts]]);
    const { rows: bounds } = await test.database.pool.query(
      'select r.start_ts, r.end_ts, t.zero_ts, s.start_ts as s, s.end_ts as e from recordings r join tracks t on t.recording_id = r.id cross join recorded_streams s',
    );
    expect(bounds).toEqual([
      {
        start_ts: first.start_ts,
        end_ts: last.end_ts,
        zero_ts: first.start_ts - 33_333,
        s: first.start_ts,
        e: last.end_ts,
      },
    ]);
  });

  it('out of order after retries are one session', async () => {
    const at = (seq: number) => seg('cam1/2026/05/01', seq, (seq - 1) * 10 * S, seq * 10 * S);
    await door.report(report([at(1)]), NOON + 10 * S);
    await door.report(report([at(3)]), NOON + 30 * S);
    await door.report(report([at(2)]), NOON + 34 * S);
    await door.report(report([at(2)]), NOON + 38 * S);
    expect((await rows()).map((row) => [row.session_no, row.seq, row.start_ts - NOON])).toEqual([
      [0, 1, 0],
      [0, 2, 10 * S],
      [0, 3, 20 * S],
    ]);
  });

  it('that begin anew on the same day are a new session', async () => {
    const dir = 'cam1/2026/05/01';
    for (const n of [1, 2, 3])
      await door.report(report([seg(dir, n, (n - 1) * 10 * S, n * 10 * S)]), NOON + n * 10 * S);
    const again = NOON + 300 * S;
    for (const n of [1, 2])
      await door.report(report([seg(dir, n, (n - 1) * 11 * S, n * 11 * S)]), again + n * 11 * S);
    expect((await rows()).map((row) => [row.session_no, row.seq, row.start_ts - NOON, row.state])).toEqual([
      [0, 1, 0, 'bad'],
      [0, 2, 10 * S, 'bad'],
      [0, 3, 20 * S, 'pending'],
      [1, 1, 300 * S, 'pending'],
      [1, 2, 311 * S, 'pending'],
    ]);
    expect(await coverage()).toEqual([
      [NOON, NOON + 30 * S],
      [again, again + 22 * S],
    ]);
  });

  it('that begin anew within the time of retries are told apart by their times', async () => {
    const dir = 'cam1/2026/05/01';
    await door.report(report([seg(dir, 1, 0, 10 * S)]), NOON + 10 * S);
    await door.report(report([seg(dir, 1, 0, 11 * S)]), NOON + 35 * S);
    await door.report(report([seg(dir, 2, 11 * S, 22 * S)]), NOON + 46 * S);
    expect((await rows()).map((row) => [row.session_no, row.seq, row.start_ts - NOON])).toEqual([
      [0, 1, 0],
      [1, 1, 24 * S],
      [1, 2, 35 * S],
    ]);
  });

  it('of many segments in one report end when it arrives', async () => {
    const segments = Array.from({ length: 30 }, (_, i) =>
      seg('cam1/2026/05/01', i + 1, i * 10 * S, (i + 1) * 10 * S),
    );
    await door.report(report([...segments].reverse()), NOON);
    expect((await rows()).map((row) => row.end_ts)).toEqual(segments.map((_, i) => NOON - (29 - i) * 10 * S));
    // The same list again, with one more: as a node that is pulled gives it.
    const next = seg('cam1/2026/05/01', 31, 300 * S, 310 * S);
    await door.report(report([...segments, next]), NOON + 12 * S);
    expect(await rows()).toHaveLength(31);
    expect((await rows()).at(-1)).toMatchObject({ session_no: 0, end_ts: NOON + 10 * S });
  });

  it('follow a better estimate only as far back as ten minutes', async () => {
    const dir = 'cam1/2026/05/01';
    for (let n = 1; n <= 70; n += 1) {
      await door.report(report([seg(dir, n, (n - 1) * 10 * S, n * 10 * S)]), NOON + n * 10 * S);
    }
    await door.report(report([seg(dir, 71, 700 * S, 710 * S)]), NOON + 710 * S - 500_000);
    const shifts = (await rows()).map((row) => row.start_ts - NOON - row.media_start_us);
    expect(shifts).toEqual(Array.from({ length: 71 }, (_, i) => (i * 10 >= 110 ? -500_000 : 0)));
    const { rows: recordings } = await test.database.pool.query('select start_ts, end_ts from recordings');
    expect(recordings).toEqual([{ start_ts: NOON, end_ts: NOON + 710 * S - 500_000 }]);
  });

  it.each([1, 2])('of packets out of order, %i in one segment, are as long as they are', async (wraps) => {
    // Each makes its segment longer by 2^32 ticks of 90 kHz, and all that follow later.
    const aheadUs = Math.floor((wraps * 2 ** 32 * S) / 90_000);
    const told = [
      seg('cam1/2026/05/01', 1, 0, 10 * S),
      seg('cam1/2026/05/01', 2, 10 * S, 20 * S + aheadUs),
      seg('cam1/2026/05/01', 3, 20 * S + aheadUs, 30 * S + aheadUs),
      seg('cam1/2026/05/01', 4, 30 * S + aheadUs, 40 * S + aheadUs),
    ];
    const expected = [0, 10, 20, 30].map((atSec) => [NOON / 1000 + atSec * 1000, 10_000]);
    const found = async () => (await rows()).map((row) => [Math.round(row.start_ts / 1000), row.duration_ms]);
    for (const [i, each] of told.entries()) await door.report(report([each]), NOON + (i + 1) * 10 * S);
    // Again, as its answer was lost.
    await door.report(report(told.slice(1, 2)), NOON + 22 * S);
    expect(await found()).toEqual(expected);
    expect(await coverage()).toEqual([[NOON, NOON + 40 * S]]);
    // All at once, as of a node that is asked.
    await door.report(report(told, 'cam1', 'other'), NOON + 40 * S);
    expect(await found()).toEqual(expected.flatMap((each) => [each, each]));
  });
});

describe('a report that makes no sense', () => {
  const good = seg('d', 1, NOON, NOON + S);
  it.each<[string, Partial<ReportedSegment>, RegExp]>([
    ['ends before it starts', { end_ts: NOON - 1 }, /segments\[1\]: end_ts .* before start_ts/],
    ['negative start', { start_ts: -5, end_ts: 5 }, /segments\[1\]: start_ts -5 is negative/],
    ['two clocks', { start_ts: 5 }, /segments\[1\]: .*both must be on one clock/],
    [
      'nanoseconds',
      { start_ts: NOON * 1000, end_ts: NOON * 1000 + 5 },
      /segments\[1\]: .*beyond the year 2100/,
    ],
    ['days long', { end_ts: NOON + 2 * 86_400 * S }, /segments\[1\]: .*more than a day/],
    ['negative duration', { duration_ms: -1 }, /segments\[1\]: duration_ms -1/],
    ['way out', { path: '../../etc/passwd' }, /segments\[1\]: .*component '\.\.'/],
    ['empty path', { path: '' }, /segments\[1\]: .*is empty/],
  ])('is refused whole: %s', async (_, bad, message) => {
    const answer = door.report(report([good, { ...good, ...bad }]), 0);
    await expect(answer).rejects.toThrow(message);
    await expect(answer).rejects.toMatchObject({ code: 'bad_request' });
    expect(await rows()).toEqual([]);
  });

  it('has no stream', () => {
    expect(() => checkReport(report([], ''))).toThrow('stream is empty');
  });

  it('has no segments and is no error', async () => {
    expect(await door.report(report([]), 0)).toEqual({ processedCount: 0 });
  });
});

it('writes many reports at once, of many streams, without a deadlock', async () => {
  const reports = Array.from({ length: 300 }, (_, i) => {
    const start = NOON + Math.floor(i / 10) * 10 * S;
    return report([seg('d', Math.floor(i / 10) + 1, start, start + 10 * S)], `cam${i % 10}`);
  });
  const other = new ReportDoor({
    database: test.database,
    clock: systemClock,
    onWritten: () => {},
  });
  await Promise.all([
    ...reports.map((each) => door.report(each, 0)),
    ...[...reports].reverse().map((each) => other.report(each, 0)),
  ]);
  expect(await rows()).toHaveLength(300);
  const { rows: spans } = await test.database.pool.query('select count(*) from coverage');
  expect(spans[0].count).toBe(10);
  expect(door.ratePerSecond() + other.ratePerSecond()).toBe(30);
  await Promise.all([door.close(), other.close()]);
  await expect(door.report(reports[0]!, 0)).rejects.toMatchObject({ code: 'database_unavailable' });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  AT_US,
  DAY_US,
  END_US,
  fillIndex,
  HOUR_US,
  SEGMENTS,
  START_US,
  STREAMS,
  WEEK_US,
  WEEKS,
  weeksOf,
} from '../../../e2e/support/plans-index.ts';
import {
  rowsRead,
  type WatchedDatabase,
  watchDatabase,
  wholeReads,
} from '../../../e2e/support/statement-plans.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { Database } from '../db/database.ts';
import { readNearestTimes } from '../playback/playback-queries.ts';
import { coverageOf, coveredDays } from './coverage-queries.ts';
import { gapsOf } from './gap-queries.ts';
import { lostSpansOf } from './lost-spans.ts';
import { listRecordings } from './recording-queries.ts';
import { instantAt, timelinePage } from './segment-queries.ts';
import { usageByDay } from './usage-queries.ts';

/** Whatever the index holds, each question reads only what it answers: by an index, in the weeks it is about. */

let test: TestDatabase;
let watched: WatchedDatabase;
let database: Database;

const GAPS = { limit: 100, minUs: 0, nowUs: END_US };
const STREAM_NAMES = Array.from({ length: STREAMS }, (_, i) => `cam-${i}`);

beforeAll(async () => {
  test = await createTestDatabase();
  await fillIndex(test.database.pool);
  watched = watchDatabase(test.database);
  database = watched.database;
});
afterAll(() => test?.close());

const scansOf: WatchedDatabase['scansOf'] = (work) => watched.scansOf(work);

it('the timeline reads the coverage of its streams and day, by the key', async () => {
  const { ran } = await scansOf(() =>
    coverageOf(database, STREAM_NAMES.slice(0, 5), { startUs: AT_US, endUs: AT_US + DAY_US }, 0),
  );
  expect(wholeReads(ran, /^coverage$/)).toEqual([]);
  // Spans of the day before are looked at, as one may reach into it.
  expect(rowsRead(ran, /^coverage$/)).toBeLessThanOrEqual(5 * 2 * 144);
  expect(weeksOf(ran)).toEqual(new Set());
});

it('the days of a month read the coverage of that month', async () => {
  const { ran } = await scansOf(() => coveredDays(database, '2026-04', 'Europe/Berlin', ['cam-1']));
  expect(wholeReads(ran, /^coverage$/)).toEqual([]);
  expect(rowsRead(ran, /^coverage$/)).toBeLessThanOrEqual(32 * 144);
});

it('at the border of two weeks only these are looked at, already while the query is planned', async () => {
  const borderUs = START_US + 6 * WEEK_US;
  const { planned } = await scansOf(() =>
    timelinePage(database, 'cam-3', {
      startUs: borderUs - HOUR_US,
      endUs: borderUs + HOUR_US,
      limit: 100,
      offset: 0,
    }),
  );
  expect(weeksOf(planned)).toEqual(
    new Set([`segments_w${borderUs / WEEK_US - 1}`, `segments_w${borderUs / WEEK_US}`]),
  );
});

it('what a range has lost is found by its own index', async () => {
  const { ran } = await scansOf(() =>
    lostSpansOf(database, 'cam-3', { startUs: AT_US, endUs: AT_US + WEEK_US }, 0),
  );
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  expect(rowsRead(ran, SEGMENTS)).toBe(0);
});

it('the segments of a range are found by the key', async () => {
  const { ran } = await scansOf(() =>
    timelinePage(database, 'cam-3', { startUs: AT_US, endUs: AT_US + DAY_US, limit: 1000, offset: 0 }),
  );
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  // Counted and listed, with sound.
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 150);
});

it.each([
  ['cam-3', 'sound beside pictures'],
  ['cam-4', 'recordings of sound alone'],
  ['cam-5', 'sound alone'],
])('the segments of an hour of %s, with %s, are found without its other recordings', async (stream) => {
  for (const ask of [
    () => timelinePage(database, stream, { startUs: AT_US, endUs: AT_US + HOUR_US, limit: 10, offset: 0 }),
    () => gapsOf(database, stream, { startUs: AT_US, endUs: AT_US + HOUR_US }, GAPS),
    () => readNearestTimes(database, stream, { startUs: AT_US, endUs: AT_US + HOUR_US }),
  ]) {
    const { ran } = await scansOf(ask);
    expect(wholeReads(ran, SEGMENTS)).toEqual([]);
    expect(wholeReads(ran, /^(recordings|tracks)$/)).toEqual([]);
    expect(rowsRead(ran, /^(recordings|tracks)$/)).toBeLessThanOrEqual(2 * 2 * 16);
    expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 16);
  }
});

it.each(['cam-3', 'cam-4', 'cam-5'])(
  'the first segments of %s are found, and all counted, without going through them',
  async (stream) => {
    const page = () => timelinePage(database, stream, { limit: 1, offset: 0 });
    expect((await page()).totalCount).toBe(WEEKS * 7 * 144);
    const { ran } = await scansOf(page);
    expect(wholeReads(ran, SEGMENTS)).toEqual([]);
    // Pictures and sound of a day; counting looks at the ends of weeks.
    expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 144 + 2 * WEEKS);
    expect(rowsRead(ran, /^day_totals$/)).toBeLessThanOrEqual(2 * 2 * WEEKS * 7);
    expect(rowsRead(ran, /^recordings$/)).toBe(0);
  },
);

it.each([
  ['within a day', AT_US, AT_US + 5 * HOUR_US],
  ['of days with parts', AT_US + 1_234_567, AT_US + 9 * DAY_US + 7 * HOUR_US],
  ['of whole days', AT_US - (AT_US % DAY_US), AT_US - (AT_US % DAY_US) + 21 * DAY_US - 1],
  ['without a start', 0, AT_US],
  ['without an end', AT_US, Number.MAX_SAFE_INTEGER],
])('counts the segments of a range %s as reading them all does', async (_, startUs, endUs) => {
  const { pool } = test.database;
  for (const stream of ['cam-0', 'cam-3', 'cam-4', 'cam-5']) {
    const { rows } = await pool.query(
      `select count(*)::int as count from segments s join recordings r on r.id = s.recording_id
       where s.stream = $1 and s.start_ts <= $3 and s.end_ts >= $2 and (s.track = 'video' or not exists (
         select from tracks t where t.recording_id = r.id and t.track = 'video'))`,
      [stream, startUs, endUs],
    );
    const { totalCount } = await timelinePage(database, stream, { startUs, endUs, limit: 1, offset: 0 });
    expect(totalCount).toBe(rows[0].count);
  }
});

it.each(
  ['cam-3', 'cam-4', 'cam-5'].flatMap((stream) => [0, 50 * 144 + 140].map((offset) => ({ stream, offset }))),
)('a page of $stream behind $offset segments goes through its own days only', async ({ offset, stream }) => {
  const { ran } = await scansOf(() => timelinePage(database, stream, { limit: 100, offset }));
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  // Pictures and sound of two days; counting looks at the ends of weeks.
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 144 + 2 * WEEKS);
});

it.each([
  ['without a range', {}],
  [
    'of a range that begins and ends within a day',
    { startUs: AT_US - 20 * DAY_US, endUs: AT_US + 12_345_678 },
  ],
])('late pages %s have what one after the other has', async (_, range) => {
  for (const stream of ['cam-0', 'cam-3', 'cam-4', 'cam-5']) {
    const all: string[] = [];
    for (let offset = 0; ; offset += 900) {
      const { segments } = await timelinePage(database, stream, { ...range, limit: 900, offset });
      all.push(...segments.map(({ id }) => id));
      if (segments.length < 900) break;
    }
    const whole = await timelinePage(database, stream, { ...range, limit: 100_000, offset: 0 });
    expect(all).toEqual(whole.segments.map(({ id }) => id));
    for (const offset of [1000, 1007, 1439, 1440, 2161, whole.totalCount - 1, whole.totalCount]) {
      const { segments } = await timelinePage(database, stream, { ...range, limit: 5, offset });
      expect(segments.map(({ id }) => id)).toEqual(all.slice(offset, offset + 5));
    }
  }
});

it('what an hour has lost is held against an hour of the others', async () => {
  const { pool } = test.database;
  await pool.query(`update segments set state = 'missing' where stream = 'cam-3' and start_ts = $1`, [
    AT_US + 1_200_000_000,
  ]);
  await pool.query('analyze segments');
  const { ran, planned } = await scansOf(() =>
    lostSpansOf(database, 'cam-3', { startUs: AT_US, endUs: AT_US + HOUR_US }, 0),
  );
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(16);
  expect(weeksOf(planned).size).toBe(1);
  await pool.query(`update segments set state = 'ok' where state = 'missing'`);
});

it('what was wrong in a gap is looked for at its time only', async () => {
  const { pool } = test.database;
  await pool.query(
    `insert into alerts (id, kind, object_kind, object_name, severity, text, opened_at, last_at, closed_at)
     select gen_random_uuid(), 'node-down', 'node', 'edge-' || n % 10, 'warning', '', at, at, at + interval '1 minute'
     from generate_series(1, 20000) as n,
       lateral (select to_timestamp(${END_US / 1_000_000} - n * 300) as at) as time`,
  );
  await pool.query('vacuum analyze alerts');
  const range = { startUs: AT_US, endUs: AT_US + HOUR_US };
  const { ran } = await scansOf(() => gapsOf(database, 'cam-3', range, GAPS));
  expect(rowsRead(ran, /^alerts$/)).toBeGreaterThan(0);
  expect(rowsRead(ran, /^alerts$/)).toBeLessThanOrEqual(2 * 14);
});

it('where all around a range is lost, only some of that is gone through', async () => {
  const { pool } = test.database;
  await pool.query(`
    insert into segments (id, node_alias, stream, start_ts, end_ts, duration_ms, path, is_keyframe, track,
      recording_id, track_id, seq, clock_source, state)
    select gen_random_uuid(), 'edge-0', 'lost', start_ts, start_ts + 1000000, 1000, 'lost/v', true, 'video',
      gen_random_uuid(), gen_random_uuid(), 1, 'reported', 'missing'
    from generate_series(${AT_US - 15_000 * 1_000_000}::bigint, ${AT_US}::bigint, 1000000) as start_ts`);
  const range = { startUs: AT_US + HOUR_US, endUs: AT_US + 2 * HOUR_US };
  const { ran } = await scansOf(() => readNearestTimes(database, 'lost', range));
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 10_000);
  await pool.query(`delete from segments where stream = 'lost'`);
});

it('an instant reads a handful of segments', async () => {
  const { ran, planned } = await scansOf(() => instantAt(database, 'cam-3', AT_US + 60_000_000));
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(4);
  expect(weeksOf(planned).size).toBe(1);
});

it.each([
  ['all', {}],
  ['a stream', { streams: ['cam-3'] }],
  ['several streams', { streams: ['cam-3', 'cam-4', 'cam-5'] }],
  ['a node', { nodes: ['edge-1'] }],
  ['a rare status', { statuses: ['failed' as const] }],
  ['a status that none has', { statuses: ['unknown' as const] }],
  ['all streams by name', { streams: STREAM_NAMES }],
  ['a range', { startUs: AT_US, endUs: AT_US + DAY_US }],
  ['a page far behind', { after: { startUs: AT_US, id: '00000000-0000-0000-0000-000000000000' } }],
])('a page of recordings reads about a page: %s', async (_, filter) => {
  for (const isNewestFirst of [true, false]) {
    const { ran } = await scansOf(() => listRecordings(database, { ...filter, isNewestFirst, limit: 5 }));
    expect(wholeReads(ran, /^recordings$/)).toEqual([]);
    expect(rowsRead(ran, /^recordings$/)).toBeLessThanOrEqual(2 * 6 + STREAMS);
    expect(wholeReads(ran, /^tracks$/)).toEqual([]);
    expect(weeksOf(ran)).toEqual(new Set());
  }
});

it('sizes per day read the totals of those days', async () => {
  const day = Math.floor(AT_US / DAY_US);
  const { ran } = await scansOf(() => usageByDay(database, { fromDay: day - 2, toDay: day }));
  // Two streams have sound too.
  expect(rowsRead(ran, /^day_totals$/)).toBeLessThanOrEqual(3 * (STREAMS + 2));
  expect(rowsRead(ran, SEGMENTS)).toBe(0);
});

it('recordings with a status that none has are not looked for among all', async () => {
  const { pool } = test.database;
  await pool.query(`update recordings set status = 'completed' where status <> 'completed'`);
  await pool.query('vacuum analyze recordings');
  const filter = { statuses: ['failed' as const], isNewestFirst: true, limit: 5 };
  const { ran } = await scansOf(() => listRecordings(database, filter));
  expect(rowsRead(ran, /^recordings$/)).toBe(0);
});

import { Kysely, PostgresDialect } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';
import { readNearestTimes, readPlaybackMedia } from '../playback/playback-queries.ts';
import { unexaminedInRange } from './analysis-store.ts';
import { coverageOf, coveredDays } from './coverage-queries.ts';
import { gapsOf } from './gap-queries.ts';
import { lostSpansOf } from './lost-spans.ts';
import { listRecordings } from './recording-queries.ts';
import { instantAt, timelinePage } from './segment-queries.ts';
import { usageByDay } from './usage-queries.ts';

/** Whatever the index holds, each question reads only what it answers: by an index, in the weeks it is about. */

let test: TestDatabase;
let database: Database;
/** Statements since they were last taken, with their parameters. */
let statements: { sql: string; parameters: unknown[] }[] = [];

const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;
const WEEK_US = 7 * DAY_US;
const WEEKS = 12;
const STREAMS = 10;
/** The start of a week, counted from the epoch. */
const START_US = Math.floor(Date.UTC(2026, 2, 5) / (WEEK_US / 1000)) * WEEK_US;
const END_US = START_US + WEEKS * WEEK_US;
/** In the middle of a week. */
const AT_US = START_US + 8 * WEEK_US + 3 * DAY_US + 5 * HOUR_US;
const GAPS = { limit: 100, minUs: 0, nowUs: END_US };
const STREAM_NAMES = Array.from({ length: STREAMS }, (_, i) => `cam-${i}`);

beforeAll(async () => {
  test = await createTestDatabase();
  const { pool } = test.database;
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => {
      statements.push({ sql: query.sql, parameters: [...query.parameters] });
    },
  });
  database = { ...test.database, db };
  for (let week = START_US / WEEK_US; week < END_US / WEEK_US; week += 1) {
    await pool.query('select ensure_segment_partition($1)', [week]);
  }
  // A segment every ten minutes is enough for plans: the table is large, and answers are small parts of it.
  await pool.query(`
    insert into recordings (stream, node_alias, dir, start_ts, end_ts, status)
    select 'cam-' || s, 'edge-' || s % 3, 'cam-' || s || '/' || d, ${START_US} + d * ${DAY_US},
      ${START_US} + (d + 1) * ${DAY_US}, case when (s + d) % 50 = 0 then 'failed' else 'completed' end
    from generate_series(0, ${STREAMS - 1}) as s, generate_series(0::bigint, ${WEEKS * 7 - 1}) as d`);
  // Of two streams with sound one has none but sound every tenth day; a third has sound alone.
  await pool.query(`
    insert into tracks (recording_id, track, init_path, zero_ts, clock_source)
    select r.id, t.track, r.dir || '/' || left(t.track, 1) || '_init.m4s', r.start_ts, 'reported'
    from recordings r, unnest(array['video', 'audio']) as t (track)
    where case t.track when 'video' then not (stream = 'cam-4' and start_ts / ${DAY_US} % 10 = 0 or stream = 'cam-5')
      else stream in ('cam-3', 'cam-4', 'cam-5') end`);
  await pool.query(`
    insert into segments (id, node_alias, stream, start_ts, end_ts, duration_ms, path, is_keyframe, track,
      recording_id, track_id, seq, clock_source, state)
    select gen_random_uuid(), r.node_alias, r.stream, r.start_ts + n * 600000000, r.start_ts + (n + 1) * 600000000 - 5000000,
      595000, r.dir || '/v_seg_' || n || '.m4s', true, t.track, r.id, t.id, n + 1, 'reported', 'ok'
    from recordings r join tracks t on t.recording_id = r.id, generate_series(0::bigint, 143) as n`);
  await pool.query(`
    insert into coverage (stream, track, node_alias, start_ts, end_ts, is_estimated)
    select stream, track, node_alias, start_ts, end_ts, false from segments`);
  await pool.query(`
    insert into recorded_streams (stream, node_alias, track, start_ts, end_ts, longest_us)
    select stream, node_alias, track, min(start_ts), max(end_ts), 595000000 from segments group by 1, 2, 3`);
  await pool.query('vacuum analyze');
});
afterAll(() => test.close());

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** What a plan does with one table or index. */
interface Scan {
  readonly type: string;
  readonly table: string;
  /** Rows looked at, thrown away ones included. */
  readonly rowCount: number;
}

/** The scans of every statement that `work` sends, parts that never ran left out. */
async function scansOf(work: () => Promise<unknown>): Promise<{ ran: Scan[]; planned: Scan[] }> {
  statements = [];
  await work();
  const sent = statements;
  expect(sent.length).toBeGreaterThan(0);
  const planned: (Scan & { loops: number })[] = [];
  const visit = (node: PlanNode): void => {
    if (node['Relation Name']) {
      const each =
        node['Actual Rows'] +
        (node['Rows Removed by Filter'] ?? 0) +
        (node['Rows Removed by Index Recheck'] ?? 0);
      planned.push({
        type: node['Node Type'],
        table: node['Relation Name'],
        rowCount: each * node['Actual Loops'],
        loops: node['Actual Loops'],
      });
    }
    for (const child of node.Plans ?? []) visit(child);
  };
  for (const { parameters, sql } of sent) {
    const { rows } = await test.database.pool.query(
      `explain (analyze, timing off, format json) ${sql}`,
      parameters,
    );
    visit(rows[0]['QUERY PLAN'][0].Plan);
  }
  return { ran: planned.filter(({ loops }) => loops > 0), planned };
}

const sum = (scans: readonly Scan[], table: RegExp) =>
  scans.filter((scan) => table.test(scan.table)).reduce((total, scan) => total + scan.rowCount, 0);
const wholeReads = (scans: readonly Scan[], table: RegExp) =>
  scans.filter((scan) => scan.type === 'Seq Scan' && table.test(scan.table)).map((scan) => scan.table);
const weeksOf = (scans: readonly Scan[]) =>
  new Set(scans.map(({ table }) => table).filter((table) => /^segments_w/.test(table)));

const SEGMENTS = /^segments_w/;

it('the timeline reads the coverage of its streams and day, by the key', async () => {
  const { ran } = await scansOf(() =>
    coverageOf(database, STREAM_NAMES.slice(0, 5), { startUs: AT_US, endUs: AT_US + DAY_US }, 0),
  );
  expect(wholeReads(ran, /^coverage$/)).toEqual([]);
  // Spans of the day before are looked at, as one may reach into it.
  expect(sum(ran, /^coverage$/)).toBeLessThanOrEqual(5 * 2 * 144);
  expect(weeksOf(ran)).toEqual(new Set());
});

it('the days of a month read the coverage of that month', async () => {
  const { ran } = await scansOf(() => coveredDays(database, '2026-04', 'Europe/Berlin', ['cam-1']));
  expect(wholeReads(ran, /^coverage$/)).toEqual([]);
  expect(sum(ran, /^coverage$/)).toBeLessThanOrEqual(32 * 144);
});

it('a playlist reads the segments of its range, in one week', async () => {
  const range = { startUs: AT_US, endUs: AT_US + HOUR_US };
  const { ran, planned } = await scansOf(async () => {
    await unexaminedInRange(database.db, 'cam-3', range, 100);
    await readPlaybackMedia(database, 'cam-3', range);
  });
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  // Two statements, an hour of six segments of each track and what may reach into it.
  expect(sum(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 16);
  expect(weeksOf(planned).size).toBe(1);
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
  expect(sum(ran, SEGMENTS)).toBe(0);
});

it('the segments of a range are found by the key', async () => {
  const { ran } = await scansOf(() =>
    timelinePage(database, 'cam-3', { startUs: AT_US, endUs: AT_US + DAY_US, limit: 1000, offset: 0 }),
  );
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  // Counted and listed, with sound.
  expect(sum(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 150);
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
    expect(sum(ran, /^(recordings|tracks)$/)).toBeLessThanOrEqual(2 * 2 * 16);
    expect(sum(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 16);
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
    expect(sum(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 144 + 2 * WEEKS);
    expect(sum(ran, /^day_totals$/)).toBeLessThanOrEqual(2 * 2 * WEEKS * 7);
    expect(sum(ran, /^recordings$/)).toBe(0);
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
  expect(sum(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 144 + 2 * WEEKS);
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
  expect(sum(ran, SEGMENTS)).toBeLessThanOrEqual(16);
  expect(weeksOf(planned).size).toBe(1);
  await pool.query(`update segments set state = 'ok' where state = 'missing'`);
});

it('an instant reads a handful of segments', async () => {
  const { ran, planned } = await scansOf(() => instantAt(database, 'cam-3', AT_US + 60_000_000));
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  expect(sum(ran, SEGMENTS)).toBeLessThanOrEqual(4);
  expect(weeksOf(planned).size).toBe(1);
});

it.each([
  ['all', {}],
  ['a stream', { streams: ['cam-3'] }],
  ['several streams', { streams: ['cam-3', 'cam-4', 'cam-5'] }],
  ['a node', { nodes: ['edge-1'] }],
  ['a rare status', { statuses: ['failed' as const] }],
  ['a range', { startUs: AT_US, endUs: AT_US + DAY_US }],
  ['a page far behind', { after: { startUs: AT_US, id: '00000000-0000-0000-0000-000000000000' } }],
])('a page of recordings reads about a page: %s', async (_, filter) => {
  for (const isNewestFirst of [true, false]) {
    const { ran } = await scansOf(() => listRecordings(database, { ...filter, isNewestFirst, limit: 5 }));
    expect(wholeReads(ran, /^recordings$/)).toEqual([]);
    expect(sum(ran, /^recordings$/)).toBeLessThanOrEqual(3 * 6 + STREAMS);
    expect(wholeReads(ran, /^tracks$/)).toEqual([]);
    expect(weeksOf(ran)).toEqual(new Set());
  }
});

it('sizes per day read the totals of those days', async () => {
  const day = Math.floor(AT_US / DAY_US);
  const { ran } = await scansOf(() => usageByDay(database, { fromDay: day - 2, toDay: day }));
  // Two streams have sound too.
  expect(sum(ran, /^day_totals$/)).toBeLessThanOrEqual(3 * (STREAMS + 2));
  expect(sum(ran, SEGMENTS)).toBe(0);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsRead, watchDatabase } from '../../../e2e/support/statement-plans.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { type BatchCursor, expiredQuery, FIRST_ROW } from './expired-rows.ts';
import { type Protection, readProtections } from './protections.ts';

/** Finding what is to go reads an index of the weeks it lies in, not the table. */

const WEEK_US = 7 * US_PER_DAY;
const FIRST_WEEK = 2900;
const WEEKS = 12;
const END_US = (FIRST_WEEK + WEEKS) * WEEK_US;
let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  const { pool } = test.database;
  for (let week = FIRST_WEEK; week < FIRST_WEEK + WEEKS; week += 1) {
    await pool.query('select ensure_segment_partition($1)', [week]);
  }
  await pool.query(`
    insert into segments (id, node_alias, stream, start_ts, end_ts, duration_ms, path, is_keyframe, track,
      recording_id, track_id, seq, size_bytes, clock_source, state)
    select gen_random_uuid(), 'edge', 'cam' || s, start_ts, start_ts + 10000000, 10000, 'cam' || s || '/1/v', true,
      'video', gen_random_uuid(), gen_random_uuid(), 1, 1000, 'reported', 'ok'
    from generate_series(1, 10) s,
      generate_series(${FIRST_WEEK * WEEK_US}::bigint, ${(FIRST_WEEK + WEEKS) * WEEK_US - 1}::bigint, 6000000000) start_ts`);
  await pool.query('analyze');
});
afterAll(() => test?.close());

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** The nodes of the plan by which the batch query is carried out. */
async function planOf(after: BatchCursor, cutoffUs: number): Promise<PlanNode[]> {
  const { db, pool } = test.database;
  const protection: Protection = {
    kind: 'bookmark',
    startUs: FIRST_WEEK * WEEK_US,
    endUs: FIRST_WEEK * WEEK_US + US_PER_DAY,
    recordingId: null,
    text: '',
  };
  const query = expiredQuery({ stream: 'cam3', cutoffUs, after, protections: [protection], limit: 100 });
  const { parameters, sql } = query.compile(db);
  const { rows } = await pool.query(`explain (analyze, format json) ${sql}`, [...parameters]);
  const nodes: PlanNode[] = [];
  const collect = (node: PlanNode) => {
    nodes.push(node);
    node.Plans?.forEach(collect);
  };
  collect(rows[0]['QUERY PLAN'][0].Plan);
  return nodes;
}

const scansOf = (nodes: readonly PlanNode[]) =>
  nodes.filter((node) => node['Relation Name']?.startsWith('segments'));

it('goes through the key of the weeks between cursor and cutoff, in order, no further than the batch', async () => {
  const cutoffUs = (FIRST_WEEK + 8) * WEEK_US;
  const nodes = await planOf({ ...FIRST_ROW, startUs: (FIRST_WEEK + 4) * WEEK_US }, cutoffUs);
  const scans = scansOf(nodes);
  expect(scans.map((node) => node['Relation Name']).sort()).toEqual(
    [4, 5, 6, 7].map((week) => `segments_w${FIRST_WEEK + week}`),
  );
  for (const scan of scans) expect(scan['Node Type']).toMatch(/^Index/);
  expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
  const readRows = scans.reduce(
    (sum, node) => sum + (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0),
    0,
  );
  // 100 segments are a week of one stream; a row of each further week is looked at to merge them.
  expect(readRows).toBeLessThan(250);
});

it('finds what unfinished exports of a stream need without going through all exports', async () => {
  const { pool } = test.database;
  await pool.query(`
    insert into exports (stream, start_ts, end_ts, state)
    select 'cam' || n % 10, n, n + 1, case when n % 5000 = 3 then 'waiting' else 'done' end from generate_series(1, 20000) as n`);
  await pool.query('vacuum analyze exports');
  const watched = watchDatabase(test.database);
  const { ran } = await watched.scansOf(() => readProtections(watched.database, 'cam3', END_US, END_US));
  expect(rowsRead(ran, /^exports$/)).toBe(4);
});

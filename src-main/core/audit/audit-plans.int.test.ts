import { Kysely, PostgresDialect } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';
import { type AuditFilter, searchAudit } from './audit-search.ts';

/** However long the audit log is, a page of it reads, and so sorts, little more than it shows. */

let test: TestDatabase;
let database: Database;
let sent: { sql: string; parameters: readonly unknown[] }[] = [];

const ENTRIES = 150_000;
const MS_APART = 120_000;
const END_MS = Date.UTC(2026, 2, 5);
/** The window asks for so many. */
const PAGE_ROWS = 200;
const DAY_MS = 86_400_000;

beforeAll(async () => {
  test = await createTestDatabase();
  const { pool } = test.database;
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => {
      sent.push({ sql: query.sql, parameters: query.parameters });
    },
  });
  database = { ...test.database, db };
  // Playing is most of it; one in a thousand is refused, and what is rare lies far apart.
  await pool.query(`
    insert into audit (id, at, last_at, who, credential, action, object, outcome, status, address)
    select gen_random_uuid(), at, at, 'operator-' || n % 40, 'account',
      case when n % 20000 = 0 then 'remove node' when n % 10 = 0 then 'log in' else 'play recording' end,
      'cam-' || n % 300, case when n % 1000 = 7 then 'refused' when n % 500 = 3 then 'failed' else 'ok' end,
      200, '192.0.2.' || n % 200
    from generate_series(1, ${ENTRIES}) as n,
      lateral (select to_timestamp((${END_MS} - n::bigint * ${MS_APART}) / 1000.0) as at) as time`);
  await pool.query('vacuum analyze audit');
});
afterAll(() => test?.close());

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** How the page that follows `cursor` is read. */
async function planOf(filter: AuditFilter, cursor?: string) {
  sent = [];
  const { entries, next } = await searchAudit(database, filter, { cursor, limit: PAGE_ROWS });
  const [statement] = sent;
  if (!statement) throw new Error('nothing was asked');
  const { rows } = await test.database.pool.query(
    `explain (analyze, timing off, format json) ${statement.sql}`,
    [...statement.parameters],
  );
  const types: string[] = [];
  let readCount = 0;
  const visit = (node: PlanNode): void => {
    types.push(node['Node Type']);
    if (node['Relation Name'] !== undefined)
      readCount +=
        node['Actual Rows'] +
        (node['Rows Removed by Filter'] ?? 0) +
        (node['Rows Removed by Index Recheck'] ?? 0);
    for (const child of node.Plans ?? []) visit(child);
  };
  visit(rows[0]['QUERY PLAN'][0].Plan);
  return { types, readCount, entries, next };
}

it.each<[string, AuditFilter]>([
  ['everything', {}],
  ['a common action', { action: 'log in' }],
  ['a rare action', { action: 'remove node' }],
  ['what was done', { outcome: 'ok' }],
  ['what was refused', { outcome: 'refused' }],
  ['a rare action that failed', { action: 'remove node', outcome: 'failed' }],
  ['one person', { who: 'operator-7' }],
  ['an action in a week', { action: 'log in', fromMs: END_MS - 30 * DAY_MS, toMs: END_MS - 23 * DAY_MS }],
])('%s: each page reads little more than it shows', async (_, filter) => {
  let cursor: string | undefined;
  for (let page = 0; page < 3; page += 1) {
    const { entries, next, readCount, types } = await planOf(filter, cursor);
    expect(types).not.toContain('Seq Scan');
    expect(readCount).toBeLessThanOrEqual(PAGE_ROWS + 60);
    if (next === null) break;
    expect(entries).toHaveLength(PAGE_ROWS);
    cursor = next;
  }
});

it('the last pages of a long log are as cheap as the first', async () => {
  const { next } = await planOf({ toMs: END_MS - (ENTRIES - 1000) * MS_APART });
  const { entries, readCount } = await planOf({}, next ?? undefined);
  expect(entries).toHaveLength(PAGE_ROWS);
  expect(readCount).toBeLessThanOrEqual(PAGE_ROWS + 1);
});

it.each<[string, AuditFilter]>([
  ['text', { text: 'CAM-17' }],
  ['a part of a name', { object: 'am-17' }],
  ['nothing there is', { text: 'no such thing' }],
])('%s in a week is looked for in that week alone', async (_, filter) => {
  const week = { fromMs: END_MS - 30 * DAY_MS, toMs: END_MS - 23 * DAY_MS };
  const { readCount, types } = await planOf({ ...filter, ...week });
  expect(types).not.toContain('Seq Scan');
  expect(readCount).toBeLessThanOrEqual((7 * DAY_MS) / MS_APART);
});

it('text that many entries have is found without reading all', async () => {
  const { entries, readCount } = await planOf({ text: 'cam-17' });
  expect(entries).toHaveLength(PAGE_ROWS);
  expect(readCount).toBeLessThan(ENTRIES / 10);
});

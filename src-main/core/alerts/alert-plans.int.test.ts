import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsRead, type WatchedDatabase, watchDatabase } from '../../../e2e/support/statement-plans.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { type AlertFilter, MOST_COUNTED, readAlerts } from './alert-table.ts';

/** However long alerts are kept, a page of them reads a page, and no more are counted than is said. */

const ALERTS = 20_000;
const OPEN = 30;
const LIMIT = 20;
const KINDS = ['node-down', 'clock-skew', 'database-trouble', 'storage-trouble'] as const;
let test: TestDatabase;
let watched: WatchedDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  watched = watchDatabase(test.database);
  const { pool } = test.database;
  await pool.query(
    `insert into alerts (id, kind, object_kind, object_name, severity, text, opened_at, last_at, closed_at)
     select gen_random_uuid(), ($1::text[])[1 + n % 4], 'node', 'edge-' || n % 200, 'warning', 'what is wrong',
       at, at, case when n > ${OPEN} then at + interval '1 minute' end
     from generate_series(1, ${ALERTS}) as n, lateral (select now() - n * interval '2 minutes' as at) as time`,
    [KINDS],
  );
  await pool.query('vacuum analyze alerts');
});
afterAll(() => test?.close());

it.each<[string, Partial<AlertFilter>]>([
  ['all', {}],
  ['open ones', { state: 'open' }],
  ['those that are over', { state: 'closed' }],
  ['a kind', { kind: 'clock-skew' }],
  ['an object', { objectKind: 'node', objectName: 'edge-7' }],
  ['an object that had none', { objectKind: 'node', objectName: 'edge-none' }],
])('a page of alerts, %s, reads about a page', async (_, filter) => {
  const page = { state: 'all', limit: LIMIT, offset: 0, ...filter } as const;
  const { ran } = await watched.scansOf(() => readAlerts(watched.database, page));
  // Open ones are few, and each object has a hundred.
  expect(rowsRead(ran, /^alerts$/)).toBeLessThanOrEqual(MOST_COUNTED + 2 * OPEN + 100 + LIMIT);
});

it('gives the pages of open and closed ones as one list that is cut', async () => {
  const { rows } = await test.database.pool.query(
    `select id from alerts order by closed_at is not null, opened_at desc, id limit 100`,
  );
  for (const offset of [0, OPEN - 5, OPEN, OPEN + 5]) {
    const { alerts, totalCount } = await readAlerts(test.database, { state: 'all', limit: LIMIT, offset });
    expect(alerts.map(({ id }) => id)).toEqual(rows.slice(offset, offset + LIMIT).map(({ id }) => id));
    expect(totalCount).toBe(OPEN + MOST_COUNTED);
  }
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsRead, type WatchedDatabase, watchDatabase } from '../../../e2e/support/statement-plans.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { type FindingQuery, readFindings } from './finding-table.ts';

/** However many findings there are and were, a page of them reads little more than it shows. */

const FINDINGS = 20_000;
const LIMIT = 20;
let test: TestDatabase;
let watched: WatchedDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  watched = watchDatabase(test.database);
  const { pool } = test.database;
  // The older ones are resolved, as in life; one kind and one stream are rare.
  await pool.query(
    `insert into integrity_findings (kind, stream, node_alias, place, reason, details, run_id, found_at, resolved_at,
       resolution)
     select case when n % 1000 = 0 then 'overlap' else 'gap' end, 'cam-' || case when n % 999 = 0 then 100 else n % 4 end,
       'edge', 'place ' || n, 'why', '{}', $1, now(), case when n <= ${FINDINGS / 2} then now() end,
       case when n <= ${FINDINGS / 2} then 'gone' end
     from generate_series(1, ${FINDINGS}) as n`,
    [randomUUID()],
  );
  await pool.query('vacuum analyze integrity_findings');
});
afterAll(() => test?.close());

it.each(
  [false, true].flatMap((isResolved) =>
    [
      {},
      { kind: 'gap' as const },
      { kind: 'overlap' as const },
      { stream: 'cam-3' },
      { stream: 'cam-100' },
      { stream: 'cam-none' },
    ].map((filter): Partial<FindingQuery> => ({ isResolved, ...filter })),
  ),
)('a page of findings reads a few at most: %o', async (filter) => {
  for (const afterId of [0, FINDINGS / 2 + 50]) {
    const query = { isResolved: false, ...filter, afterId, limit: LIMIT };
    const { ran } = await watched.scansOf(() => readFindings(watched.database, query));
    expect(rowsRead(ran, /^integrity_findings$/)).toBeLessThanOrEqual(5 * LIMIT);
  }
});

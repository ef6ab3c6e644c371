import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsRead, type WatchedDatabase, watchDatabase } from '../../../e2e/support/statement-plans.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { ExportRows } from './export-rows.ts';

/** However many clips were exported, the newest are listed, and what another manager changed is read by itself. */

const EXPORTS = 20_000;
/** Older than all that are listed. */
const WAITING = 7;
let test: TestDatabase;
let watched: WatchedDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  watched = watchDatabase(test.database);
  const { pool } = test.database;
  await pool.query(`
    insert into exports (stream, start_ts, end_ts, state, created_at)
    select 'cam-' || n % 10, n, n + 1, case when n > ${EXPORTS - WAITING} then 'waiting' else 'done' end,
      now() - n * interval '1 minute'
    from generate_series(1, ${EXPORTS}) as n`);
  await pool.query('vacuum analyze exports');
});
afterAll(() => test?.close());

it('lists the newest and what is not finished', async () => {
  const rows = new ExportRows(watched.database);
  const listed = await rows.list();
  expect(listed).toHaveLength(1000 + WAITING);
  expect(listed.map((row) => row.start_ts).slice(0, 3)).toEqual([1, 2, 3]);
  expect(listed.slice(-WAITING).map((row) => row.state)).toEqual(Array(WAITING).fill('waiting'));
  const { ran } = await watched.scansOf(() => rows.list());
  expect(rowsRead(ran, /^exports$/)).toBeLessThanOrEqual(1000 + WAITING + 10);
});

it('reads those that are asked for', async () => {
  const rows = new ExportRows(watched.database);
  const ids = new Set((await rows.list()).slice(10, 13).map(({ id }) => id));
  expect((await rows.those(ids)).map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(await rows.those(new Set())).toEqual([]);
  const { ran } = await watched.scansOf(() => rows.those(ids));
  expect(rowsRead(ran, /^exports$/)).toBe(3);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowsRead, type WatchedDatabase, watchDatabase } from '../../../e2e/support/statement-plans.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { type BookmarkQuery, BookmarkService } from './bookmark-service.ts';

/** However many bookmarks there are, a page of them reads about a page. */

const BOOKMARKS = 20_000;
const STREAMS = 50;
const START_US = Date.UTC(2026, 2, 5) * 1000;
const MINUTE_US = 60_000_000;
const LIMIT = 20;
let test: TestDatabase;
let watched: WatchedDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  watched = watchDatabase(test.database);
  const { pool } = test.database;
  // One in a hundred is of all streams, and one in a thousand lasts a day.
  await pool.query(`
    insert into bookmarks (stream, start_ts, end_ts, label)
    select case when n % 100 = 0 then '' else 'cam-' || n % ${STREAMS} end, ${START_US} + n::bigint * ${MINUTE_US},
      ${START_US} + (n::bigint + case when n % 1000 = 0 then 1440 else 1 end) * ${MINUTE_US}, 'mark ' || n
    from generate_series(1, ${BOOKMARKS}) as n`);
  await pool.query('vacuum analyze bookmarks');
});
afterAll(() => test?.close());

const late = { startUs: START_US + 15_000 * MINUTE_US, endUs: START_US + 15_010 * MINUTE_US };

it.each<[string, Partial<BookmarkQuery>, number]>([
  ['of all streams', {}, LIMIT + 1],
  ['of a stream', { streams: ['cam-7'] }, 2 * (LIMIT + 1)],
  ['of a stream without any', { streams: ['cam-none'] }, 2 * (LIMIT + 1)],
  // Those of a day beside those of the time itself.
  ['at a time', late, 40],
  ['of a stream at a time', { ...late, streams: ['cam-7'] }, 2 * 40],
])('a page of bookmarks %s reads about a page', async (_, filter, mostRows) => {
  const service = new BookmarkService(watched.database);
  const { ran } = await watched.scansOf(() => service.list({ ...filter, limit: LIMIT, offset: 0 }));
  expect(rowsRead(ran, /^bookmarks$/)).toBeLessThanOrEqual(mostRows);
});

it('gives the pages of streams and times as one list that is cut', async () => {
  const service = new BookmarkService(test.database);
  const filter = { streams: ['cam-7', 'cam-9'], startUs: late.startUs };
  const whole = await service.list({ ...filter, limit: 1000, offset: 0 });
  const { rows } = await test.database.pool.query(
    `select id from bookmarks where stream in ('cam-7', 'cam-9', '') and end_ts >= $1 order by start_ts, id`,
    [late.startUs],
  );
  expect(whole.bookmarks.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  expect(whole.isComplete).toBe(true);
  const page = await service.list({ ...filter, limit: 7, offset: 30 });
  expect(page.bookmarks).toEqual(whole.bookmarks.slice(30, 37));
  expect(page.isComplete).toBe(false);
});

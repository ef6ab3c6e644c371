import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { deleteOldAttempts } from './attempt-queries.ts';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(() => test.close());

const limiter = () => new AttemptLimiter(systemClock, test.database);

/** How many of `count` wrong attempts are let through. */
async function wrong(subjects: readonly AttemptLimiter[], count: number, address = '192.0.2.1') {
  const attempts = Array.from({ length: count }, async (_, index) => {
    await subjects[index % subjects.length]?.begin('ops', address);
    return 1;
  });
  const settled = await Promise.allSettled(attempts);
  for (const each of settled) {
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'too_many' });
  }
  return settled.filter(({ status }) => status === 'fulfilled').length;
}

it('lets five go at once, however many managers are asked at the same time', async () => {
  expect(await wrong([limiter(), limiter(), limiter()], 30)).toBe(5);
  // One that was started anew knows of them.
  expect(await wrong([limiter()], 3)).toBe(0);
});

it('forgets them everywhere with a right one, and keeps nothing that tells a name', async () => {
  const [one, other] = [limiter(), limiter()];
  expect(await wrong([one, other], 4)).toBe(4);
  await (await other.begin('ops', '192.0.2.1')).isRight();
  const rows = await test.database.db.selectFrom('login_attempts').selectAll().execute();
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toMatch(/ops|192\.0\.2/);
});

it('goes on by itself while the database is away', async () => {
  const subject = limiter();
  expect(await wrong([subject], 3)).toBe(3);
  test.database.shut(new AppError('database_unavailable', 'away'));
  expect(await wrong([subject], 10)).toBe(2);
  test.database.shut(null);
  expect(await wrong([subject], 1)).toBe(0);
});

it('deletes what is older than an hour', async () => {
  await wrong([limiter()], 5);
  expect(await deleteOldAttempts(test.database)).toBe(0);
  const before = new Date(Date.now() - 3_700_000);
  await test.database.db.updateTable('login_attempts').set({ last_at: before, until_at: before }).execute();
  expect(await wrong([limiter()], 10)).toBe(5);
  await test.database.db.updateTable('login_attempts').set({ last_at: before }).execute();
  expect(await deleteOldAttempts(test.database)).toBe(3);
});

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { SegmentPartitions } from './segment-partitions.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

it('makes a week once, however many reports need it at the same time', async () => {
  const { db } = test.database;
  const nowUs = systemClock.nowMs() * 1000;
  for (let round = 0; round < 5; round++) {
    const instantUs = nowUs - round * 7 * 86_400_000_000;
    // Each with its own memory, as several managers have.
    await Promise.all(
      Array.from({ length: 6 }, () => new SegmentPartitions(db, systemClock).ensure([instantUs])),
    );
  }
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_inherits where inhparent = 'segments'::regclass
  `.execute(db);
  expect(rows[0]?.count).toBe(6);
});

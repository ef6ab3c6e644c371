import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { PartitionUpkeep } from './partition-upkeep.ts';

const WEEK_MS = (7 * US_PER_DAY) / 1000;
let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test?.close());

it('makes the partitions of this week and the next three, week after week, until it is closed', async () => {
  let nowMs = 3000 * WEEK_MS + 1000;
  let wake = () => {};
  const clock: Clock = {
    ...systemClock,
    nowMs: () => nowMs,
    sleep: (_, signal) =>
      new Promise((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const weeks = async () => {
    const { rows } = await test.database.pool.query(`
      select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'segments'::regclass and c.relname <> 'segments_other' order by 1`);
    return rows.map(({ name }) => Number(name.slice('segments_w'.length)));
  };
  const until = (expected: number[]) =>
    vi.waitFor(async () => expect(await weeks()).toEqual(expected), { timeout: 20_000 });
  const upkeep = new PartitionUpkeep({ database: test.database, clock, logger: silentLogger });
  upkeep.start();
  upkeep.start();
  await until([3000, 3001, 3002, 3003]);
  nowMs += WEEK_MS;
  wake();
  await until([3000, 3001, 3002, 3003, 3004]);
  await upkeep.close();
  nowMs += WEEK_MS;
  upkeep.start();
  await until([3000, 3001, 3002, 3003, 3004, 3005]);
  await upkeep.close();
});

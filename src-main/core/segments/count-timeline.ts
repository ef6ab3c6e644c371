import { type Kysely, sql } from 'kysely';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Tables } from '../db/tables.ts';
import { touches } from './range-conditions.ts';

/** From so many whole days on the totals are asked. */
const LEAST_DAYS = 2;

/**
 * How many segments of main tracks touch the range, both ends inclusive: those of whole UTC days from the totals, so
 * that the segments of a year need not be counted.
 */
export async function countTimeline(db: Kysely<Tables>, stream: string, range: TimeRange): Promise<number> {
  const fromDay = Math.ceil(range.startUs / US_PER_DAY);
  const endDay = Math.floor((range.endUs + 1) / US_PER_DAY);
  if (endDay - fromDay < LEAST_DAYS) return countRows(db, stream, range, null);
  const [before, after, days] = await Promise.all([
    range.startUs > 0 ? countRows(db, stream, range, { toUs: fromDay * US_PER_DAY }) : 0,
    countRows(db, stream, range, { fromUs: endDay * US_PER_DAY }),
    countDays(db, stream, fromDay, endDay),
  ]);
  return before + after + days.reduce((sum, { count }) => sum + count, 0);
}

/** Between which starts a page of a timeline lies, and how many segments of the range start before. */
export interface PageDays {
  /** Inclusive; null for no limit. */
  readonly fromUs: number | null;
  /** Exclusive; null for no limit. */
  readonly toUs: number | null;
  readonly skippedCount: number;
}

/**
 * The UTC days on which the segments of a page start, by the totals: so a page goes through its own days, and neither
 * through those before it nor those behind.
 */
export async function findPageDays(
  db: Kysely<Tables>,
  stream: string,
  range: TimeRange,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<PageDays> {
  const fromDay = Math.ceil(range.startUs / US_PER_DAY);
  const endDay = Math.floor((range.endUs + 1) / US_PER_DAY);
  if (endDay - fromDay < LEAST_DAYS) return ANY_DAYS;
  const [before, days] = await Promise.all([
    range.startUs > 0 ? countRows(db, stream, range, { toUs: fromDay * US_PER_DAY }) : 0,
    countDays(db, stream, fromDay, endDay),
  ]);
  let fromUs: number | null = null;
  let skippedCount = 0;
  let seenCount = before;
  for (const { count, day } of days) {
    if (seenCount >= offset + limit) return { fromUs, toUs: day * US_PER_DAY, skippedCount };
    if (seenCount <= offset) [fromUs, skippedCount] = [day * US_PER_DAY, seenCount];
    seenCount += count;
  }
  if (seenCount <= offset) [fromUs, skippedCount] = [endDay * US_PER_DAY, seenCount];
  const isWhole = seenCount >= offset + limit;
  return { fromUs, toUs: isWhole ? endDay * US_PER_DAY : null, skippedCount };
}

const ANY_DAYS: PageDays = { fromUs: null, toUs: null, skippedCount: 0 };

/** `part`: only those that start within it, `toUs` exclusive. */
async function countRows(
  db: Kysely<Tables>,
  stream: string,
  range: TimeRange,
  part: { fromUs?: number; toUs?: number } | null,
): Promise<number> {
  const { fromUs, toUs } = part ?? {};
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from segments s where ${touches(stream, range)}
      ${fromUs === undefined ? sql`` : sql`and s.start_ts >= ${fromUs}::bigint`}
      ${toUs === undefined ? sql`` : sql`and s.start_ts < ${toUs}::bigint`}
  `.execute(db);
  return rows[0]?.count ?? 0;
}

/** Segments of main tracks that start on each of the days, `endDay` exclusive; oldest first, empty days left out. */
async function countDays(
  db: Kysely<Tables>,
  stream: string,
  fromDay: number,
  endDay: number,
): Promise<{ day: number; count: number }[]> {
  const { rows } = await sql<{ day: number; count: number }>`
    select day, sum(main_count)::bigint as count from day_totals
    where stream = ${stream} and day >= ${fromDay} and day < ${endDay}
    group by day order by day
  `.execute(db);
  return rows;
}

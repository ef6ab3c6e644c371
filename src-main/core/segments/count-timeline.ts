import { type Kysely, sql } from 'kysely';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY, US_PER_HOUR } from '../../../src-shared/util/units.ts';
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
  const [before, after, pictures, sound] = await Promise.all([
    range.startUs > 0 ? countRows(db, stream, range, { toUs: fromDay * US_PER_DAY }) : 0,
    countRows(db, stream, range, { fromUs: endDay * US_PER_DAY }),
    countPictures(db, stream, fromDay, endDay),
    countSound(db, stream, fromDay, endDay),
  ]);
  return before + after + pictures + sound;
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
 * through those before it nor those behind. Not where there is sound without pictures, of which the totals do not tell.
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
  const [before, sound, { rows: days }] = await Promise.all([
    range.startUs > 0 ? countRows(db, stream, range, { toUs: fromDay * US_PER_DAY }) : 0,
    countSound(db, stream, fromDay, endDay),
    sql<{ day: number; count: number }>`
      select day, sum(segment_count)::bigint as count from day_totals
      where stream = ${stream} and day >= ${fromDay} and day < ${endDay} and track = 'video'
      group by day order by day
    `.execute(db),
  ]);
  if (sound > 0) return ANY_DAYS;
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

async function countPictures(
  db: Kysely<Tables>,
  stream: string,
  fromDay: number,
  endDay: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select coalesce(sum(segment_count), 0)::bigint as count from day_totals
    where stream = ${stream} and day >= ${fromDay} and day < ${endDay} and track = 'video'
  `.execute(db);
  return rows[0]?.count ?? 0;
}

/** Segments of recordings without pictures. */
async function countSound(
  db: Kysely<Tables>,
  stream: string,
  fromDay: number,
  endDay: number,
): Promise<number> {
  const [fromUs, endUs] = [fromDay * US_PER_DAY, endDay * US_PER_DAY];
  const { rows } = await sql<{ count: number }>`
    with blind as materialized (
      select a.id, r.start_ts, r.end_ts
      from recordings r
      join tracks a on a.recording_id = r.id and a.track = 'audio'
      left join tracks v on v.recording_id = r.id and v.track = 'video'
      where r.stream = ${stream} and v.id is null and r.end_ts >= ${fromUs}::bigint and r.start_ts < ${endUs}::bigint
        and r.start_ts > ${fromUs}::bigint - ${US_PER_HOUR}::bigint * (select hours from longest_recording)
        and exists (select from day_totals where stream = ${stream} and day >= ${fromDay} and day < ${endDay}
          and track = 'audio')
    )
    select coalesce(sum(counted.count), 0)::bigint as count
    from blind b
    cross join lateral (
      select count(*) as count from segments s
      where s.track_id = b.id and s.stream = ${stream} and s.start_ts between b.start_ts and b.end_ts
        and s.start_ts >= ${fromUs}::bigint and s.start_ts < ${endUs}::bigint
    ) as counted
  `.execute(db);
  return rows[0]?.count ?? 0;
}

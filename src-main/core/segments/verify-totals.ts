import { sql } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import type { Database } from '../db/database.ts';
import { type IndexScope, indexedStreams, LAST_DAY, type LaneDay, nextIndexedDay } from './index-days.ts';
import { inTransaction } from './stream-lock.ts';

/** What was recorded in a lane on a day; see `day_totals`. */
export interface Totals {
  segmentCount: number;
  mainCount: number;
  sizeBytes: number;
  durationUs: number;
}

/** A day whose totals are not those of its segments; null where there are none. */
export interface TotalsDifference extends LaneDay {
  stored: Totals | null;
  counted: Totals | null;
}

/** Days counted at once; within a week, which is one partition. */
const DAYS_AT_ONCE = 7;

/**
 * Holds `day_totals` against a recount, stream by stream and week by week.
 *
 * Right beside running writers: each comparison sees one state of the database.
 */
export async function* verifyTotals(
  database: Database,
  scope: IndexScope = {},
  signal?: AbortSignal,
): AsyncGenerator<TotalsDifference> {
  const lastDay = scope.toDay ?? LAST_DAY;
  for await (const stream of indexedStreams(database, scope, signal)) {
    let day = await nextIndexedDay(database, 'day_totals', stream, scope.fromDay ?? 0);
    while (day !== null && day <= lastDay) {
      signal?.throwIfAborted();
      const toDay = Math.min(lastDay, day + DAYS_AT_ONCE - 1);
      yield* await compare(database, stream, day, toDay);
      day = await nextIndexedDay(database, 'day_totals', stream, toDay + 1);
    }
  }
}

/** Sets the totals of a stream on these days (inclusive) to a recount. Safe beside writers. */
export async function repairTotals(
  database: Database,
  { stream, fromDay, toDay }: { stream: string; fromDay: number; toDay: number },
): Promise<void> {
  await inTransaction(database.db, async (trx) => {
    // A writer whose segments the recount sees has released these rows; one whose it does not see adds to the new.
    await sql`
      select 1 from day_totals where stream = ${stream} and day between ${fromDay} and ${toDay}
      order by stream, day, node_alias, track for update
    `.execute(trx);
    await sql`
      delete from day_totals where stream = ${stream} and day between ${fromDay} and ${toDay}
    `.execute(trx);
    await sql`
      insert into day_totals (stream, day, node_alias, track, segment_count, main_count, size_bytes,
        duration_us)
      select ${stream}, day, node_alias, track, segment_count, main_count, size_bytes, duration_us
      from recount_day_totals(${stream}, ${fromDay}, ${toDay})
    `.execute(trx);
  });
}

interface DifferenceRow {
  day: number;
  node_alias: string;
  track: Track;
  stored_count: number | null;
  stored_main: number;
  stored_bytes: number;
  stored_us: number;
  counted_count: number | null;
  counted_main: number;
  counted_bytes: number;
  counted_us: number;
}

async function compare(
  { db }: Database,
  stream: string,
  fromDay: number,
  toDay: number,
): Promise<TotalsDifference[]> {
  const { rows } = await sql<DifferenceRow>`
    select day, node_alias, track, s.segment_count as stored_count, s.main_count as stored_main,
      s.size_bytes as stored_bytes, s.duration_us as stored_us, c.segment_count as counted_count,
      c.main_count as counted_main, c.size_bytes as counted_bytes, c.duration_us as counted_us
    from (
      select * from day_totals where stream = ${stream} and day between ${fromDay} and ${toDay}
    ) as s full join recount_day_totals(${stream}, ${fromDay}, ${toDay}) as c using (day, node_alias, track)
    where (s.segment_count, s.main_count, s.size_bytes, s.duration_us)
      is distinct from (c.segment_count, c.main_count, c.size_bytes, c.duration_us)
    order by day, node_alias, track
  `.execute(db);
  return rows.map((row) => ({
    stream,
    day: row.day,
    nodeAlias: row.node_alias,
    track: row.track,
    stored: totalsOf(row.stored_count, row.stored_main, row.stored_bytes, row.stored_us),
    counted: totalsOf(row.counted_count, row.counted_main, row.counted_bytes, row.counted_us),
  }));
}

function totalsOf(
  segmentCount: number | null,
  mainCount: number,
  sizeBytes: number,
  durationUs: number,
): Totals | null {
  return segmentCount === null ? null : { segmentCount, mainCount, sizeBytes, durationUs };
}

import { sql } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { recountCoverage } from './coverage-store.ts';
import { type IndexScope, indexedStreams, LAST_DAY, type LaneDay, nextIndexedDay } from './index-days.ts';
import { inTransaction, lockStreams } from './stream-lock.ts';

/** A day whose coverage is not that of its segments. */
export interface CoverageDifference extends LaneDay {
  /** Spans that are stored and do not follow from the segments. */
  wrongSpans: number;
  /** Spans that follow from the segments and are not stored. */
  missingSpans: number;
}

/**
 * Holds `coverage` against a recount, stream by stream and day by day.
 *
 * Right beside running writers: each comparison sees one state of the database.
 */
export async function* verifyCoverage(
  database: Database,
  scope: IndexScope = {},
  signal?: AbortSignal,
): AsyncGenerator<CoverageDifference> {
  const lastDay = scope.toDay ?? LAST_DAY;
  for await (const stream of indexedStreams(database, scope, signal)) {
    let day = await nextIndexedDay(database, 'coverage', stream, scope.fromDay ?? 0);
    while (day !== null && day <= lastDay) {
      signal?.throwIfAborted();
      yield* await compare(database, stream, day);
      // Segments of that day may reach into the next, where none starts and no coverage may be stored.
      if (day < lastDay) yield* await compare(database, stream, day + 1);
      day = await nextIndexedDay(database, 'coverage', stream, day + 2);
    }
  }
}

/** A lane that the list of streams does not have as its coverage is. */
export interface BoundsDifference extends LaneDay {
  /** What the list says, microseconds since the Unix epoch; null where it does not have the lane. */
  stored: TimeRange | null;
  /** What the coverage says; null where there is none. */
  counted: TimeRange | null;
}

/** Holds the bounds in `recorded_streams` against the coverage; `repairCoverage` with the day puts them right. */
export async function* verifyBounds(
  database: Database,
  scope: Pick<IndexScope, 'stream'> = {},
  signal?: AbortSignal,
): AsyncGenerator<BoundsDifference> {
  for await (const stream of indexedStreams(database, scope, signal)) {
    const { rows } = await sql<{
      node_alias: string;
      track: Track;
      start_ts: number | null;
      end_ts: number | null;
      counted_start: number | null;
      counted_end: number | null;
    }>`
      select node_alias, track, r.start_ts, r.end_ts, c.start_ts as counted_start, c.end_ts as counted_end
      from (select * from recorded_streams where stream = ${stream}) as r
      full join (
        select node_alias, track, min(start_ts) as start_ts, max(end_ts) as end_ts from coverage
        where stream = ${stream} and track in ('video', 'audio') group by node_alias, track
      ) as c using (node_alias, track)
      where (r.start_ts, r.end_ts) is distinct from (c.start_ts, c.end_ts)
      order by node_alias, track
    `.execute(database.db);
    for (const row of rows) {
      const stored = rangeOf(row.start_ts, row.end_ts);
      const counted = rangeOf(row.counted_start, row.counted_end);
      const startUs = (counted ?? stored)?.startUs ?? 0;
      const day = Math.floor(startUs / US_PER_DAY);
      yield { stream, nodeAlias: row.node_alias, track: row.track, day, stored, counted };
    }
  }
}

/** A lane with a segment that lasts longer than the list of streams says any does: it is not found at the edges of ranges. */
export interface LongestDifference extends LaneDay {
  /** Microseconds. */
  storedUs: number;
  countedUs: number;
}

/** Holds `longest_us` of `recorded_streams` against the segments; `repairCoverage` with the day puts it right. */
export async function* verifyLongest(
  database: Database,
  scope: Pick<IndexScope, 'stream'> = {},
  signal?: AbortSignal,
): AsyncGenerator<LongestDifference> {
  for await (const stream of indexedStreams(database, scope, signal)) {
    const { rows } = await sql<{ node_alias: string; track: Track; stored: number; longest: number[] }>`
      select r.node_alias, r.track, r.longest_us as stored, s.longest
      from recorded_streams as r join (
        select node_alias, track, max(array[end_ts - start_ts, start_ts]) as longest from segments
        where stream = ${stream} group by node_alias, track
      ) as s using (node_alias, track)
      where r.stream = ${stream} and s.longest[1] > r.longest_us
      order by r.node_alias, r.track
    `.execute(database.db);
    for (const { longest, node_alias, stored, track } of rows) {
      const [countedUs = 0, startUs = 0] = longest.map(Number);
      const day = Math.floor(startUs / US_PER_DAY);
      yield { stream, nodeAlias: node_alias, track, day, storedUs: stored, countedUs };
    }
  }
}

function rangeOf(startUs: number | null, endUs: number | null): TimeRange | null {
  return startUs === null || endUs === null ? null : { startUs, endUs };
}

/** Counts the coverage of a lane on a day anew, and the bounds in `recorded_streams`. Safe beside writers. */
export async function repairCoverage(database: Database, { day, ...lane }: LaneDay): Promise<void> {
  await inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [lane]);
    const { nodeAlias, stream, track } = lane;
    const known = await trx
      .selectFrom('recorded_streams')
      .select('longest_us')
      .where('stream', '=', stream)
      .where('node_alias', '=', nodeAlias)
      .where('track', '=', track)
      .executeTakeFirst();
    // What is made anew has to know the longest segment of all days.
    const [fromUs, toUs] = known
      ? [(day - 1) * US_PER_DAY, (day + 1) * US_PER_DAY]
      : [0, Number.MAX_SAFE_INTEGER];
    await sql`
      insert into recorded_streams as r (stream, node_alias, track, start_ts, end_ts, longest_us)
      select stream, node_alias, track, min(start_ts), max(end_ts), max(end_ts - start_ts) from segments
      where stream = ${stream} and node_alias = ${nodeAlias} and track = ${track}
        and start_ts >= ${fromUs} and start_ts < ${toUs} and start_ts < end_ts
      group by stream, node_alias, track
      on conflict (stream, node_alias, track) do update
        set longest_us = greatest(r.longest_us, excluded.longest_us)
    `.execute(trx);
    await recountCoverage(trx, lane, day * US_PER_DAY, day * US_PER_DAY);
  });
}

async function compare({ db }: Database, stream: string, day: number): Promise<CoverageDifference[]> {
  const { rows } = await sql<{ node_alias: string; track: Track; wrong: number; missing: number }>`
    select node_alias, track, count(*) filter (where c.end_ts is null) as wrong,
      count(*) filter (where s.end_ts is null) as missing
    from (
      select track, node_alias, start_ts, end_ts, is_estimated from coverage
      where stream = ${stream} and track in ('video', 'audio')
        and start_ts >= ${day * US_PER_DAY} and start_ts < ${(day + 1) * US_PER_DAY}
    ) as s full join recount_coverage(${stream}, ${day}) as c
      using (track, node_alias, start_ts, end_ts, is_estimated)
    where s.* is null or c.* is null
    group by node_alias, track order by node_alias, track
  `.execute(db);
  return rows.map((row) => ({
    stream,
    day,
    nodeAlias: row.node_alias,
    track: row.track,
    wrongSpans: row.wrong,
    missingSpans: row.missing,
  }));
}

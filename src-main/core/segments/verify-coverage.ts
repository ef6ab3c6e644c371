import { sql } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
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

/** Counts the coverage of a lane on a day anew, and the bounds in `recorded_streams`. Safe beside writers. */
export async function repairCoverage(database: Database, { day, ...lane }: LaneDay): Promise<void> {
  await inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [lane]);
    await sql`
      insert into recorded_streams as r (stream, node_alias, track, start_ts, end_ts, longest_us)
      select stream, node_alias, track, min(start_ts), max(end_ts), max(end_ts - start_ts) from segments
      where stream = ${lane.stream} and node_alias = ${lane.nodeAlias} and track = ${lane.track}
        and start_ts >= ${(day - 1) * US_PER_DAY} and start_ts < ${(day + 1) * US_PER_DAY} and start_ts < end_ts
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

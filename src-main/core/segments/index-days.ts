import { sql } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import type { Database } from '../db/database.ts';

/** Which part of the index is looked at; all of it without limits. Days count from 1970-01-01 UTC, inclusive. */
export interface IndexScope {
  stream?: string | undefined;
  fromDay?: number | undefined;
  toDay?: number | undefined;
}

/** A day of one stream on one node. */
export interface LaneDay {
  stream: string;
  nodeAlias: string;
  track: Track;
  day: number;
}

/** Beyond what PostgreSQL's `int` holds no day is asked for. */
export const LAST_DAY = 2_000_000;

/** The streams that have segments or anything derived from them, by name, one look-up each. */
export async function* indexedStreams(
  { db }: Database,
  scope: IndexScope,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  if (scope.stream !== undefined) {
    yield scope.stream;
    return;
  }
  for (let last = ''; ; ) {
    signal?.throwIfAborted();
    const { rows } = await sql<{ stream: string | null }>`
      select least(
        (select min(stream) from segments where stream > ${last}),
        (select min(stream) from day_totals where stream > ${last}),
        (select min(stream) from coverage where stream > ${last}),
        (select min(stream) from recorded_streams where stream > ${last})) as stream
    `.execute(db);
    const stream = rows[0]?.stream;
    if (stream === null || stream === undefined) return;
    yield stream;
    last = stream;
  }
}

/** The first day from `fromDay` on that has segments or rows of `derived`; null when none follows. */
export async function nextIndexedDay(
  { db }: Database,
  derived: 'day_totals' | 'coverage',
  stream: string,
  fromDay: number,
): Promise<number | null> {
  const fromUs = sql`${fromDay}::bigint * 86400000000`;
  const derivedDay =
    derived === 'day_totals'
      ? sql`(select min(day)::bigint from day_totals where stream = ${stream} and day >= ${fromDay})`
      : sql`(select min(start_ts) / 86400000000 from (
          (select start_ts from coverage where stream = ${stream} and track = 'video' and start_ts >= ${fromUs}
            order by start_ts limit 1)
          union all
          (select start_ts from coverage where stream = ${stream} and track = 'audio' and start_ts >= ${fromUs}
            order by start_ts limit 1)) as found)`;
  const { rows } = await sql<{ day: number | null }>`
    select least(
      (select start_ts / 86400000000 from segments where stream = ${stream} and start_ts >= ${fromUs}
        order by start_ts limit 1),
      ${derivedDay}) as day
  `.execute(db);
  return rows[0]?.day ?? null;
}

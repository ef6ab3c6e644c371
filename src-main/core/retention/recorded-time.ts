import { type RawBuilder, sql } from 'kysely';
import { US_PER_DAY, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { IS_PROTECTED, isCountedDay, type Protection, protectionTable } from './protections.ts';

/**
 * Recorded time that goes with what of a stream ends by `cutoffUs`, in microseconds per UTC day: what the timeline
 * covers of it, so that pictures and sound side by side, and two nodes, are one time. Days without any are left out.
 *
 * Whole days without protection are taken from the coverage; only the others are read segment by segment.
 */
export async function recordedTime(
  database: Database,
  stream: string,
  cutoffUs: number,
  protections: readonly Protection[],
  signal?: AbortSignal,
): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const [day, recordedUs] of await coveredTime(database, stream, cutoffUs)) {
    signal?.throwIfAborted();
    const goesUs = isCountedDay(day, cutoffUs, protections)
      ? await segmentTime(database, stream, day, cutoffUs, protections)
      : recordedUs;
    if (goesUs > 0) found.set(day, goesUs);
  }
  return found;
}

async function coveredTime({ db }: Database, stream: string, cutoffUs: number): Promise<[number, number][]> {
  const { rows } = await sql<{ day: number; recorded_us: number }>`
    select day, ${unitedLength()} as recorded_us from (
      select start_ts / ${US_PER_DAY}::bigint as day, start_ts, end_ts, ${reachedBefore(sql`start_ts / ${US_PER_DAY}::bigint`)}
      from coverage where stream = ${stream} and start_ts < ${cutoffUs}
    ) as spans
    group by day order by day
  `.execute(db);
  return rows.map((row) => [row.day, row.recorded_us]);
}

async function segmentTime(
  { db }: Database,
  stream: string,
  day: number,
  cutoffUs: number,
  protections: readonly Protection[],
): Promise<number> {
  const [fromUs, untilUs] = [day * US_PER_DAY, (day + 1) * US_PER_DAY];
  const { rows } = await sql<{ recorded_us: number | null }>`
    with pieces as (
      select s.node_alias, s.track, greatest(s.start_ts, ${fromUs}) as start_ts, least(s.end_ts, ${untilUs}) as end_ts
      from segments s
      where s.stream = ${stream} and s.start_ts < ${untilUs} and s.end_ts > ${fromUs} and s.end_ts <= ${cutoffUs}
        and s.start_ts >= ${fromUs}
          - coalesce((select max(r.longest_us) from recorded_streams r where r.stream = ${stream}), 0)
        and not exists (select from ${protectionTable(protections)} where ${IS_PROTECTED})
    ), joined as (
      -- As in coverage, what is at most a second apart belongs together.
      select case when start_ts - reached between 0 and ${US_PER_SECOND} then reached else start_ts end as start_ts, end_ts
      from (select *, ${reachedBefore(sql`node_alias, track`)} from pieces) as of_lane
    )
    select ${unitedLength()} as recorded_us from (
      select start_ts, end_ts, ${reachedBefore(sql`1`)} from joined
    ) as spans
  `.execute(db);
  return rows[0]?.recorded_us ?? 0;
}

/** Column `reached`: where the spans before a span end at the latest, of those with the same `group`. */
function reachedBefore(group: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`max(end_ts) over (
    partition by ${group} order by start_ts, end_ts rows between unbounded preceding and 1 preceding) as reached`;
}

/** The length of the union of spans with their `reached`. */
function unitedLength(): RawBuilder<unknown> {
  return sql`sum(greatest(0, end_ts - greatest(start_ts, coalesce(reached, start_ts))))::bigint`;
}

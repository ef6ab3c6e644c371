import { sql } from 'kysely';
import type { DayCoverage, RecordedStream, StreamCoverage } from '../../../src-shared/model/segment.ts';
import { intersectRanges, type TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY, US_PER_MINUTE } from '../../../src-shared/util/units.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import type { Database } from '../db/database.ts';
import { calendarDays } from './calendar-days.ts';
import { dayOf } from './coverage-spans.ts';

/** A stream whose coverage grew within this time is being recorded. */
const RECORDING_AGE_US = US_PER_MINUTE;

/** Names of all streams that have recordings, sorted. */
export async function recordedNames({ db }: Database): Promise<string[]> {
  const rows = await db
    .selectFrom('recorded_streams')
    .select('stream')
    .distinct()
    .orderBy('stream')
    .execute();
  return rows.map(({ stream }) => stream);
}

/** Names of streams that have recordings, those included of which nothing is known but that they were begun; sorted. */
export async function listedNames({ db }: Database): Promise<string[]> {
  const { rows } = await sql<{ stream: string }>`
    select stream from recorded_streams union select stream from recordings where begun_ts is not null order by stream
  `.execute(db);
  return rows.map(({ stream }) => stream);
}

/** All streams that have recordings, with their nodes and bounds, sorted by name. */
export async function recordedStreams({ db }: Database, clock: Clock): Promise<RecordedStream[]> {
  const { rows } = await sql<{ stream: string; nodes: string[]; start_ts: number; end_ts: number }>`
    select stream, array_agg(distinct node_alias order by node_alias) as nodes,
      min(start_ts) as start_ts, max(end_ts) as end_ts
    from recorded_streams group by stream order by stream
  `.execute(db);
  const sinceUs = nowUs(clock) - RECORDING_AGE_US;
  return rows.map((row) => ({
    stream: row.stream,
    nodes: row.nodes,
    startUs: row.start_ts,
    endUs: row.end_ts,
    isRecording: row.end_ts >= sinceUs,
  }));
}

interface SpanRow {
  stream: string;
  node_alias: string;
  start_ts: number;
  end_ts: number;
  is_estimated: boolean;
}

/**
 * Recorded time (pictures or sound) of streams in a range, cut to it, per node.
 *
 * Gaps of up to `resolutionUs` are closed in the database, so what is sent follows what is drawn. Streams come in
 * the order asked for, those without recordings with no nodes; the node with the most recorded time first.
 */
export async function coverageOf(
  { db }: Database,
  streams: readonly string[],
  { startUs, endUs }: TimeRange,
  resolutionUs: number,
): Promise<StreamCoverage[]> {
  const { rows } = await sql<SpanRow>`
    select stream, node_alias, greatest(min(start_ts), ${startUs}::bigint) as start_ts,
      least(max(end_ts), ${endUs}::bigint) as end_ts, bool_or(is_estimated) as is_estimated
    from (
      select *, count(*) filter (where is_first) over lane as island
      from (
        select stream, node_alias, start_ts, end_ts, is_estimated,
          start_ts - max(end_ts) over (partition by stream, node_alias order by start_ts, end_ts, track
            rows between unbounded preceding and 1 preceding) > ${Math.round(resolutionUs)}::bigint as is_first,
          track
        from coverage
        where stream = any(${[...streams]}::text[]) and track in ('video', 'audio')
          and start_ts >= ${dayOf(startUs) * US_PER_DAY} and start_ts < ${endUs} and end_ts > ${startUs}
      ) as spans
      window lane as (partition by stream, node_alias order by start_ts, end_ts, track)
    ) as islands
    group by stream, node_alias, island
    order by stream, node_alias, start_ts
  `.execute(db);
  const byStream = new Map<string, Map<string, StreamCoverage['nodes'][number]>>();
  for (const row of rows) {
    const nodes = byStream.get(row.stream) ?? new Map<string, StreamCoverage['nodes'][number]>();
    byStream.set(row.stream, nodes);
    const node = nodes.get(row.node_alias) ?? { alias: row.node_alias, spans: [] };
    nodes.set(row.node_alias, node);
    node.spans.push({ startUs: row.start_ts, endUs: row.end_ts, isEstimated: row.is_estimated });
  }
  return [...new Set(streams)].map((stream) => ({
    stream,
    nodes: [...(byStream.get(stream)?.values() ?? [])].sort(
      (a, b) => lengthUs(b.spans) - lengthUs(a.spans) || (a.alias < b.alias ? -1 : 1),
    ),
  }));
}

function lengthUs(spans: readonly TimeRange[]): number {
  return spans.reduce((sum, span) => sum + span.endUs - span.startUs, 0);
}

/**
 * Recorded time per day of a month (`yyyy-mm`) in a zone, over the nodes of the streams; of all streams without
 * `streams`. Time that several recorded counts once. Throws bad_request for an unknown zone.
 */
export async function coveredDays(
  { db }: Database,
  month: string,
  timeZone: string,
  streams?: readonly string[],
): Promise<DayCoverage[]> {
  const days = calendarDays(month, timeZone);
  const startUs = days[0]?.startUs ?? 0;
  const endUs = days.at(-1)?.endUs ?? 0;
  const wanted = streams
    ? sql`any(${[...streams]}::text[])`
    : sql`any(array(select distinct stream from recorded_streams))`;
  const { rows } = await sql<{ start_ts: number; end_ts: number }>`
    select min(start_ts) as start_ts, max(end_ts) as end_ts
    from (
      select *, count(*) filter (where is_first) over (order by start_ts, end_ts
        rows between unbounded preceding and current row) as island
      from (
        select start_ts, end_ts, start_ts > max(end_ts) over (order by start_ts, end_ts
          rows between unbounded preceding and 1 preceding) as is_first
        from coverage
        where stream = ${wanted} and track in ('video', 'audio')
          and start_ts >= ${dayOf(startUs) * US_PER_DAY} and start_ts < ${endUs} and end_ts > ${startUs}
      ) as spans
    ) as islands
    group by island
    order by start_ts
  `.execute(db);
  const spans = rows.map((row) => ({ startUs: row.start_ts, endUs: row.end_ts }));
  return days.map((day) => ({
    ...day,
    coveredUs: lengthUs(spans.flatMap((span) => intersectRanges(span, day) ?? [])),
  }));
}

/**
 * The recorded times next to an instant that nothing covers: the last end at or before it, the first start after
 * it. Both null where it is covered.
 */
export async function nearestCoverage(
  { db }: Database,
  stream: string,
  instantUs: number,
): Promise<{ isCovered: boolean; beforeUs: number | null; afterUs: number | null }> {
  const { rows } = await sql<{
    last_start: number | null;
    next_start: number | null;
    last_end: number | null;
  }>`
    with last as (
      select max(start_ts) as start_ts from (
        (select start_ts from coverage where stream = ${stream} and track = 'video' and start_ts <= ${instantUs}
          order by start_ts desc limit 1)
        union all
        (select start_ts from coverage where stream = ${stream} and track = 'audio' and start_ts <= ${instantUs}
          order by start_ts desc limit 1)
      ) as found
    ), next as (
      select min(start_ts) as start_ts from (
        (select start_ts from coverage where stream = ${stream} and track = 'video' and start_ts > ${instantUs}
          order by start_ts limit 1)
        union all
        (select start_ts from coverage where stream = ${stream} and track = 'audio' and start_ts > ${instantUs}
          order by start_ts limit 1)
      ) as found
    )
    select last.start_ts as last_start, next.start_ts as next_start, (
      -- Spans end on the day they start, so the last end lies on the day of the last start.
      select max(end_ts) from coverage
      where stream = ${stream} and track in ('video', 'audio')
        and start_ts >= last.start_ts - last.start_ts % ${US_PER_DAY}::bigint and start_ts <= ${instantUs}
    ) as last_end
    from last, next
  `.execute(db);
  const row = rows[0];
  const isCovered = row?.last_end !== null && row !== undefined && row.last_end > instantUs;
  return {
    isCovered,
    beforeUs: isCovered ? null : (row?.last_end ?? null),
    afterUs: isCovered ? null : (row?.next_start ?? null),
  };
}

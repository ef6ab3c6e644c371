import { sql } from 'kysely';
import type { StreamUsage } from '../../../src-shared/contract/index-routes.ts';
import { MS_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';

/** UTC days, counted from 1970-01-01; `toDay` inclusive. */
export interface DayRange {
  readonly fromDay: number;
  readonly toDay: number;
}

/**
 * What was recorded per stream and UTC day, by name; days without anything are left out.
 *
 * From the totals, so its cost follows the days and streams it returns.
 */
export async function usageByDay(
  { db }: Database,
  { fromDay, toDay }: DayRange,
  streams?: readonly string[],
): Promise<StreamUsage[]> {
  const isWanted = streams ? sql`and stream = any(${[...streams]}::text[])` : sql``;
  const { rows } = await sql<{
    stream: string;
    day: number;
    nodes: string[];
    segment_count: number;
    size_bytes: number;
    recorded_us: number;
  }>`
    select stream, day, array_agg(node_alias order by node_alias) as nodes,
      sum(segment_count)::bigint as segment_count, sum(size_bytes)::bigint as size_bytes,
      sum(recorded_us)::bigint as recorded_us
    from (
      -- Pictures and sound of a node run side by side: the longer one is what was recorded.
      select stream, day, node_alias, sum(segment_count) as segment_count, sum(size_bytes) as size_bytes,
        max(duration_us) as recorded_us
      from day_totals where day between ${fromDay} and ${toDay} ${isWanted}
      group by stream, day, node_alias
    ) as of_node
    group by stream, day order by stream, day
  `.execute(db);
  const found = new Map<string, StreamUsage>();
  for (const row of rows) {
    const usage = found.get(row.stream) ?? { stream: row.stream, nodes: [], days: [] };
    found.set(row.stream, usage);
    for (const node of row.nodes) if (!usage.nodes.includes(node)) usage.nodes.push(node);
    usage.days.push({
      day: isoDayOf(row.day),
      segmentCount: row.segment_count,
      sizeBytes: row.size_bytes,
      recordedUs: row.recorded_us,
    });
  }
  return [...found.values()].map((usage) => ({ ...usage, nodes: usage.nodes.sort() }));
}

/** All that the recordings hold, per stream, whatever the day. Reads every recording once. */
export async function usageInAll({
  db,
}: Database): Promise<
  Map<string, { sizeBytes: number; segmentCount: number; recordingCount: number; startUs: number }>
> {
  const { rows } = await sql<{
    stream: string;
    size_bytes: number;
    segment_count: number;
    recording_count: number;
    start_ts: number;
  }>`
    select stream, sum(size_bytes)::bigint as size_bytes, sum(segment_count)::bigint as segment_count,
      count(*) as recording_count, min(start_ts) as start_ts
    from recordings where begun_ts is null group by stream
  `.execute(db);
  return new Map(
    rows.map((row) => [
      row.stream,
      {
        sizeBytes: row.size_bytes,
        segmentCount: row.segment_count,
        recordingCount: row.recording_count,
        startUs: row.start_ts,
      },
    ]),
  );
}

/** `yyyy-mm-dd` of a UTC day counted from 1970-01-01. */
export function isoDayOf(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/** The UTC day of `yyyy-mm-dd`, counted from 1970-01-01; null where there is no such day. */
export function dayOfIso(text: string): number | null {
  const timeMs = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(timeMs) || !new Date(timeMs).toISOString().startsWith(text)) return null;
  return timeMs / MS_PER_DAY;
}

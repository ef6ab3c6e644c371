import { sql, type Transaction } from 'kysely';
import { isExactClock, type Track } from '../../../src-shared/model/segment.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables.ts';
import {
  type CoverageSpan,
  countCoverage,
  dayOf,
  MERGE_TOLERANCE_US,
  mergeSpans,
  spanChanges,
  splitAtMidnight,
} from './coverage-spans.ts';

/** What coverage is kept per. */
export interface Lane {
  stream: string;
  nodeAlias: string;
  track: Track;
}

export interface LaneSpan extends Lane, CoverageSpan {}

export interface CoverageChange {
  removed: (Lane & { startUs: number })[];
  written: LaneSpan[];
}

interface DayPieces extends Lane {
  dayUs: number;
  fromUs: number;
  toUs: number;
  pieces: CoverageSpan[];
}

/** What adding `added` changes in `coverage`. The streams must be locked; nothing is written. */
export async function planCoverage(
  trx: Transaction<Tables>,
  added: readonly LaneSpan[],
): Promise<CoverageChange> {
  const change: CoverageChange = { removed: [], written: [] };
  const groups = groupByDay(added);
  if (groups.length === 0) return change;
  const { rows } = await sql<{ n: number; start_ts: number; end_ts: number; is_estimated: boolean }>`
    ${prepared('plan_coverage')}
    select g.n::int as n, c.start_ts, c.end_ts, c.is_estimated
    from unnest(
      ${groups.map((g) => g.stream)}::text[], ${groups.map((g) => g.track)}::text[],
      ${groups.map((g) => g.nodeAlias)}::text[], ${groups.map((g) => g.dayUs)}::bigint[],
      ${groups.map((g) => g.fromUs)}::bigint[], ${groups.map((g) => g.toUs)}::bigint[]
    ) with ordinality as g (stream, track, node_alias, day_us, from_us, to_us, n)
    join coverage c on c.stream = g.stream and c.track = g.track and c.node_alias = g.node_alias
      and c.start_ts >= g.day_us and c.start_ts <= g.to_us and c.end_ts >= g.from_us
  `.execute(trx);
  const stored = groups.map((): CoverageSpan[] => []);
  for (const row of rows) {
    stored[row.n - 1]?.push({ startUs: row.start_ts, endUs: row.end_ts, isEstimated: row.is_estimated });
  }
  groups.forEach((group, i) => {
    const before = stored[i] ?? [];
    const changes = spanChanges(before, mergeSpans([...before, ...group.pieces]));
    const lane = { stream: group.stream, nodeAlias: group.nodeAlias, track: group.track };
    change.removed.push(...changes.removedStartsUs.map((startUs) => ({ ...lane, startUs })));
    change.written.push(...changes.written.map((span) => ({ ...lane, ...span })));
  });
  return change;
}

/** One group per lane and day, with the span of time in which stored spans can touch its pieces. */
function groupByDay(added: readonly LaneSpan[]): DayPieces[] {
  const groups = new Map<string, DayPieces>();
  for (const { stream, nodeAlias, track, ...span } of added) {
    for (const part of splitAtMidnight(span)) {
      const day = dayOf(part.startUs);
      const key = `${stream}\0${nodeAlias}\0${track}\0${day}`;
      const group = groups.get(key);
      const fromUs = part.startUs - MERGE_TOLERANCE_US;
      const toUs = part.endUs + MERGE_TOLERANCE_US;
      if (group) {
        group.fromUs = Math.min(group.fromUs, fromUs);
        group.toUs = Math.max(group.toUs, toUs);
        group.pieces.push(part);
      } else {
        const dayUs = day * US_PER_DAY;
        groups.set(key, { stream, nodeAlias, track, dayUs, fromUs, toUs, pieces: [part] });
      }
    }
  }
  // Stored spans of the next day start behind `toUs` or at midnight; they are not read, so cut the search there.
  for (const group of groups.values()) group.toUs = Math.min(group.toUs, group.dayUs + US_PER_DAY - 1);
  return [...groups.values()];
}

/**
 * Counts the coverage of whole UTC days anew from the segments, and the bounds in `recorded_streams`.
 *
 * For changes that take time away: re-timing and removal. The stream must be locked. `fromUs` and `toUs` (inclusive)
 * are the first and last instant that changed.
 */
export async function recountCoverage(
  trx: Transaction<Tables>,
  lane: Lane,
  fromUs: number,
  toUs: number,
): Promise<void> {
  const firstUs = dayOf(fromUs) * US_PER_DAY;
  const endUs = (dayOf(toUs) + 1) * US_PER_DAY;
  const { stream, nodeAlias, track } = lane;
  const { rows } = await sql<{
    start_ts: number;
    end_ts: number;
    clock_source: Parameters<typeof isExactClock>[0];
  }>`
    select start_ts, end_ts, clock_source from segments
    where stream = ${stream} and node_alias = ${nodeAlias} and track = ${track}
      and start_ts >= ${firstUs}::bigint - coalesce((
        select longest_us from recorded_streams
        where stream = ${stream} and node_alias = ${nodeAlias} and track = ${track}), 0)
      and start_ts < ${endUs} and end_ts > ${firstUs}
  `.execute(trx);
  const spans = countCoverage(
    rows.map((row) => ({
      startUs: Math.max(row.start_ts, firstUs),
      endUs: Math.min(row.end_ts, endUs),
      isEstimated: !isExactClock(row.clock_source),
    })),
  );
  await sql`
    delete from coverage where stream = ${stream} and node_alias = ${nodeAlias} and track = ${track}
      and start_ts >= ${firstUs} and start_ts < ${endUs}
  `.execute(trx);
  if (spans.length > 0) {
    await sql`
      insert into coverage (stream, track, node_alias, start_ts, end_ts, is_estimated)
      select ${stream}, ${track}, ${nodeAlias}, * from unnest(
        ${spans.map((s) => s.startUs)}::bigint[], ${spans.map((s) => s.endUs)}::bigint[],
        ${spans.map((s) => s.isEstimated)}::boolean[])
    `.execute(trx);
  }
  await recountBounds(trx, lane);
}

/** Sets the bounds in `recorded_streams` to those of the coverage; removes the row when nothing is left. */
async function recountBounds(trx: Transaction<Tables>, { stream, nodeAlias, track }: Lane): Promise<void> {
  await sql`
    with bounds as (
      select min(start_ts) as start_ts, max(end_ts) as end_ts from coverage
      where stream = ${stream} and node_alias = ${nodeAlias} and track = ${track}
    ), gone as (
      delete from recorded_streams
      where stream = ${stream} and node_alias = ${nodeAlias} and track = ${track}
        and (select start_ts from bounds) is null
    )
    update recorded_streams r set start_ts = b.start_ts, end_ts = b.end_ts from bounds b
    where r.stream = ${stream} and r.node_alias = ${nodeAlias} and r.track = ${track} and b.start_ts is not null
  `.execute(trx);
}

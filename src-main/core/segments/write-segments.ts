import { sql, type Transaction } from 'kysely';
import { type ClockSource, isExactClock, type Track } from '../../../src-shared/model/segment.ts';
import { prepared } from '../db/prepared.ts';
import type { ObjectState, Tables } from '../db/tables.ts';
import type { SegmentAnalysis } from '../media/repair.ts';
import { dayOf } from './coverage-spans.ts';
import { type LaneSpan, planCoverage } from './coverage-store.ts';
import { insertRows } from './insert-rows.ts';
import { joinExtents, trackExtents } from './row-extents.ts';
import { lockStreams } from './stream-lock.ts';

/** A row of `segments` to be written; what the columns mean is said in migrations/. */
export interface NewSegment {
  id: string;
  nodeAlias: string;
  stream: string;
  startUs: number;
  /** Exclusive; not before `startUs`. */
  endUs: number;
  durationMs: number;
  path: string;
  isKeyframe: boolean;
  track: Track;
  recordingId: string;
  trackId: string;
  seq: number;
  mediaStartUs: number | null;
  sizeBytes: number | null;
  clockSource: ClockSource;
  state: ObjectState;
  analysis: SegmentAnalysis | null;
  problem: string | null;
  /** Modification time of the object when it was read, milliseconds since the epoch; null where it is not known. */
  writtenMs: number | null;
}

/**
 * Writes segments and all that follows from them: coverage, `recorded_streams`, bounds of recordings and tracks.
 *
 * The only place where rows of `segments` are made. Returns the rows that were new; one whose key is there already
 * is left out. Recordings and tracks must exist, partitions be ensured. Nothing is durable before the transaction
 * commits. `doubtful`: those of the rows whose key may be there. Takes the locks of the streams; when it is not the first writer in the transaction, the caller must have
 * taken them all before (`lockStreams`).
 */
export async function writeSegments(
  trx: Transaction<Tables>,
  rows: readonly NewSegment[],
  doubtful: readonly NewSegment[] = rows,
): Promise<NewSegment[]> {
  if (rows.length === 0) return [];
  await lockStreams(trx, rows);
  const written = await insertRows(trx, rows, doubtful);
  if (written.length === 0) return [];
  const change = await planCoverage(trx, spansOf(written));
  await writeDerived(trx, written, change);
  return written;
}

/** What the rows cover; neighbours on a lane are one already. */
function spansOf(rows: readonly NewSegment[]): LaneSpan[] {
  const spans: LaneSpan[] = [];
  const lastOf = new Map<string, LaneSpan>();
  for (const { clockSource, endUs, nodeAlias, startUs, stream, track, trackId } of rows) {
    const isEstimated = !isExactClock(clockSource);
    const last = lastOf.get(trackId);
    const isNext = last !== undefined && last.isEstimated === isEstimated && startUs === last.endUs;
    if (isNext && dayOf(last.startUs) === dayOf(endUs)) last.endUs = endUs;
    else {
      const span = { stream, nodeAlias, track, startUs, endUs, isEstimated };
      spans.push(span);
      lastOf.set(trackId, span);
    }
  }
  return spans;
}

/** One round trip for all that is derived from the new rows. */
async function writeDerived(
  trx: Transaction<Tables>,
  rows: readonly NewSegment[],
  { removed, written }: Awaited<ReturnType<typeof planCoverage>>,
): Promise<void> {
  // Segments without length cover nothing.
  const lasting = rows.filter((row) => row.startUs < row.endUs);
  const tracks = trackExtents(rows);
  const lastingTracks = lasting.length === rows.length ? tracks : trackExtents(lasting);
  const lanes = joinExtents(lastingTracks, (row) => `${row.stream}\0${row.nodeAlias}\0${row.track}`);
  const recordings = joinExtents(tracks, (row) => row.recordingId);
  await sql`
    ${prepared('write_derived')}
    with removed as (
      delete from coverage c using unnest(
        ${removed.map((s) => s.stream)}::text[], ${removed.map((s) => s.track)}::text[],
        ${removed.map((s) => s.startUs)}::bigint[], ${removed.map((s) => s.nodeAlias)}::text[]
      ) as x (stream, track, start_ts, node_alias)
      where c.stream = x.stream and c.track = x.track and c.start_ts = x.start_ts and c.node_alias = x.node_alias
    ), written as (
      insert into coverage (stream, track, start_ts, node_alias, end_ts, is_estimated)
      select * from unnest(
        ${written.map((s) => s.stream)}::text[], ${written.map((s) => s.track)}::text[],
        ${written.map((s) => s.startUs)}::bigint[], ${written.map((s) => s.nodeAlias)}::text[],
        ${written.map((s) => s.endUs)}::bigint[], ${written.map((s) => s.isEstimated)}::boolean[])
      on conflict (stream, track, start_ts, node_alias)
        do update set end_ts = excluded.end_ts, is_estimated = excluded.is_estimated
    ), streams as (
      insert into recorded_streams as r (stream, node_alias, track, start_ts, end_ts, longest_us)
      select * from unnest(
        ${lanes.map(({ row }) => row.stream)}::text[], ${lanes.map(({ row }) => row.nodeAlias)}::text[],
        ${lanes.map(({ row }) => row.track)}::text[], ${lanes.map((l) => l.startUs)}::bigint[],
        ${lanes.map((l) => l.endUs)}::bigint[], ${lanes.map((l) => l.longestUs)}::bigint[])
      on conflict (stream, node_alias, track) do update set
        start_ts = least(r.start_ts, excluded.start_ts),
        end_ts = greatest(r.end_ts, excluded.end_ts),
        longest_us = greatest(r.longest_us, excluded.longest_us)
      where excluded.start_ts < r.start_ts or excluded.end_ts > r.end_ts or excluded.longest_us > r.longest_us
    ), numbered as (
      update tracks t set first_seq = least(t.first_seq, x.first_seq), last_seq = greatest(t.last_seq, x.last_seq)
      from unnest(
        ${tracks.map(({ row }) => row.trackId)}::uuid[], ${tracks.map((t) => t.firstSeq)}::int[],
        ${tracks.map((t) => t.lastSeq)}::int[]
      ) as x (id, first_seq, last_seq)
      where t.id = x.id
    )
    update recordings r set start_ts = least(r.start_ts, x.start_ts), end_ts = greatest(r.end_ts, x.end_ts),
      segment_count = r.segment_count + x.segment_count, size_bytes = r.size_bytes + x.size_bytes
    from unnest(
      ${recordings.map(({ row }) => row.recordingId)}::uuid[], ${recordings.map((x) => x.startUs)}::bigint[],
      ${recordings.map((x) => x.endUs)}::bigint[], ${recordings.map((x) => x.count)}::bigint[],
      ${recordings.map((x) => x.sizeBytes)}::bigint[]
    ) as x (id, start_ts, end_ts, segment_count, size_bytes)
    where r.id = x.id
  `.execute(trx);
}

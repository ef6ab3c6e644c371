import { sql, type Transaction } from 'kysely';
import { type ClockSource, isExactClock, type Track } from '../../../src-shared/model/segment.ts';
import type { ObjectState, Tables } from '../db/tables.ts';
import type { SegmentAnalysis } from '../media/repair.ts';
import { booleanArray, numberArray, textArray } from './array-literal.ts';
import { planCoverage } from './coverage-store.ts';
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
}

/** What rows have together; `row` is one of them. */
interface Extent {
  startUs: number;
  endUs: number;
  longestUs: number;
  count: number;
  sizeBytes: number;
  row: NewSegment;
}

/**
 * Writes segments and all that follows from them: coverage, `recorded_streams`, bounds of recordings and tracks.
 *
 * The only place where rows of `segments` are made. Returns the rows that were new; one whose key is there already
 * is left out. Recordings and tracks must exist, partitions be ensured. Nothing is durable before the transaction
 * commits. Takes the locks of the streams; when it is not the first writer in the transaction, the caller must have
 * taken them all before (`lockStreams`).
 */
export async function writeSegments(
  trx: Transaction<Tables>,
  rows: readonly NewSegment[],
): Promise<NewSegment[]> {
  if (rows.length === 0) return [];
  await lockStreams(trx, rows);
  const written = await insertRows(trx, rows);
  if (written.length === 0) return [];
  const change = await planCoverage(
    trx,
    written.map((row) => ({
      stream: row.stream,
      nodeAlias: row.nodeAlias,
      track: row.track,
      startUs: row.startUs,
      endUs: row.endUs,
      isEstimated: !isExactClock(row.clockSource),
    })),
  );
  await writeDerived(trx, written, change);
  return written;
}

/** What many rows of a batch have in common; sent once. */
type Shared = Pick<
  NewSegment,
  'nodeAlias' | 'stream' | 'track' | 'recordingId' | 'trackId' | 'clockSource' | 'state'
>;

async function insertRows(trx: Transaction<Tables>, rows: readonly NewSegment[]): Promise<NewSegment[]> {
  const { groups, groupNumbers } = groupRows(rows);
  const analyses = rows.map(({ analysis }) => (analysis === null ? null : JSON.stringify(analysis)));
  const { rows: inserted } = await sql<{ id: string }>`
    insert into segments (id, node_alias, stream, start_ts, end_ts, duration_ms, path, is_keyframe, track,
      recording_id, track_id, seq, media_start_us, size_bytes, clock_source, state, analysis, problem)
    select r.id, g.node_alias, g.stream, r.start_ts, r.end_ts, r.duration_ms, r.path, r.is_keyframe, g.track,
      g.recording_id, g.track_id, r.seq, r.media_start_us, r.size_bytes, g.clock_source, g.state, r.analysis, r.problem
    from unnest(
      ${numberArray(groupNumbers)}::int[], ${textArray(rows.map((row) => row.id))}::uuid[],
      ${numberArray(rows.map((row) => row.startUs))}::bigint[],
      ${numberArray(rows.map((row) => row.endUs))}::bigint[],
      ${numberArray(rows.map((row) => row.durationMs))}::int[], ${textArray(rows.map((row) => row.path))}::text[],
      ${booleanArray(rows.map((row) => row.isKeyframe))}::boolean[],
      ${numberArray(rows.map((row) => row.seq))}::int[],
      ${numberArray(rows.map((row) => row.mediaStartUs))}::bigint[],
      ${numberArray(rows.map((row) => row.sizeBytes))}::bigint[],
      ${textArray(analyses)}::jsonb[], ${textArray(rows.map((row) => row.problem))}::text[]
    ) as r (n, id, start_ts, end_ts, duration_ms, path, is_keyframe, seq, media_start_us, size_bytes, analysis, problem)
    join unnest(
      ${textArray(groups.map((group) => group.nodeAlias))}::text[],
      ${textArray(groups.map((group) => group.stream))}::text[],
      ${textArray(groups.map((group) => group.track))}::text[],
      ${textArray(groups.map((group) => group.recordingId))}::uuid[],
      ${textArray(groups.map((group) => group.trackId))}::uuid[],
      ${textArray(groups.map((group) => group.clockSource))}::text[],
      ${textArray(groups.map((group) => group.state))}::text[]
    ) with ordinality as g (node_alias, stream, track, recording_id, track_id, clock_source, state, n) using (n)
    on conflict do nothing
    returning id
  `.execute(trx);
  if (inserted.length === rows.length) return [...rows];
  const ids = new Set(inserted.map(({ id }) => id));
  // A batch may name one segment twice; the second is no new row.
  return rows.filter(({ id }) => ids.delete(id));
}

/** Numbers count from 1, as SQL does. */
function groupRows(rows: readonly NewSegment[]): { groups: Shared[]; groupNumbers: number[] } {
  const groups: Shared[] = [];
  const numbers = new Map<string, number>();
  const groupNumbers = rows.map((row) => {
    // The track stands for its recording, stream and node.
    const key = `${row.trackId}${row.clockSource}${row.state}`;
    let number = numbers.get(key);
    if (number === undefined) {
      number = groups.push(row);
      numbers.set(key, number);
    }
    return number;
  });
  return { groups, groupNumbers };
}

/** One round trip for all that is derived from the new rows. */
async function writeDerived(
  trx: Transaction<Tables>,
  rows: readonly NewSegment[],
  { removed, written }: Awaited<ReturnType<typeof planCoverage>>,
): Promise<void> {
  // Segments without length cover nothing.
  const lasting = rows.filter((row) => row.startUs < row.endUs);
  const lanes = [...extents(lasting, (row) => `${row.stream}\0${row.nodeAlias}\0${row.track}`).values()];
  const recordings = [...extents(rows, (row) => row.recordingId).values()];
  const tracks = [...seqBounds(rows).entries()];
  await sql`
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
        ${tracks.map(([id]) => id)}::uuid[], ${tracks.map(([, b]) => b.first)}::int[],
        ${tracks.map(([, b]) => b.last)}::int[]
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

function extents(rows: readonly NewSegment[], keyOf: (row: NewSegment) => string): Map<string, Extent> {
  const found = new Map<string, Extent>();
  for (const row of rows) {
    const extent = found.get(keyOf(row));
    const lastsUs = row.endUs - row.startUs;
    if (extent) {
      extent.startUs = Math.min(extent.startUs, row.startUs);
      extent.endUs = Math.max(extent.endUs, row.endUs);
      extent.longestUs = Math.max(extent.longestUs, lastsUs);
      extent.count += 1;
      extent.sizeBytes += row.sizeBytes ?? 0;
    } else {
      const { endUs, sizeBytes, startUs } = row;
      found.set(keyOf(row), { startUs, endUs, longestUs: lastsUs, count: 1, sizeBytes: sizeBytes ?? 0, row });
    }
  }
  return found;
}

function seqBounds(rows: readonly NewSegment[]): Map<string, { first: number; last: number }> {
  const bounds = new Map<string, { first: number; last: number }>();
  for (const { trackId, seq } of rows) {
    const found = bounds.get(trackId);
    if (!found) bounds.set(trackId, { first: seq, last: seq });
    else {
      found.first = Math.min(found.first, seq);
      found.last = Math.max(found.last, seq);
    }
  }
  return bounds;
}

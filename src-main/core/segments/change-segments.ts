import { sql, type Transaction } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import type { Tables } from '../db/tables.ts';
import { recountCoverage } from './coverage-store.ts';
import { lockStreams, type StreamOfNode } from './stream-lock.ts';

interface ChangedRow {
  track: Track;
  recording_id: string;
  start_ts: number;
  end_ts: number;
}

/** Moves the rows of a recording in time. */
export interface Retiming extends StreamOfNode {
  recordingId: string;
  /** Rows whose media time is at least this are moved. */
  fromMediaUs: number;
  /** Added to start and end. */
  shiftUs: number;
}

/**
 * Moves the recent segments of one recording, all its tracks, with the coverage, in the caller's transaction.
 *
 * `tracks.zero_ts` moves along. Partitions for the new times must exist.
 */
export async function retimeSegments(trx: Transaction<Tables>, retiming: Retiming): Promise<void> {
  await lockStreams(trx, [retiming]);
  const { stream, recordingId, fromMediaUs, shiftUs } = retiming;
  const { rows } = await sql<ChangedRow>`
    update segments s set start_ts = s.start_ts + ${shiftUs}::bigint, end_ts = s.end_ts + ${shiftUs}::bigint
    from recordings r, tracks t
    where r.id = ${recordingId} and t.recording_id = r.id and s.track_id = t.id
      and s.stream = ${stream} and s.start_ts between r.start_ts and r.end_ts
      and s.media_start_us >= ${fromMediaUs}
    returning s.track, s.recording_id, s.start_ts, s.end_ts
  `.execute(trx);
  await sql`
    update tracks set zero_ts = zero_ts + ${shiftUs}::bigint where recording_id = ${recordingId}
  `.execute(trx);
  if (rows.length === 0) return;
  await sql`
    update recordings set start_ts = least(start_ts, start_ts + ${shiftUs}::bigint),
      end_ts = greatest(end_ts, end_ts + ${shiftUs}::bigint)
    where id = ${recordingId}
  `.execute(trx);
  await setRecordingBounds(trx, recordingId);
  const before = rows.map((row) => ({
    ...row,
    start_ts: row.start_ts - shiftUs,
    end_ts: row.end_ts - shiftUs,
  }));
  await recountLanes(trx, retiming, [...rows, ...before]);
}

/** A segment by its key. */
export interface SegmentKey {
  id: string;
  startUs: number;
}

/**
 * Removes segments of one stream and node with their coverage, and recordings that have none left.
 *
 * Returns how many were there, and the bytes of their files. These are not touched.
 */
export async function removeSegments(
  trx: Transaction<Tables>,
  where: StreamOfNode,
  keys: readonly SegmentKey[],
): Promise<{ count: number; bytes: number }> {
  if (keys.length === 0) return { count: 0, bytes: 0 };
  await lockStreams(trx, [where]);
  const { rows } = await sql<ChangedRow & { size_bytes: number | null }>`
    delete from segments s using unnest(
      ${keys.map((key) => key.id)}::uuid[], ${keys.map((key) => key.startUs)}::bigint[]) as k (id, start_ts)
    where s.stream = ${where.stream} and s.node_alias = ${where.nodeAlias}
      and s.id = k.id and s.start_ts = k.start_ts
    returning s.track, s.recording_id, s.start_ts, s.end_ts, s.size_bytes
  `.execute(trx);
  for (const recordingId of new Set(rows.map((row) => row.recording_id))) {
    await setRecordingBounds(trx, recordingId);
  }
  await recountLanes(trx, where, rows);
  return { count: rows.length, bytes: rows.reduce((sum, row) => sum + (row.size_bytes ?? 0), 0) };
}

async function recountLanes(
  trx: Transaction<Tables>,
  { stream, nodeAlias }: StreamOfNode,
  rows: readonly ChangedRow[],
): Promise<void> {
  for (const track of ['video', 'audio'] as const) {
    let fromUs = Infinity;
    let toUs = -Infinity;
    for (const row of rows) {
      if (row.track !== track) continue;
      fromUs = Math.min(fromUs, row.start_ts);
      toUs = Math.max(toUs, row.end_ts);
    }
    if (fromUs <= toUs) await recountCoverage(trx, { stream, nodeAlias, track }, fromUs, toUs);
  }
}

/**
 * Sets a recording's bounds and the numbers of its tracks from its segments, which lie within the bounds it has;
 * removes one that has none.
 */
export async function setRecordingBounds(trx: Transaction<Tables>, recordingId: string): Promise<void> {
  await sql`
    with of_tracks as (
      select t.id, min(s.start_ts) as start_ts, max(s.end_ts) as end_ts, min(s.seq) as first_seq,
        max(s.seq) as last_seq
      from recordings r join tracks t on t.recording_id = r.id
        left join segments s on s.track_id = t.id and s.stream = r.stream
          and s.start_ts between r.start_ts and r.end_ts
      where r.id = ${recordingId}
      group by t.id
    ), bounds as (
      select min(start_ts) as start_ts, max(end_ts) as end_ts from of_tracks
    ), numbered as (
      update tracks t set first_seq = x.first_seq, last_seq = x.last_seq from of_tracks x
      where t.id = x.id and (select start_ts from bounds) is not null
        and (t.first_seq, t.last_seq) is distinct from (x.first_seq, x.last_seq)
    ), gone as (
      delete from recordings where id = ${recordingId} and (select start_ts from bounds) is null
    )
    update recordings r set start_ts = b.start_ts, end_ts = b.end_ts from bounds b
    where r.id = ${recordingId} and b.start_ts is not null
  `.execute(trx);
}

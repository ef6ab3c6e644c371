import { type RawBuilder, sql } from 'kysely';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { type IndexScope, LAST_DAY } from './index-days.ts';
import { inTransaction, lockStreams } from './stream-lock.ts';

/** A recording of which bounds, count, size or the numbers of its tracks are not those of its segments. */
export interface RecordingDifference {
  recordingId: string;
  stream: string;
  nodeAlias: string;
  dir: string;
  sessionNo: number;
  stored: RecordingSums;
  counted: RecordingSums;
}

export interface RecordingSums {
  startUs: number;
  endUs: number;
  segmentCount: number;
  sizeBytes: number;
  /** Lowest and highest number by track, as `video 1–4`. */
  numbers: string;
}

interface DifferenceRow {
  id: string;
  stream: string;
  node_alias: string;
  dir: string;
  session_no: number;
  start_ts: number;
  end_ts: number;
  segment_count: number;
  size_bytes: number;
  numbers: string | null;
  counted_start: number;
  counted_end: number;
  counted_count: number;
  counted_bytes: number;
  counted_numbers: string;
}

/**
 * Holds what is kept of recordings and tracks against their segments, stream by stream, wherever these lie in time.
 *
 * Right beside running writers: each comparison sees one state of the database.
 */
export async function* verifyRecordings(
  database: Database,
  scope: IndexScope = {},
  signal?: AbortSignal,
): AsyncGenerator<RecordingDifference> {
  const fromUs = (scope.fromDay ?? 0) * US_PER_DAY;
  const toUs = ((scope.toDay ?? LAST_DAY) + 1) * US_PER_DAY;
  for await (const stream of recordedStreams(database, scope.stream, signal)) {
    const { rows } = await sql<DifferenceRow>`
      select r.id, r.stream, r.node_alias, r.dir, r.session_no, r.start_ts, r.end_ts, r.segment_count, r.size_bytes,
        k.numbers, c.start_ts as counted_start, c.end_ts as counted_end, c.segment_count as counted_count,
        c.size_bytes as counted_bytes, c.numbers as counted_numbers
      from (
        select recording_id, min(start_ts) as start_ts, max(end_ts) as end_ts, sum(segment_count)::bigint as segment_count,
          sum(size_bytes)::bigint as size_bytes, string_agg(${numbersOf(sql`track`)}, ', ' order by track) as numbers
        from (
          select recording_id, track, min(start_ts) as start_ts, max(end_ts) as end_ts, count(*) as segment_count,
            coalesce(sum(size_bytes), 0) as size_bytes, min(seq) as first_seq, max(seq) as last_seq
          from segments where stream = ${stream} group by recording_id, track
        ) as of_track group by recording_id
      ) as c
      join recordings r on r.id = c.recording_id
      left join lateral (
        select string_agg(${numbersOf(sql`track`)}, ', ' order by track) as numbers
        from tracks where recording_id = r.id and (first_seq is not null or last_seq is not null)
      ) as k on true
      where (r.start_ts, r.end_ts, r.segment_count, r.size_bytes, k.numbers)
          is distinct from (c.start_ts, c.end_ts, c.segment_count, c.size_bytes, c.numbers)
        and c.start_ts < ${toUs} and c.end_ts >= ${fromUs}
      order by r.id
    `.execute(database.db);
    for (const row of rows) yield toDifference(row);
  }
}

function numbersOf(track: RawBuilder<unknown>): RawBuilder<string> {
  return sql`${track} || ' ' || coalesce(first_seq::text, '?') || '–' || coalesce(last_seq::text, '?')`;
}

function toDifference(row: DifferenceRow): RecordingDifference {
  return {
    recordingId: row.id,
    stream: row.stream,
    nodeAlias: row.node_alias,
    dir: row.dir,
    sessionNo: row.session_no,
    stored: {
      startUs: row.start_ts,
      endUs: row.end_ts,
      segmentCount: row.segment_count,
      sizeBytes: row.size_bytes,
      numbers: row.numbers ?? 'none',
    },
    counted: {
      startUs: row.counted_start,
      endUs: row.counted_end,
      segmentCount: row.counted_count,
      sizeBytes: row.counted_bytes,
      numbers: row.counted_numbers,
    },
  };
}

/** Sets what is kept of a recording and its tracks to a recount. Safe beside writers. */
export async function repairRecording(
  database: Database,
  { recordingId, ...lane }: { recordingId: string; stream: string; nodeAlias: string },
): Promise<void> {
  await inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [lane]);
    // Segments that are examined meanwhile are counted by the row, which this holds.
    await sql`select 1 from recordings where id = ${recordingId} for update`.execute(trx);
    await sql`
      with of_tracks as (
        select track_id, min(start_ts) as start_ts, max(end_ts) as end_ts, count(*) as segment_count,
          coalesce(sum(size_bytes), 0) as size_bytes, min(seq) as first_seq, max(seq) as last_seq
        from segments where stream = ${lane.stream} and recording_id = ${recordingId} group by track_id
      ), numbered as (
        update tracks t set first_seq = x.first_seq, last_seq = x.last_seq
        from tracks own left join of_tracks x on x.track_id = own.id
        where t.id = own.id and own.recording_id = ${recordingId}
      )
      update recordings r set start_ts = x.start_ts, end_ts = x.end_ts, segment_count = x.segment_count,
        size_bytes = x.size_bytes
      from (
        select min(start_ts) as start_ts, max(end_ts) as end_ts, sum(segment_count) as segment_count,
          sum(size_bytes) as size_bytes from of_tracks
      ) as x
      where r.id = ${recordingId} and x.start_ts is not null
    `.execute(trx);
  });
}

/** The streams that have recordings, by name. */
async function* recordedStreams(
  { db }: Database,
  stream: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  if (stream !== undefined) {
    yield stream;
    return;
  }
  for (let last: string | null = ''; ; ) {
    signal?.throwIfAborted();
    const { rows }: { rows: { stream: string | null }[] } = await sql<{ stream: string | null }>`
      select min(stream) as stream from recordings where stream > ${last}
    `.execute(db);
    last = rows[0]?.stream ?? null;
    if (last === null) return;
    yield last;
  }
}

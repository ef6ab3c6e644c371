import { type Kysely, sql, type Transaction } from 'kysely';
import type { ClockSource, Track } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import type { ObjectState, Tables } from '../db/tables.ts';
import type { InitSegment } from '../media/init-segment.ts';
import type { AnalysisCarryJson, SegmentAnalysis } from '../media/repair.ts';
import { startsLateEnough } from './range-conditions.ts';
import { RETRY_WINDOW_US } from './session-choice.ts';

/** A track with what its analysis needs. */
export interface TrackContext extends TimeRange {
  trackId: string;
  recordingId: string;
  track: Track;
  stream: string;
  nodeAlias: string;
  dir: string;
  sessionNo: number;
  initPath: string;
  initState: ObjectState;
  /** Of its init file, as it was read first; null before. */
  entryType: string | null;
  timescale: number | null;
  zeroUs: number | null;
  clockSource: ClockSource | null;
  carry: AnalysisCarryJson | null;
  analysedSeq: number;
}

/** The track, with the time its recording spans; null when it is gone. */
export async function loadTrack(db: Kysely<Tables>, trackId: string): Promise<TrackContext | null> {
  const row = await db
    .selectFrom('tracks as t')
    .innerJoin('recordings as r', 'r.id', 't.recording_id')
    .selectAll('t')
    .select(['r.stream', 'r.node_alias', 'r.dir', 'r.session_no', 'r.start_ts', 'r.end_ts'])
    .where('t.id', '=', trackId)
    .executeTakeFirst();
  if (!row) return null;
  return {
    trackId,
    recordingId: row.recording_id,
    track: row.track,
    stream: row.stream,
    nodeAlias: row.node_alias,
    dir: row.dir,
    sessionNo: row.session_no,
    // Rows may be moved while they are examined.
    startUs: row.start_ts - RETRY_WINDOW_US,
    endUs: row.end_ts + RETRY_WINDOW_US,
    initPath: row.init_path,
    initState: row.init_state,
    entryType: row.entry_type,
    timescale: row.timescale,
    zeroUs: row.zero_ts,
    clockSource: row.clock_source,
    carry: row.carry,
    analysedSeq: row.analysed_seq,
  };
}

/** Stores what an init file says, or why it says nothing. */
export async function saveInit(
  trx: Kysely<Tables>,
  trackId: string,
  outcome: { state: ObjectState; init?: InitSegment; mark?: string | null; problem: string | null },
): Promise<void> {
  const { init } = outcome;
  await trx
    .updateTable('tracks')
    .set({
      init_state: outcome.state,
      ...(outcome.mark !== undefined && { init_mark: outcome.mark }),
      problem: init?.problem ?? outcome.problem,
      ...(init && {
        timescale: init.timescale,
        entry_type: init.entryType,
        codec: init.codecString,
        width: init.track === 'video' ? init.width : null,
        height: init.track === 'video' ? init.height : null,
        channels: init.track === 'audio' ? init.channels : null,
        config_hash: init.configHash,
      }),
    })
    .where('id', '=', trackId)
    .execute();
}

export interface RowToExamine {
  id: string;
  seq: number;
  path: string;
  startUs: number;
  endUs: number;
  state: ObjectState;
  analysis: SegmentAnalysis | null;
  /** Since the row was stored. */
  ageMs: number;
}

interface RawRow {
  id: string;
  seq: number;
  path: string;
  start_ts: number;
  end_ts: number;
  state: ObjectState;
  analysis: SegmentAnalysis | null;
  age_ms: number;
}

const COLUMNS = sql`
  id, seq, path, start_ts, end_ts, state, analysis,
  (extract(epoch from now() - created_at) * 1000)::float8 as age_ms
`;

/** The next segments in file order behind `analysedSeq`, those anchored before included. */
export async function nextInOrder(
  db: Kysely<Tables>,
  track: TrackContext,
  limit: number,
): Promise<RowToExamine[]> {
  const { rows } = await sql<RawRow>`
    select ${COLUMNS} from segments
    where track_id = ${track.trackId} and start_ts between ${track.startUs} and ${track.endUs}
      and seq > ${track.analysedSeq} and state in ('pending', 'ok')
    order by seq limit ${limit}
  `.execute(db);
  return rows.map(toRow);
}

/** Pending segments that came after later ones were examined, or have no number. */
export async function lateComers(
  db: Kysely<Tables>,
  track: TrackContext,
  limit: number,
): Promise<RowToExamine[]> {
  const { rows } = await sql<RawRow>`
    select ${COLUMNS} from segments
    where track_id = ${track.trackId} and start_ts between ${track.startUs} and ${track.endUs}
      and seq <= ${track.analysedSeq} and state = 'pending'
    order by seq, start_ts limit ${limit}
  `.execute(db);
  return rows.map(toRow);
}

/** Segments of the track with one of these numbers. */
export async function rowsBySeq(
  db: Kysely<Tables>,
  track: TrackContext,
  seqs: readonly number[],
): Promise<RowToExamine[]> {
  const { rows } = await sql<RawRow>`
    select ${COLUMNS} from segments
    where track_id = ${track.trackId} and start_ts between ${track.startUs} and ${track.endUs}
      and seq = any(${[...seqs]}::int[])
    order by seq
  `.execute(db);
  return rows.map(toRow);
}

function toRow(row: RawRow): RowToExamine {
  return {
    id: row.id,
    seq: row.seq,
    path: row.path,
    startUs: row.start_ts,
    endUs: row.end_ts,
    state: row.state,
    analysis: row.analysis,
    ageMs: row.age_ms,
  };
}

/** What an examined row becomes. */
export interface ExaminedRow {
  id: string;
  seq: number;
  state: ObjectState;
  analysis: SegmentAnalysis | null;
  sizeBytes: number | null;
  /** Of its object, milliseconds since the epoch; null where it is not known. */
  writtenMs: number | null;
  /** Null to leave it as it was reported. */
  isKeyframe: boolean | null;
  problem: string | null;
}

/**
 * Stores outcomes. Rows that were written over or removed in the meantime are left alone.
 *
 * `progress` moves the chain on, unless another manager has done so since the track was loaded.
 */
export async function saveExamined(
  trx: Transaction<Tables>,
  track: TrackContext,
  rows: readonly ExaminedRow[],
  progress: { analysedSeq: number; carry: AnalysisCarryJson | null } | null,
  zeroUs: number | null,
): Promise<void> {
  await sql`
    update segments s set state = x.state, analysis = x.analysis, problem = x.problem,
      size_bytes = coalesce(x.size_bytes, s.size_bytes), written_ms = x.written_ms, is_keyframe = coalesce(x.is_keyframe, s.is_keyframe)
    from unnest(
      ${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.seq)}::int[],
      ${rows.map((row) => row.state)}::text[],
      ${rows.map((row) => (row.analysis === null ? null : JSON.stringify(row.analysis)))}::jsonb[],
      ${rows.map((row) => row.sizeBytes)}::bigint[], ${rows.map((row) => row.isKeyframe)}::boolean[],
      ${rows.map((row) => row.problem)}::text[], ${rows.map((row) => row.writtenMs)}::bigint[]
    ) as x (id, seq, state, analysis, size_bytes, is_keyframe, problem, written_ms)
    where s.track_id = ${track.trackId} and s.seq = x.seq and s.id = x.id
      and s.start_ts between ${track.startUs} and ${track.endUs} and s.state <> 'bad'
  `.execute(trx);
  if (progress !== null) {
    await trx
      .updateTable('tracks')
      .set({
        analysed_seq: progress.analysedSeq,
        carry: progress.carry === null ? null : JSON.stringify(progress.carry),
      })
      .where('id', '=', track.trackId)
      .where('analysed_seq', '=', track.analysedSeq)
      .execute();
  }
  if (zeroUs !== null) {
    await trx
      .updateTable('tracks')
      .set({ zero_ts: zeroUs })
      .where('id', '=', track.trackId)
      .where('zero_ts', 'is', null)
      .execute();
  }
}

/** Gives all pending segments of a track one outcome: its init file is missing or unreadable. */
export async function failPending(db: Kysely<Tables>, track: TrackContext, problem: string): Promise<void> {
  await sql`
    update segments set state = 'bad', problem = ${problem}
    where track_id = ${track.trackId} and start_ts between ${track.startUs} and ${track.endUs}
      and state = 'pending'
  `.execute(db);
}

/** Makes segments pending again that were given this outcome. */
export async function reviveFailed(db: Kysely<Tables>, track: TrackContext, problem: string): Promise<void> {
  await sql`
    update segments set state = 'pending', problem = null
    where track_id = ${track.trackId} and start_ts between ${track.startUs} and ${track.endUs}
      and state = 'bad' and problem = ${problem}
  `.execute(db);
}

/**
 * Tracks that have pending segments, with their number, and those whose init file was not to be had and that have
 * segments since `sinceUs`, with 0.
 */
export async function tracksToExamine(db: Kysely<Tables>, sinceUs: number): Promise<Map<string, number>> {
  const { rows } = await sql<{ track_id: string; count: number }>`
    select track_id, count(*) as count from segments where state = 'pending' group by track_id
    union all
    select t.id, 0 from tracks t join recordings r on r.id = t.recording_id
    where t.init_state in ('missing', 'bad') and r.end_ts >= ${sinceUs}
    order by 2
  `.execute(db);
  return new Map(rows.map((row) => [row.track_id, row.count]));
}

export interface WantedSegment {
  trackId: string;
  nodeAlias: string;
  seq: number;
  path: string;
  state: ObjectState;
}

/** Segments of a stream that touch the range and are pending or missing, oldest first. */
export async function unexaminedInRange(
  db: Kysely<Tables>,
  stream: string,
  { startUs, endUs }: TimeRange,
  limit: number,
): Promise<WantedSegment[]> {
  const { rows } = await sql<{
    track_id: string;
    node_alias: string;
    seq: number;
    path: string;
    state: ObjectState;
  }>`
    select track_id, node_alias, seq, path, state from segments
    where stream = ${stream} and state in ('pending', 'missing')
      and ${startsLateEnough(stream, startUs)} and start_ts < ${endUs} and end_ts > ${startUs}
    order by start_ts limit ${limit}
  `.execute(db);
  return rows.map(({ track_id: trackId, node_alias: nodeAlias, ...row }) => ({ trackId, nodeAlias, ...row }));
}

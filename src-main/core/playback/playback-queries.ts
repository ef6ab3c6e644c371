import type { Selectable } from 'kysely';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_HOUR, US_PER_SECOND, usToTicks } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import type { RecordingsTable, SegmentsTable, TracksTable } from '../db/tables.ts';
import { INIT_OVERWRITTEN } from '../segments/rewritten-tracks.ts';
import type { LostTrack } from './init-presence.ts';
import type { Lane, PlayRecording, PlaySegment, PlayTrack } from './media-model.ts';

/** No segment is believed to be longer than this: rows that began earlier are not looked for. */
const LONGEST_SEGMENT_US = 600 * US_PER_SECOND;
/** An emptied storage leaves millions. */
const MOST_LOST = 10_000;
/** Better times of a recording move its rows by less. */
const FARTHEST_MOVE_US = US_PER_HOUR;

export type SegmentRow = Selectable<SegmentsTable>;

/** What is stored of one stream in a range. */
export interface PlaybackMedia {
  /** Those with something in the range; a track without segments there is null. */
  readonly recordings: PlayRecording[];
  /** Why tracks of these recordings cannot be decoded, in words; each once. */
  readonly problems: string[];
  /** Tracks that would be here if their init file could be used; each with the span of its segments. */
  readonly lostTracks: readonly LostTrack[];
  /** Whether a node still writes one of them, as far as its status says. */
  readonly isActive: boolean;
}

const SEGMENT_COLUMNS = [
  'id',
  'path',
  'state',
  'start_ts',
  'end_ts',
  'is_keyframe',
  'size_bytes',
  'analysis',
  'track_id',
  'recording_id',
] as const;

const TRACK_COLUMNS = [
  'id',
  'recording_id',
  'track',
  'init_path',
  'init_state',
  'zero_ts',
  'clock_source',
  'timescale',
  'entry_type',
  'codec',
  'width',
  'height',
  'channels',
  'config_hash',
  'problem',
  'analysed_seq',
] as const;

export type TrackRow = Pick<Selectable<TracksTable>, (typeof TRACK_COLUMNS)[number]>;

/**
 * Reads what can be played of `stream` in `range`: all nodes, both tracks.
 *
 * Three indexed queries, whatever the range; that of the segments touches only the partitions of the range. Tracks that
 * cannot be decoded or whose clock is not known yet are left out.
 */
export async function readPlaybackMedia(
  { db }: Database,
  stream: string,
  range: TimeRange,
): Promise<PlaybackMedia> {
  const segments = await db
    .selectFrom('segments')
    .select(SEGMENT_COLUMNS)
    .where('stream', '=', stream)
    .where('start_ts', '>=', range.startUs - LONGEST_SEGMENT_US)
    .where('start_ts', '<', range.endUs)
    .where('end_ts', '>', range.startUs)
    .orderBy('start_ts')
    .execute();
  const recordingIds = [...new Set(segments.map((segment) => segment.recording_id))];
  if (recordingIds.length === 0) return { recordings: [], problems: [], lostTracks: [], isActive: false };
  const [recordings, tracks] = await Promise.all([
    db.selectFrom('recordings').selectAll().where('id', 'in', recordingIds).execute(),
    db.selectFrom('tracks').select(TRACK_COLUMNS).where('recording_id', 'in', recordingIds).execute(),
  ]);
  const byTrack = new Map<string, ListedSegment[]>();
  for (const segment of segments) {
    const own = byTrack.get(segment.track_id);
    if (own) own.push(segment);
    else byTrack.set(segment.track_id, [segment]);
  }
  const problems = tracks.flatMap((track) => (byTrack.has(track.id) ? (track.problem ?? []) : []));
  return {
    recordings: recordings.map((row) =>
      playRecording(
        row,
        tracks.filter((track) => track.recording_id === row.id),
        byTrack,
      ),
    ),
    problems: [...new Set(problems)],
    lostTracks: lostTracksOf(recordings, tracks, byTrack),
    isActive: recordings.some((row) => row.status === 'active'),
  };
}

function lostTracksOf(
  recordings: readonly Selectable<RecordingsTable>[],
  tracks: readonly TrackRow[],
  segments: ReadonlyMap<string, readonly ListedSegment[]>,
): LostTrack[] {
  const aliases = new Map(recordings.map((row) => [row.id, row.node_alias]));
  return tracks.flatMap((track) => {
    const { id, init_path: initPath, init_state: state, problem } = track;
    const [own, nodeAlias] = [segments.get(id), aliases.get(track.recording_id)];
    if (!own || nodeAlias === undefined || (state !== 'missing' && state !== 'bad')) return [];
    // Its init file does not come back: the recorder wrote that of another codec over it, and new segments.
    if (problem === INIT_OVERWRITTEN) return [];
    const startUs = Math.min(...own.map((row) => row.start_ts));
    const endUs = Math.max(...own.map((row) => row.end_ts));
    return { id, nodeAlias, initPath, configHash: track.config_hash, startUs, endUs };
  });
}

/**
 * One segment of `stream` with the tracks of its recording, or null.
 *
 * `startUs` says where to look: there, and around it for a row that was moved since. Without it, as in names made by
 * hand, the whole stream is searched.
 */
export async function readSegment(
  { db }: Database,
  stream: string,
  segmentId: string,
  startUs: number | null,
): Promise<{ segment: SegmentRow; tracks: TrackRow[] } | null> {
  const ofStream = db
    .selectFrom('segments')
    .selectAll()
    .where('stream', '=', stream)
    .where('id', '=', segmentId);
  const around =
    startUs === null
      ? ofStream
      : ofStream
          .where('start_ts', '>=', startUs - FARTHEST_MOVE_US)
          .where('start_ts', '<=', startUs + FARTHEST_MOVE_US);
  const near =
    startUs === null ? undefined : await ofStream.where('start_ts', '=', startUs).executeTakeFirst();
  const segment = near ?? (await around.executeTakeFirst());
  if (!segment) return null;
  const tracks = await db
    .selectFrom('tracks')
    .select(TRACK_COLUMNS)
    .where('recording_id', '=', segment.recording_id)
    .execute();
  return { segment, tracks };
}

/** A track if it belongs to a recording of `stream`, else null. */
export async function readTrack(
  { db }: Database,
  stream: string,
  trackId: string,
): Promise<{ track: TrackRow; recordingTracks: TrackRow[]; nodeAlias: string } | null> {
  const owner = await db
    .selectFrom('recordings')
    .innerJoin('tracks', 'tracks.recording_id', 'recordings.id')
    .select(['recordings.id', 'recordings.node_alias'])
    .where('tracks.id', '=', trackId)
    .where('recordings.stream', '=', stream)
    .executeTakeFirst();
  if (!owner) return null;
  const recordingTracks = await db
    .selectFrom('tracks')
    .select(TRACK_COLUMNS)
    .where('recording_id', '=', owner.id)
    .execute();
  const track = recordingTracks.find((candidate) => candidate.id === trackId);
  return track ? { track, recordingTracks, nodeAlias: owner.node_alias } : null;
}

/** The segment of a track that starts at a wall time, give or take a millisecond, or null. */
export async function findSegmentAt(
  { db }: Database,
  stream: string,
  trackId: string,
  startUs: number,
): Promise<{ id: string; startUs: number } | null> {
  const row = await db
    .selectFrom('segments')
    .select(['id', 'start_ts as startUs'])
    .where('stream', '=', stream)
    .where('start_ts', '>=', startUs - 1000)
    .where('start_ts', '<=', startUs + 1000)
    .where('track_id', '=', trackId)
    .executeTakeFirst();
  return row ?? null;
}

/** The segment that follows in the same track, or null; only its time and analysis. */
export async function readFollowingSegment(
  { db }: Database,
  segment: Pick<SegmentRow, 'stream' | 'start_ts' | 'track_id'>,
): Promise<Pick<SegmentRow, 'start_ts' | 'analysis'> | null> {
  const row = await db
    .selectFrom('segments')
    .select(['start_ts', 'analysis'])
    .where('stream', '=', segment.stream)
    .where('start_ts', '>', segment.start_ts)
    .where('start_ts', '<=', segment.start_ts + LONGEST_SEGMENT_US)
    .where('track_id', '=', segment.track_id)
    .where('state', '=', 'ok')
    .orderBy('start_ts')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** Start of the first segment of a stream at or behind an instant, whatever its state; null where none is. */
export async function readNextStart({ db }: Database, stream: string, atUs: number): Promise<number | null> {
  const row = await db
    .selectFrom('segments')
    .select('start_ts')
    .where('stream', '=', stream)
    .where('start_ts', '>=', atUs)
    .orderBy('start_ts')
    .limit(1)
    .executeTakeFirst();
  return row?.start_ts ?? null;
}

/**
 * The recorded times around a range that has none: the last end before it, the first start after it. Null where there
 * is none, or where too much is lost in between to go through.
 */
export async function readNearestTimes(
  { db }: Database,
  stream: string,
  range: TimeRange,
): Promise<{ nearestBeforeUs: number | null; nearestAfterUs: number | null }> {
  const near = db
    .selectFrom('segments')
    .select(['start_ts', 'end_ts', 'state'])
    .where('stream', '=', stream)
    .limit(MOST_LOST);
  const usableOf = (rows: typeof near) =>
    db.selectFrom(rows.as('near')).selectAll().where('state', 'in', ['ok', 'pending']).limit(1);
  const [before, after] = await Promise.all([
    usableOf(near.where('start_ts', '<', range.startUs).orderBy('start_ts', 'desc'))
      .orderBy('start_ts', 'desc')
      .executeTakeFirst(),
    usableOf(near.where('start_ts', '>=', range.endUs).orderBy('start_ts'))
      .orderBy('start_ts')
      .executeTakeFirst(),
  ]);
  return { nearestBeforeUs: before?.end_ts ?? null, nearestAfterUs: after?.start_ts ?? null };
}

/** What is added to a track's own ticks to put it on the axis of its recording; null until its clock is known. */
export function axisOffset(
  track: TrackRow,
  recordingTracks: readonly TrackRow[],
): { zeroUs: number; offsetTicks: number } | null {
  if (track.zero_ts === null || track.timescale === null) return null;
  const zeros = recordingTracks.flatMap((other) => other.zero_ts ?? []);
  const zeroUs = Math.min(...zeros);
  return { zeroUs, offsetTicks: usToTicks(track.zero_ts - zeroUs, track.timescale) };
}

type ListedSegment = Pick<SegmentRow, (typeof SEGMENT_COLUMNS)[number]>;

function playRecording(
  row: Selectable<RecordingsTable>,
  tracks: readonly TrackRow[],
  segments: ReadonlyMap<string, readonly ListedSegment[]>,
): PlayRecording {
  const zeros = tracks.flatMap((track) => track.zero_ts ?? []);
  const laneOf = (kind: 'video' | 'audio'): Lane | null => {
    const track = tracks.find((candidate) => candidate.track === kind);
    const own = track && segments.get(track.id);
    return own ? playLane(track, tracks, own) : null;
  };
  return {
    id: row.id,
    nodeAlias: row.node_alias,
    zeroUs: zeros.length > 0 ? Math.min(...zeros) : row.start_ts,
    video: laneOf('video'),
    audio: laneOf('audio'),
  };
}

function playLane(
  row: TrackRow,
  tracks: readonly TrackRow[],
  segments: readonly ListedSegment[],
): Lane | null {
  const axis = axisOffset(row, tracks);
  if (!axis || row.timescale === null || row.codec === null || row.config_hash === null) return null;
  if (row.problem !== null || row.init_state !== 'ok') return null;
  const track: PlayTrack = {
    id: row.id,
    recordingId: row.recording_id,
    kind: row.track,
    timescale: row.timescale,
    zeroUs: row.zero_ts ?? axis.zeroUs,
    offsetTicks: axis.offsetTicks,
    codec: row.codec,
    entryType: row.entry_type ?? '',
    configHash: row.config_hash,
    width: row.width,
    height: row.height,
    channels: row.channels,
    initPath: row.init_path,
  };
  return { track, segments: segments.map((segment) => playSegment(segment, track, axis.zeroUs)) };
}

function playSegment(row: ListedSegment, track: PlayTrack, zeroUs: number): PlaySegment {
  const { analysis } = row;
  const common = {
    id: row.id,
    path: row.path,
    startUs: row.start_ts,
    endUs: row.end_ts,
    sizeBytes: row.size_bytes,
    analysis,
  };
  if (analysis) {
    const { offsetTicks } = track;
    const first = track.kind === 'audio' ? analysis.startTicks : analysis.firstSyncTicks;
    return {
      ...common,
      // Nothing is left of a segment that holds only repeats.
      state: analysis.keptCount === 0 ? 'bad' : row.state,
      startTicks: analysis.startTicks + offsetTicks,
      endTicks: analysis.endTicks + offsetTicks,
      syncTicks: first === null ? null : first + offsetTicks,
      sampleCount: analysis.keptCount,
    };
  }
  const startTicks = usToTicks(row.start_ts - zeroUs, track.timescale);
  return {
    ...common,
    state: row.state,
    startTicks,
    endTicks: usToTicks(row.end_ts - zeroUs, track.timescale),
    syncTicks: row.is_keyframe || track.kind === 'audio' ? startTicks : null,
    sampleCount: null,
  };
}

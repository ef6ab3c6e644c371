import { sql } from 'kysely';
import type {
  ClockSource,
  SegmentDetail,
  TimelineSegment,
  Track,
} from '../../../src-shared/model/segment.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import type { SegmentAnalysis } from '../media/repair.ts';
import { countTimeline, findPageDays, type PageDays } from './count-timeline.ts';
import { nearestCoverage } from './coverage-queries.ts';
import { dayOf, MERGE_TOLERANCE_US } from './coverage-spans.ts';
import { startsLateEnough, touches } from './range-conditions.ts';

export interface TimelineQuery {
  /** Inclusive, as upstream has it; without it from the first segment on. */
  startUs?: number;
  /** Inclusive; without it up to the last. */
  endUs?: number;
  limit: number;
  offset: number;
}

const LATEST_US = Number.MAX_SAFE_INTEGER;

/**
 * One page of a stream's segments that touch the range, oldest first, and how many there are in all.
 *
 * Of each recording only the main track: its pictures, or its sound where it has no pictures.
 */
export async function timelinePage(
  { db }: Database,
  stream: string,
  query: TimelineQuery,
): Promise<{ segments: TimelineSegment[]; totalCount: number }> {
  const { startUs = 0, endUs = LATEST_US, limit, offset } = query;
  const counting = countTimeline(db, stream, { startUs, endUs });
  const listing = findPageDays(db, stream, { startUs, endUs }, { limit, offset }).then((days) =>
    listPage(db, stream, { startUs, endUs, limit, offset }, days),
  );
  const [totalCount, segments] = await Promise.all([counting, listing]);
  return { totalCount, segments };
}

async function listPage(
  db: Database['db'],
  stream: string,
  { endUs, limit, offset, startUs }: Required<TimelineQuery>,
  { fromUs, skippedCount, toUs }: PageDays,
): Promise<TimelineSegment[]> {
  const { rows } = await sql<{
    id: string;
    start_ts: number;
    end_ts: number;
    duration_ms: number;
    path: string;
    is_keyframe: boolean;
    created_at: Date;
    node_alias: string;
    clock_source: ClockSource;
  }>`
    select id, start_ts, end_ts, duration_ms, path, is_keyframe, created_at, node_alias, clock_source
    from segments s where ${touches(stream, { startUs, endUs })}
      ${fromUs === null ? sql`` : sql`and s.start_ts >= ${fromUs}::bigint`}
      ${toUs === null ? sql`` : sql`and s.start_ts < ${toUs}::bigint`}
    order by start_ts, id limit ${limit} offset ${offset - skippedCount}
  `.execute(db);
  return rows.map((row) => ({ ...row, created_at: upstreamTime(row.created_at) }));
}

/** As upstream prints it: `2025-08-02 10:00:12.345 +00:00`. */
function upstreamTime(time: Date): string {
  return time.toISOString().replace('T', ' ').replace('Z', ' +00:00');
}

export interface Instant {
  segment: SegmentDetail | null;
  beforeUs: number | null;
  afterUs: number | null;
}

interface DetailRow {
  id: string;
  node_alias: string;
  start_ts: number;
  end_ts: number;
  path: string;
  size_bytes: number | null;
  clock_source: ClockSource;
  is_keyframe: boolean;
  analysis: SegmentAnalysis | null;
  problem: string | null;
  track: Track;
  recording_id: string;
  main_node: string | null;
}

/**
 * The segment under an instant, or the nearest recorded times around it.
 *
 * Of several nodes the one with most recorded time on that UTC day goes first; another's segment fills its gap. In
 * a hole too short to be a gap the segment behind it stands for the instant.
 */
export async function instantAt(database: Database, stream: string, instantUs: number): Promise<Instant> {
  const [row] = await segmentAt(database, stream, instantUs);
  if (row) return { segment: await toDetail(database, row), beforeUs: null, afterUs: null };
  const { beforeUs, afterUs } = await nearestCoverage(database, stream, instantUs);
  return { segment: null, beforeUs, afterUs };
}

async function segmentAt({ db }: Database, stream: string, instantUs: number): Promise<DetailRow[]> {
  const dayUs = dayOf(instantUs) * US_PER_DAY;
  const { rows } = await sql<DetailRow>`
    with main as (
      select node_alias from coverage
      where stream = ${stream} and track in ('video', 'audio')
        and start_ts >= ${dayUs} and start_ts < ${dayUs + US_PER_DAY}
      group by node_alias order by sum(end_ts - start_ts) desc, node_alias limit 1
    )
    select s.*, (select node_alias from main) as main_node from segments s
    where stream = ${stream} and ${startsLateEnough(stream, instantUs)}
      and start_ts <= ${instantUs + MERGE_TOLERANCE_US} and end_ts > ${instantUs}
    order by start_ts > ${instantUs}, track = 'video' desc, state in ('missing', 'bad'),
      node_alias = (select node_alias from main) desc, start_ts desc
    limit 1
  `.execute(db);
  return rows;
}

async function toDetail({ db }: Database, row: DetailRow): Promise<SegmentDetail> {
  const tracks = await db
    .selectFrom('tracks')
    .select(['track', 'codec', 'width', 'height', 'problem'])
    .where('recording_id', '=', row.recording_id)
    .execute();
  const video = tracks.find(({ track }) => track === 'video');
  const audio = tracks.find(({ track }) => track === 'audio');
  const own = row.track === 'video' ? video : audio;
  return {
    id: row.id,
    node: row.node_alias,
    startUs: row.start_ts,
    endUs: row.end_ts,
    path: row.path,
    sizeBytes: row.size_bytes,
    clockSource: row.clock_source,
    isKeyframe: row.is_keyframe,
    droppedSamples: row.analysis?.dropped.length ?? 0,
    problem: row.problem ?? own?.problem ?? null,
    fillsGapOf: row.main_node !== null && row.main_node !== row.node_alias ? row.main_node : null,
    videoCodec: video?.codec ?? null,
    audioCodec: audio?.codec ?? null,
    width: video?.width ?? null,
    height: video?.height ?? null,
    audioProblem: audio?.problem ?? null,
  };
}

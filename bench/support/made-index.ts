import pg from 'pg';

/** What an index is filled with: streams that were recorded by one node each, day by day. */
export interface IndexPlan {
  readonly streamCount: number;
  /** Whole and part days; the newest ends at `endUs`. */
  readonly days: number;
  readonly endUs: number;
}

const US_PER_DAY = 86_400_000_000;
const SEGMENT_US = 10_000_000;
/** A stream of which every index, whatever its size, holds the same month; its segments are long, so that they are few. */
export const MONTH_STREAM = 'month';
const MONTH_DAYS = 31;
const MONTH_SEGMENT_US = 60_000_000;
const NODES = 8;
/** Statements under way at once. */
const WRITERS = 3;
const WEEK_US = 7 * US_PER_DAY;

/** Names of the streams of a plan. */
export function streamNames({ streamCount }: Pick<IndexPlan, 'streamCount'>): string[] {
  return Array.from({ length: streamCount }, (_, i) => `cam-${String(i + 1).padStart(3, '0')}`);
}

/**
 * Fills a migrated database with rows as recorders leave them: pictures and sound in segments of 10 s, a recording per
 * stream and day, half a minute missing every two hours, all of it examined; coverage and totals as they follow.
 *
 * Returns how many segments there are.
 */
export async function makeIndex(url: string, plan: IndexPlan): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: WRITERS, options: '-c synchronous_commit=off' });
  try {
    const startUs = Math.floor((plan.endUs - plan.days * US_PER_DAY) / SEGMENT_US) * SEGMENT_US;
    const monthStartUs =
      Math.floor((plan.endUs - MONTH_DAYS * US_PER_DAY) / MONTH_SEGMENT_US) * MONTH_SEGMENT_US;
    const firstUs = Math.min(startUs, monthStartUs);
    for (let week = Math.floor(firstUs / WEEK_US); week <= Math.floor(plan.endUs / WEEK_US); week += 1) {
      await pool.query('select ensure_segment_partition($1)', [week]);
    }
    // Rows come in as they do in life: all streams side by side, day after day.
    const jobs: DayJob[] = [];
    const add = (name: string, index: number, fromUs: number, toUs: number, segmentUs: number) =>
      jobs.push({ stream: name, index, fromUs, toUs, segmentUs });
    for (const { fromUs, toUs } of daysOf(monthStartUs, plan.endUs)) {
      add(MONTH_STREAM, 0, fromUs, toUs, MONTH_SEGMENT_US);
    }
    for (const { fromUs, toUs } of daysOf(startUs, plan.endUs)) {
      for (const [index, stream] of streamNames(plan).entries()) add(stream, index, fromUs, toUs, SEGMENT_US);
    }
    let next = 0;
    let segmentCount = 0;
    const work = async () => {
      for (let job = jobs[next++]; job; job = jobs[next++]) {
        const made = await makeDay(pool, job);
        segmentCount += made;
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, work));
    await pool.query(BOUNDS);
    await pool.query('vacuum analyze');
    return segmentCount;
  } finally {
    await pool.end();
  }
}

interface DayJob {
  stream: string;
  /** Number of the stream. */
  index: number;
  fromUs: number;
  toUs: number;
  segmentUs: number;
}

/** The days of a range, cut to it. */
function daysOf(startUs: number, endUs: number): { fromUs: number; toUs: number }[] {
  const days: { fromUs: number; toUs: number }[] = [];
  for (let fromUs = startUs; fromUs < endUs; ) {
    const toUs = Math.min((Math.floor(fromUs / US_PER_DAY) + 1) * US_PER_DAY, endUs);
    days.push({ fromUs, toUs });
    fromUs = toUs;
  }
  return days;
}

async function makeDay(pool: pg.Pool, { stream, index, fromUs, toUs, segmentUs }: DayJob): Promise<number> {
  const node = `edge-${(index % NODES) + 1}`;
  const record = String(Math.floor(fromUs / 1_000_000));
  const count = Math.floor((toUs - fromUs) / segmentUs);
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rowCount } = await client.query(DAY, [
      stream,
      node,
      record,
      fromUs,
      toUs,
      count,
      index,
      segmentUs,
    ]);
    await client.query(COVERAGE, [stream, Math.floor(fromUs / US_PER_DAY)]);
    await client.query('commit');
    return rowCount ?? 0;
  } finally {
    client.release();
  }
}

/** Stream, node, record id, start, end, number of segments, number of the stream, length of a segment. */
const DAY = `
  with recording as (
    insert into recordings (stream, node_alias, dir, record, start_ts, end_ts, status, segment_count, size_bytes)
    select $1::text, $2::text, $1 || '/' || $3, $3::text, $4::bigint, $5::bigint, 'completed', 2 * count(*),
      sum(video_bytes($7::int, n) + 80000)
    from generate_series(0, $6::int - 1) as n where is_there(n * ($8::bigint / ${SEGMENT_US})::int, $7)
    returning id
  ), made_tracks as (
    insert into tracks (recording_id, track, init_path, init_state, zero_ts, clock_source, timescale, entry_type,
      codec, width, height, channels, config_hash, analysed_seq, first_seq, last_seq)
    select id, kind.track, $1 || '/' || $3 || '/' || left(kind.track, 1) || '_init.m4s', 'ok', $4, 'reported',
      kind.timescale, kind.entry_type, kind.codec, kind.width, kind.height, kind.channels, kind.track, $6, 1, $6
    from recording, (values
      ('video', 90000, 'avc1', 'avc1.42e01f', 1280, 720, null),
      ('audio', 48000, 'Opus', 'opus', null, null, 2)
    ) as kind (track, timescale, entry_type, codec, width, height, channels)
    returning id, recording_id, track, timescale
  )
  insert into segments (id, node_alias, stream, start_ts, end_ts, duration_ms, path, is_keyframe, track, recording_id,
    track_id, seq, size_bytes, clock_source, state, analysis)
  select gen_random_uuid(), $2, $1, $4 + n * $8::bigint, $4 + (n + 1) * $8, $8 / 1000,
    $1 || '/' || $3 || '/' || left(t.track, 1) || '_seg_' || lpad((n + 1)::text, 4, '0') || '.m4s', true, t.track,
    t.recording_id, t.id, n + 1, case when t.track = 'video' then video_bytes($7, n) else 80000 end, 'reported', 'ok',
    format('{"v":1,"sampleCount":300,"keptCount":300,"startTicks":%s,"lastTicks":%s,"endTicks":%s,"firstSyncTicks":%s,"firstSyncIndex":0,"dropped":[],"corrections":[],"usualTicks":%s,"isRewritten":false,"isSpoiledBefore":false}',
      n * ($8 / 1000000) * t.timescale, (n + 1) * ($8 / 1000000) * t.timescale - t.timescale / 30,
      (n + 1) * ($8 / 1000000) * t.timescale, n * ($8 / 1000000) * t.timescale, t.timescale / 30)::jsonb
  from made_tracks t, generate_series(0, $6 - 1) as n
  where is_there(n * ($8 / ${SEGMENT_US})::int, $7)
  order by n`;

const COVERAGE = `
  insert into coverage (stream, track, node_alias, start_ts, end_ts, is_estimated)
  select $1::text, track, node_alias, start_ts, end_ts, is_estimated from recount_coverage($1, $2::int)
  on conflict (stream, track, start_ts, node_alias) do nothing`;

const BOUNDS = `
  insert into recorded_streams (stream, node_alias, track, start_ts, end_ts, longest_us)
  select stream, node_alias, track, min(start_ts), max(end_ts),
    case stream when '${MONTH_STREAM}' then ${MONTH_SEGMENT_US} else ${SEGMENT_US} end from coverage group by 1, 2, 3
  on conflict do nothing`;

/** Makes the functions that the statements above call. */
export async function prepareMakingIndex(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      create or replace function is_there(n int, of_stream int) returns boolean language sql immutable as
        $$ select (n + of_stream * 37) % 720 > 2 $$;
      create or replace function video_bytes(of_stream int, n int) returns bigint language sql immutable as
        $$ select (1000000 + (of_stream % 7) * 700000 + (n * 7919) % 300000)::bigint $$`);
  } finally {
    await client.end();
  }
}

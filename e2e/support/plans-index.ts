import type pg from 'pg';
import type { Scan } from './statement-plans.ts';

/** An index to ask questions of: large, so that each is answered by a small part of it. */

export const HOUR_US = 3_600_000_000;
export const DAY_US = 24 * HOUR_US;
export const WEEK_US = 7 * DAY_US;
export const WEEKS = 12;
export const STREAMS = 10;
export const TIMESCALE = 90_000;
/** The start of a week, counted from the epoch. */
export const START_US = Math.floor(Date.UTC(2026, 2, 5) / (WEEK_US / 1000)) * WEEK_US;
export const END_US = START_US + WEEKS * WEEK_US;
/** In the middle of a week. */
export const AT_US = START_US + 8 * WEEK_US + 3 * DAY_US + 5 * HOUR_US;

/** Names of the tables of weeks that hold segments. */
export const SEGMENTS = /^segments_w/;

/** The weeks that were looked at, by the names of their tables. */
export const weeksOf = (scans: readonly Scan[]) =>
  new Set(scans.map(({ table }) => table).filter((table) => SEGMENTS.test(table)));

/** Fills a migrated database: a segment every ten minutes is enough for plans. */
export async function fillIndex(pool: pg.Pool): Promise<void> {
  for (let week = START_US / WEEK_US; week < END_US / WEEK_US; week += 1) {
    await pool.query('select ensure_segment_partition($1)', [week]);
  }
  await pool.query(`
    insert into recordings (stream, node_alias, dir, start_ts, end_ts, status)
    select 'cam-' || s, 'edge-' || s % 3, 'cam-' || s || '/' || d, ${START_US} + d * ${DAY_US},
      ${START_US} + (d + 1) * ${DAY_US}, case when (s + d) % 50 = 0 then 'failed' else 'completed' end
    from generate_series(0, ${STREAMS - 1}) as s, generate_series(0::bigint, ${WEEKS * 7 - 1}) as d`);
  // Of two streams with sound one has none but sound every tenth day; a third has sound alone.
  await pool.query(`
    insert into tracks (recording_id, track, init_path, zero_ts, timescale, clock_source)
    select r.id, t.track, r.dir || '/' || left(t.track, 1) || '_init.m4s', r.start_ts, ${TIMESCALE}, 'reported'
    from recordings r, unnest(array['video', 'audio']) as t (track)
    where case t.track when 'video' then not (stream = 'cam-4' and start_ts / ${DAY_US} % 10 = 0 or stream = 'cam-5')
      else stream in ('cam-3', 'cam-4', 'cam-5') end`);
  await pool.query(`
    insert into segments (id, node_alias, stream, start_ts, end_ts, duration_ms, path, is_keyframe, track,
      recording_id, track_id, seq, clock_source, state)
    select gen_random_uuid(), r.node_alias, r.stream, r.start_ts + n * 600000000, r.start_ts + (n + 1) * 600000000 - 5000000,
      595000, r.dir || '/v_seg_' || n || '.m4s', true, t.track, r.id, t.id, n + 1, 'reported', 'ok'
    from recordings r join tracks t on t.recording_id = r.id, generate_series(0::bigint, 143) as n`);
  await pool.query(`
    insert into coverage (stream, track, node_alias, start_ts, end_ts, is_estimated)
    select stream, track, node_alias, start_ts, end_ts, false from segments`);
  await pool.query(`
    insert into recorded_streams (stream, node_alias, track, start_ts, end_ts, longest_us)
    select stream, node_alias, track, min(start_ts), max(end_ts), 595000000 from segments group by 1, 2, 3`);
  await pool.query('vacuum analyze');
}

import { type RawBuilder, sql } from 'kysely';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';

/** Of the segments `s` those of main tracks that touch the range, both ends inclusive. */
export function touches(stream: string, { endUs, startUs }: TimeRange): RawBuilder<unknown> {
  return sql`s.stream = ${stream} and ${startsLateEnough(stream, startUs)} and s.start_ts <= ${endUs}
    and s.end_ts >= ${startUs} and ${IS_MAIN}`;
}

/**
 * Whether the segment `s` is of the main track of its recording: pictures, or sound where there are none. A value and
 * not an `exists`, which the planner may answer by reading the tracks of all recordings.
 */
export const IS_MAIN: RawBuilder<unknown> = sql`(s.track = 'video' or (
  select t.id from tracks t where t.recording_id = s.recording_id and t.track = 'video' limit 1) is null)`;

/**
 * What holds for every segment that touches `startUs`: none is longer than the longest, nor than a day.
 *
 * The day is known when the query is planned, so that partitions before it are not even looked at.
 */
export function startsLateEnough(stream: string, startUs: number): RawBuilder<unknown> {
  return sql`start_ts >= ${startUs - US_PER_DAY}::bigint and start_ts >= ${startUs}::bigint - coalesce(
    (select max(longest_us) from recorded_streams where stream = ${stream}), 0)`;
}

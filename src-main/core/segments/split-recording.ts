import { sql, type Transaction } from 'kysely';
import type { Tables } from '../db/tables.ts';
import { setRecordingBounds } from './change-segments.ts';

/** A recording that goes on as another one from some time on. */
export interface Continuation {
  /** The recording of before; it is over. */
  fromId: string;
  /** The one that goes on, which is stored. */
  toId: string;
  /** Since when, microseconds since the epoch. */
  sinceUs: number;
}

/**
 * Moves what a recording has after `sinceUs` of tracks that the other one does not have, so that pictures and sound of
 * one time are in one recording. Coverage and totals do not change by it. The stream must be locked.
 */
export async function continueRecording(
  trx: Transaction<Tables>,
  { fromId, sinceUs, toId }: Continuation,
): Promise<void> {
  const { rows: kept } = await sql<{ from_id: string; to_id: string }>`
    with old as (
      select t.*, gen_random_uuid() as new_id from tracks t
      where t.recording_id = ${fromId}
        and not exists (select from tracks n where n.recording_id = ${toId} and n.track = t.track)
    ), made as (
      insert into tracks (id, recording_id, track, init_path, init_state, init_mark, zero_ts, clock_source, timescale,
        entry_type, codec, width, height, channels, config_hash, problem, carry, analysed_seq)
      select new_id, ${toId}, track, init_path, init_state, init_mark, zero_ts, clock_source, timescale,
        entry_type, codec, width, height, channels, config_hash, problem, carry, analysed_seq
      from old
    )
    select id as from_id, new_id as to_id from old
  `.execute(trx);
  await sql`
    update recordings set status = 'completed' where id = ${fromId} and status in ('active', 'unknown')
  `.execute(trx);
  if (kept.length === 0) return;
  await sql`
    with moved as (
      update segments s set recording_id = ${toId}, track_id = k.to_id
      from recordings r, unnest(${kept.map((k) => k.from_id)}::uuid[], ${kept.map((k) => k.to_id)}::uuid[])
        as k (from_id, to_id)
      where r.id = ${fromId} and s.stream = r.stream and s.start_ts between r.start_ts and r.end_ts
        and s.track_id = k.from_id and s.end_ts > ${sinceUs}
      returning s.start_ts, s.end_ts
    )
    update recordings r set start_ts = least(r.start_ts, m.start_ts), end_ts = greatest(r.end_ts, m.end_ts)
    from (select min(start_ts) as start_ts, max(end_ts) as end_ts from moved) as m
    where r.id = ${toId} and m.start_ts is not null
  `.execute(trx);
  await setRecordingBounds(trx, fromId);
}

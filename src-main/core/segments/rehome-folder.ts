import { sql, type Transaction } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';
import { recountCoverage } from './coverage-store.ts';
import type { SessionFolder } from './session-store.ts';
import { inTransaction, lockStreams, type StreamOfNode } from './stream-lock.ts';

/**
 * Gives the recordings of a folder that were indexed under another name, of the node or of the stream, to those of
 * `folder`: rows, coverage and totals. Answers how many recordings moved. Ids stay, so what is known by path stays known.
 */
export function rehomeFolder({ db }: Database, folder: SessionFolder, from: StreamOfNode): Promise<number> {
  const { dir, nodeAlias, stream } = folder;
  return inTransaction(db, async (trx) => {
    await lockStreams(trx, [folder, from]);
    const { rows: moved } = await sql<{ id: string }>`
      update recordings set stream = ${stream}, node_alias = ${nodeAlias}, session_no = session_no + (
        select coalesce(max(session_no), -1) + 1 from recordings
        where stream = ${stream} and node_alias = ${nodeAlias} and dir = ${dir})
      where stream = ${from.stream} and node_alias = ${from.nodeAlias} and dir = ${dir}
      returning id
    `.execute(trx);
    if (moved.length === 0) return 0;
    const { rows } = await sql<{ track: Track; start_ts: number; end_ts: number }>`
      with moved as (
        update segments s set stream = ${stream}, node_alias = ${nodeAlias}
        from recordings r, tracks t
        where r.id = any(${moved.map(({ id }) => id)}::uuid[]) and t.recording_id = r.id and s.track_id = t.id
          and s.stream = ${from.stream} and s.start_ts between r.start_ts and r.end_ts
        returning s.track, s.start_ts, s.end_ts
      )
      select track, min(start_ts)::bigint as start_ts, max(end_ts)::bigint as end_ts from moved group by track
    `.execute(trx);
    for (const { track, start_ts: fromUs, end_ts: toUs } of rows) {
      await copyLane(trx, track, from, folder);
      for (const lane of [from, { stream, nodeAlias }])
        await recountCoverage(trx, { ...lane, track }, fromUs, toUs);
    }
    return moved.length;
  });
}

/** The lane of the node, with bounds that the recount corrects. */
async function copyLane(
  trx: Transaction<Tables>,
  track: Track,
  from: StreamOfNode,
  to: StreamOfNode,
): Promise<void> {
  await sql`
    insert into recorded_streams as r (stream, node_alias, track, start_ts, end_ts, longest_us)
    select ${to.stream}, ${to.nodeAlias}, track, start_ts, end_ts, longest_us from recorded_streams
    where stream = ${from.stream} and node_alias = ${from.nodeAlias} and track = ${track}
    on conflict (stream, node_alias, track) do update set longest_us = greatest(r.longest_us, excluded.longest_us)
  `.execute(trx);
}

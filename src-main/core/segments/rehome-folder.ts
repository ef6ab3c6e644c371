import { sql, type Transaction } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';
import { recountCoverage } from './coverage-store.ts';
import type { SessionFolder } from './session-store.ts';
import { inTransaction, lockStreams } from './stream-lock.ts';

/**
 * Gives the recordings of a folder that were indexed under another name to the node of `folder`: rows, coverage and
 * totals. Answers how many recordings moved. Ids stay, so what is known by path stays known.
 */
export function rehomeFolder({ db }: Database, folder: SessionFolder, from: string): Promise<number> {
  const { dir, nodeAlias, stream } = folder;
  return inTransaction(db, async (trx) => {
    await lockStreams(trx, [folder, { stream, nodeAlias: from }]);
    const { rows: moved } = await sql<{ id: string }>`
      update recordings set node_alias = ${nodeAlias}, session_no = session_no + (
        select coalesce(max(session_no), -1) + 1 from recordings
        where stream = ${stream} and node_alias = ${nodeAlias} and dir = ${dir})
      where stream = ${stream} and node_alias = ${from} and dir = ${dir}
      returning id
    `.execute(trx);
    if (moved.length === 0) return 0;
    const { rows } = await sql<{ track: Track; start_ts: number; end_ts: number }>`
      with moved as (
        update segments s set node_alias = ${nodeAlias}
        from recordings r, tracks t
        where r.id = any(${moved.map(({ id }) => id)}::uuid[]) and t.recording_id = r.id and s.track_id = t.id
          and s.stream = ${stream} and s.start_ts between r.start_ts and r.end_ts
        returning s.track, s.start_ts, s.end_ts
      )
      select track, min(start_ts)::bigint as start_ts, max(end_ts)::bigint as end_ts from moved group by track
    `.execute(trx);
    for (const { track, start_ts: fromUs, end_ts: toUs } of rows) {
      await copyLane(trx, stream, track, from, nodeAlias);
      for (const alias of [from, nodeAlias])
        await recountCoverage(trx, { stream, nodeAlias: alias, track }, fromUs, toUs);
    }
    return moved.length;
  });
}

/** The lane of the node, with bounds that the recount corrects. */
async function copyLane(
  trx: Transaction<Tables>,
  stream: string,
  track: Track,
  from: string,
  to: string,
): Promise<void> {
  await sql`
    insert into recorded_streams as r (stream, node_alias, track, start_ts, end_ts, longest_us)
    select stream, ${to}, track, start_ts, end_ts, longest_us from recorded_streams
    where stream = ${stream} and node_alias = ${from} and track = ${track}
    on conflict (stream, node_alias, track) do update set longest_us = greatest(r.longest_us, excluded.longest_us)
  `.execute(trx);
}

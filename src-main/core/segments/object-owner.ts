import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { FOUND_NODE, NAMELESS_NODE, type NodePlaces } from './node-places.ts';

/**
 * Another node whose indexed media the object is, in the storage that `alias` records to now; null where it is of no
 * recording, of the node itself, of a node that records elsewhere, or of one that nobody knows.
 */
export async function otherOwnerOf(
  database: Database,
  places: NodePlaces,
  alias: string,
  path: string,
): Promise<string | null> {
  const dir = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const { rows } = await sql<{ node_alias: string }>`
    select distinct r.node_alias from recordings r
    where r.dir = ${dir} and r.node_alias <> all(${[alias, FOUND_NODE, NAMELESS_NODE]}::text[])
      and exists (
        select from tracks t where t.recording_id = r.id and (t.init_path = ${path} or exists (
          select from segments s
          where s.stream = r.stream and s.start_ts between r.start_ts and r.end_ts
            and s.track_id = t.id and s.path = ${path} and s.state = 'ok')))
  `.execute(database.db);
  for (const { node_alias: owner } of rows) {
    if (places.placeOf(owner) === places.placeOf(alias)) return owner;
  }
  return null;
}

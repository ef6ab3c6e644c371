import { type RawBuilder, sql } from 'kysely';
import { US_PER_HOUR } from '../../../src-shared/util/units.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import type { Database } from '../db/database.ts';
import { isNamedAfter, parseRecordingFolder } from '../recordings/recording-path.ts';
import { folderOf } from '../storage/object-path.ts';
import { FOUND_NODE, NAMELESS_NODE, type NodePlaces } from './node-places.ts';
import type { SessionFolder } from './session-store.ts';

/**
 * Another node whose the object is, in the storage that `alias` records to now; null where it is of no recording, of
 * the node itself, of a node that records elsewhere, or of one that nobody knows.
 *
 * A folder that bears a record id is of one recording, so that all of it is its node's; where that node is not watched
 * any more (`isWatched`), it may be the same one under another name, and only what is indexed is left alone. Nodes may
 * share the folder of a day.
 */
export async function otherOwnerOf(
  database: Database,
  { isWatched, places }: { readonly isWatched: (alias: string) => boolean; readonly places: NodePlaces },
  alias: string,
  path: string,
): Promise<string | null> {
  const dir = folderOf(path);
  const isOfOne = parseRecordingFolder(dir).record !== null;
  const { rows } = await sql<{ node_alias: string; is_media: boolean }>`
    select r.node_alias, bool_or(${isMediaOfRow(path)}) as is_media
    from recordings r
    where r.dir = ${dir} and r.node_alias <> all(${[alias, FOUND_NODE, NAMELESS_NODE]}::text[])
    group by r.node_alias
  `.execute(database.db);
  for (const { is_media: isMedia, node_alias: owner } of rows) {
    const isOwned = isMedia || (isOfOne && isWatched(owner));
    if (isOwned && places.placeOf(owner) === places.placeOf(alias)) return owner;
  }
  return null;
}

/** Whether the object is indexed media of the recording `r`. */
function isMediaOfRow(path: string): RawBuilder<boolean> {
  return sql`exists (
    select from tracks t where t.recording_id = r.id and (t.init_path = ${path} or exists (
      select from segments s
      where s.stream = r.stream and s.start_ts between r.start_ts and r.end_ts
        and s.track_id = t.id and s.path = ${path} and s.state = 'ok')))`;
}

/** An upload queue comes again with what was stored, when the answer was lost: so long after the end it may. */
const COMES_AGAIN_US = US_PER_HOUR;

/**
 * The node whose indexed media the object is, of a recording that ended more than an hour ago; null for all else. Who
 * has only the token of all nodes may write what is new, and again what is recent, but not over what is settled.
 */
export async function settledOwnerOf({ db }: Database, clock: Clock, path: string): Promise<string | null> {
  const dir = folderOf(path);
  const { rows } = await sql<{ node_alias: string }>`
    select r.node_alias from recordings r
    where r.dir = ${dir} and not exists (
        select from recordings l where l.dir = r.dir and (l.status = 'active' or l.end_ts > ${nowUs(clock) - COMES_AGAIN_US}::bigint))
      and ${isMediaOfRow(path)}
    limit 1
  `.execute(db);
  return rows[0]?.node_alias ?? null;
}

/** Whose folder it is that somebody else tells of. */
export interface ForeignFolder {
  readonly nodeAlias: string;
  readonly stream: string;
}

/**
 * The recording of another node and another stream in a folder that is not named after `stream`, in the storage that
 * the node records to now; null where the folder is nobody's else. Who tells of it would hand it to the viewers of
 * its own stream.
 *
 * What was found in the storage is named after its folder, which may be any; it counts where other nodes have recorded
 * a stream of that name.
 */
export async function foreignFolder(
  database: Database,
  places: NodePlaces,
  { dir, nodeAlias, stream }: SessionFolder,
): Promise<ForeignFolder | null> {
  if (dir === '' || isNamedAfter(dir, stream)) return null;
  const nobody = [FOUND_NODE, NAMELESS_NODE];
  const { rows } = await sql<{ node_alias: string; stream: string }>`
    select r.node_alias, r.stream from recordings r
    where r.dir = ${dir} and r.stream <> ${stream} and r.node_alias <> ${nodeAlias}
      and (r.node_alias <> all(${nobody}::text[]) or exists (
        select from recordings o
        where o.stream = r.stream and o.node_alias <> all(${[...nobody, nodeAlias]}::text[])))
  `.execute(database.db);
  const place = places.placeOf(nodeAlias);
  const owner = rows.find(
    ({ node_alias }) => nobody.includes(node_alias) || places.placeOf(node_alias) === place,
  );
  return owner ? { nodeAlias: owner.node_alias, stream: owner.stream } : null;
}

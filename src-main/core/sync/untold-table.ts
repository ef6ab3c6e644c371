import { sql } from 'kysely';
import { MS_PER_MINUTE, US_PER_HOUR } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';

/** What the index knows of folders, for those who look for what nobody told of. */

/** Whose a folder is. */
export interface OwnerOfFolder {
  readonly stream: string;
  readonly nodeAlias: string;
  /** The index has recordings of it. */
  readonly isKnown: boolean;
}

/** Before the look so much more: who went away may have lost what was reported last. */
const MARGIN_MS = 10 * MS_PER_MINUTE;

/** When a storage was looked through last, milliseconds since the epoch; null where it never was. */
export async function readLook({ db }: Database, place: string): Promise<number | null> {
  const row = await db
    .selectFrom('storage_looks')
    .select('looked_at')
    .where('place', '=', place)
    .executeTakeFirst();
  return row?.looked_at.getTime() ?? null;
}

export async function saveLook({ db }: Database, place: string, atMs: number): Promise<void> {
  const change = { looked_at: new Date(atMs) };
  await db
    .insertInto('storage_looks')
    .values({ place, ...change })
    .onConflict((conflict) => conflict.column('place').doUpdateSet(change))
    .execute();
}

/** Folders of a storage that these nodes have recorded into since then, as far as the index knows. */
export async function recordedLately(
  { db }: Database,
  aliases: readonly string[],
  place: string,
  sinceMs: number,
): Promise<string[]> {
  if (aliases.length === 0) return [];
  const sinceUs = (sinceMs - MARGIN_MS) * 1000;
  const { rows } = await sql<{ dir: string }>`
    select distinct dir from recordings
    where node_alias = any(${[...aliases]}::text[]) and (place is null or place = ${place}) and dir <> ''
      and end_ts > ${sinceUs}::bigint
      and start_ts > ${sinceUs}::bigint - ${US_PER_HOUR}::bigint * (select hours from longest_recording)
  `.execute(db);
  return rows.map(({ dir }) => dir);
}

/** Those of the folders that nodes list, or once did; without what these nodes do, whose folders lie elsewhere. */
export async function listedFolders(
  { db }: Database,
  dirs: readonly string[],
  elsewhere: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ dir: string }>`
    select distinct dir from node_recordings
    where dir = any(${[...dirs]}::text[]) and node_alias <> all(${[...elsewhere]}::text[])
  `.execute(db);
  return new Set(rows.map(({ dir }) => dir));
}

/** Whose the latest recording in each of the folders is, of those in a storage or of these nodes. */
export async function foldersWithRows(
  { db }: Database,
  dirs: readonly string[],
  place: string,
  aliases: readonly string[],
): Promise<Map<string, OwnerOfFolder>> {
  const { rows } = await sql<{ dir: string; stream: string; node_alias: string }>`
    select distinct on (dir) dir, stream, node_alias from recordings
    where dir = any(${[...dirs]}::text[])
      and (place = ${place} or (place is null and node_alias = any(${[...aliases]}::text[])))
    order by dir, start_ts desc
  `.execute(db);
  return new Map(
    rows.map(({ dir, node_alias: nodeAlias, stream }) => [dir, { stream, nodeAlias, isKnown: true }]),
  );
}

/** Which of these nodes have recorded a stream, by stream. */
export async function nodesOfStreams(
  { db }: Database,
  aliases: readonly string[],
): Promise<Map<string, Set<string>>> {
  const rows = await db
    .selectFrom('recorded_streams')
    .select(['stream', 'node_alias'])
    .distinct()
    .where('node_alias', 'in', [...aliases])
    .execute();
  const nodes = new Map<string, Set<string>>();
  for (const { node_alias: alias, stream } of rows) {
    nodes.set(stream, (nodes.get(stream) ?? new Set()).add(alias));
  }
  return nodes;
}

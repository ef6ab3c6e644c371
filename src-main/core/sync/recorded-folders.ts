import { sql } from 'kysely';
import { MS_PER_DAY, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { parseRecordingFolder } from '../recordings/recording-path.ts';
import type { SessionFolder } from '../segments/session-store.ts';
import { folderOf } from '../storage/object-path.ts';
import type { CallOptions, ListOptions, ObjectStore } from '../storage/object-store.ts';

/** Streams and folders by folder. */
export type FoldersOfStreams = Map<string, string>;

/** A recording of so long ago still runs: managers begin a new one each day. */
const LONGEST_MS = 2 * MS_PER_DAY;

/** `stream/YYYY/MM/DD` of the UTC day of an instant, milliseconds since the epoch. */
export function datedFolder(stream: string, atMs: number): string {
  return `${stream}/${new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '/')}`;
}

/**
 * The streams that a node has recorded since a time (milliseconds since the epoch) or not long before, and the folders
 * of what it is recording, as far as the index knows.
 */
export async function knownFolders(
  { db }: Database,
  alias: string,
  sinceMs: number,
): Promise<{ streams: string[]; running: FoldersOfStreams }> {
  const { rows } = await sql<{ stream: string; dir: string; is_running: boolean }>`
    select stream, dir, bool_or(status = 'active') as is_running from recordings
    where node_alias = ${alias} and (status = 'active' or end_ts > ${(sinceMs - LONGEST_MS) * 1000}::bigint)
    group by stream, dir
  `.execute(db);
  return {
    streams: [...new Set(rows.map(({ stream }) => stream))],
    running: new Map(rows.filter((row) => row.is_running).map(({ dir, stream }) => [dir, stream])),
  };
}

/** All streams that the index has of a node. */
export async function recordedStreams({ db }: Database, alias: string): Promise<string[]> {
  const rows = await db
    .selectFrom('recorded_streams')
    .select('stream')
    .distinct()
    .where('node_alias', '=', alias)
    .execute();
  return rows.map(({ stream }) => stream);
}

/** Says of the latest recording of a folder that it goes on, where nobody has said so. */
export async function markRunning(
  { db }: Database,
  { dir, nodeAlias, stream }: SessionFolder,
): Promise<void> {
  await sql`
    update recordings set status = 'active' where status = 'unknown' and id = (
      select id from recordings where stream = ${stream} and node_alias = ${nodeAlias} and dir = ${dir}
      order by start_ts desc limit 1)
  `.execute(db);
}

/**
 * The folders of a stream that are named after a day since then, or not long before. As many listings as there are
 * such folders, and one.
 */
export async function dayFolders(
  store: ObjectStore,
  stream: string,
  sinceMs: number,
  options: CallOptions,
): Promise<string[]> {
  const dirs: string[] = [];
  let after = datedFolder(stream, sinceMs - LONGEST_MS);
  while (true) {
    const dir = await nextFolder(store, `${stream}/2`, { ...options, after });
    if (dir === null) return dirs;
    if (parseRecordingFolder(dir).day !== null) dirs.push(dir);
    // Behind all names in it: of all characters 0 comes next after the slash.
    after = `${dir}0`;
  }
}

/** The folder of the first object. */
async function nextFolder(store: ObjectStore, prefix: string, options: ListOptions): Promise<string | null> {
  for await (const { path } of store.list(prefix, options)) return folderOf(path);
  return null;
}

/**
 * The folders of a stream that are named after the second of their start and began since then, or not long before, as
 * some of these nodes name them; oldest first.
 */
export async function timedFolders(
  store: ObjectStore,
  stream: string,
  sinceMs: number,
  options: CallOptions,
): Promise<string[]> {
  const dirs = new Set<string>();
  const since = Math.floor((sinceMs - LONGEST_MS) / MS_PER_SECOND);
  // All such names begin with a 1 until the year 2033; those of dates do not.
  const listed = store.list(`${stream}/1`, { ...options, after: `${stream}/${since}` });
  for await (const { path } of listed) {
    const dir = folderOf(path);
    if (parseRecordingFolder(dir).record !== null) dirs.add(dir);
  }
  return [...dirs];
}

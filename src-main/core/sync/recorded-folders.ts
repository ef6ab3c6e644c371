import { sql } from 'kysely';
import { MS_PER_DAY, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { parseRecordingFolder, type RecordingFolder } from '../recordings/recording-path.ts';
import type { SessionFolder } from '../segments/session-store.ts';
import { type CallOptions, foldersIn, type ObjectStore } from '../storage/object-store.ts';

/** Streams and folders by folder. */
export type FoldersOfStreams = Map<string, string>;

/** A recording of so long ago still runs: managers begin a new one each day. */
const LONGEST_MS = 2 * MS_PER_DAY;
/** Names of streams may have slashes, and lie in a folder of the operator's choice. */
const MAX_DEPTH = 6;
/** A storage of which other things take the greater part is not gone through as a whole. */
const MAX_LISTINGS = 10_000;

/** `stream/YYYY/MM/DD` of the UTC day of an instant, milliseconds since the epoch. */
export function datedFolder(stream: string, atMs: number): string {
  return `${stream}/${dayOf(atMs).replaceAll('-', '/')}`;
}

/**
 * The streams that a node has recorded lately, and the folders of what it is recording, as far as the index knows;
 * `nowMs` in milliseconds since the epoch.
 */
export async function knownFolders(
  { db }: Database,
  alias: string,
  nowMs: number,
): Promise<{ streams: string[]; running: FoldersOfStreams }> {
  const { rows } = await sql<{ stream: string; dir: string; is_running: boolean }>`
    select stream, dir, bool_or(status = 'active') as is_running from recordings
    where node_alias = ${alias} and (status = 'active' or end_ts > ${(nowMs - LONGEST_MS) * 1000}::bigint)
    group by stream, dir
  `.execute(db);
  return {
    streams: [...new Set(rows.map(({ stream }) => stream))],
    running: new Map(rows.filter((row) => row.is_running).map(({ dir, stream }) => [dir, stream])),
  };
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
 * The folders of a stream that are named after the second of their start and began since then, or not long before, as
 * some nodes name them; oldest first. One listing.
 */
export async function timedFolders(
  store: ObjectStore,
  stream: string,
  sinceMs: number,
  options: CallOptions,
): Promise<string[]> {
  const isRecent = recentSince(sinceMs);
  const folders = await foldersIn(store, stream, options);
  return folders.filter((dir) => isRecent(parseRecordingFolder(dir)));
}

/**
 * All folders of a storage that are named after a second or a day since then, or not long before. Only names of folders
 * are read, none below those of recordings or of earlier years and months; `isCut` where there are too many.
 */
export async function recentFolders(
  store: ObjectStore,
  sinceMs: number,
  options: CallOptions,
): Promise<{ dirs: string[]; isCut: boolean }> {
  const isRecent = recentSince(sinceMs);
  const firstDay = dayOf(sinceMs - LONGEST_MS);
  const dirs: string[] = [];
  const queue = [''];
  let listingCount = 0;
  for (const parent of queue) {
    if (listingCount === MAX_LISTINGS) return { dirs, isCut: true };
    listingCount += 1;
    for (const dir of await foldersIn(store, parent, options)) {
      const folder = parseRecordingFolder(dir);
      if (isRecent(folder)) dirs.push(dir);
      else if (folder.record !== null || folder.day !== null) continue;
      else if (dir.split('/').length < MAX_DEPTH && !isPast(dir, firstDay)) queue.push(dir);
    }
  }
  return { dirs, isCut: false };
}

function recentSince(sinceMs: number): (folder: RecordingFolder) => boolean {
  const firstMs = sinceMs - LONGEST_MS;
  const [firstDay, firstSecond] = [dayOf(firstMs), Math.floor(firstMs / MS_PER_SECOND)];
  return ({ day, record }) =>
    record === null ? day !== null && day >= firstDay : Number(record) >= firstSecond;
}

/** Whether a folder is that of a year, or of a month, before the one of a day. */
function isPast(dir: string, day: string): boolean {
  const [, year, month] = /\/(20\d\d)(?:\/(\d\d))?$/.exec(dir) ?? [];
  if (year === undefined) return false;
  return month === undefined ? year < day.slice(0, 4) : `${year}-${month}` < day.slice(0, 7);
}

/** `YYYY-MM-DD` of the UTC day of an instant, milliseconds since the epoch. */
function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

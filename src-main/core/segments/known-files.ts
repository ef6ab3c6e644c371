import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { RETRY_WINDOW_US, type Session } from './session-choice.ts';
import { OVERWRITTEN } from './session-store.ts';
import type { StoredFile, StoredFolder } from './storage-folders.ts';

/** Rows of a file; the size that each says, null where it was not seen. */
export interface KnownFile {
  latest: number | null | undefined;
  earlier: (number | null)[];
}

/** Disks and buckets round times; a file older than its init file by more than this belongs to another session. */
export const TIME_ROUNDING_MS = 1000;

/** By path what the sessions have of a folder, from number `firstSeq` on; rows whose file was written over count for nothing. */
export async function knownFiles(
  database: Database,
  sessions: readonly Session[],
  latest: Session | null,
  firstSeq: number,
): Promise<ReadonlyMap<string, KnownFile>> {
  const known = new Map<string, KnownFile>();
  const trackIds = sessions.flatMap((session) => [...session.tracks.values()].map(({ id }) => id));
  if (trackIds.length === 0) return known;
  const { rows } = await sql<{ path: string; size_bytes: number | null; track_id: string }>`
    select path, size_bytes, track_id from segments where track_id = any(${trackIds}::uuid[]) and seq >= ${firstSeq}
      and problem is distinct from ${OVERWRITTEN}
      and start_ts between ${Math.min(...sessions.map((s) => s.startUs)) - RETRY_WINDOW_US}
        and ${Math.max(...sessions.map((s) => s.endUs)) + RETRY_WINDOW_US}
  `.execute(database.db);
  const ofLatest = new Set([...(latest?.tracks.values() ?? [])].map(({ id }) => id));
  for (const { path, size_bytes: sizeBytes, track_id: trackId } of rows) {
    const file = known.get(path) ?? { latest: undefined, earlier: [] };
    if (ofLatest.has(trackId)) file.latest = sizeBytes;
    else file.earlier.push(sizeBytes);
    known.set(path, file);
  }
  return known;
}

/**
 * Whether a file is indexed: a row of the latest session has it, or one of an earlier session has it with this size. Of
 * a track that was written over, what is older than its new init file, or of the size of before where times are those of
 * uploads; what lies on a node tells neither, and its list is that of the new one.
 */
export function isKnown(
  file: StoredFile,
  known: ReadonlyMap<string, KnownFile>,
  newInit: StoredFile | undefined,
): boolean {
  const rows = known.get(file.path);
  if (!rows) return false;
  if (newInit?.isUploaded) return rows.latest != null && !isOtherSize(file, rows.latest);
  if (newInit) return file.modifiedMs < newInit.modifiedMs - TIME_ROUNDING_MS;
  return rows.latest !== undefined || rows.earlier.some((sizeBytes) => !isOtherSize(file, sizeBytes));
}

/** How many segment files, of a track or of all, have the size that the latest session says, and how many another. */
export function countSizes(
  folder: StoredFolder,
  known: ReadonlyMap<string, KnownFile>,
  track: StoredFile['track'] | 'all',
): { sameCount: number; otherCount: number } {
  let sameCount = 0;
  let otherCount = 0;
  for (const file of folder.files) {
    if (file.kind !== 'segment' || (track !== 'all' && file.track !== track)) continue;
    const size = known.get(file.path)?.latest ?? null;
    if (isOtherSize(file, size)) otherCount += 1;
    else if (size !== null && file.sizeBytes > 0) sameCount += 1;
  }
  return { sameCount, otherCount };
}

/** A node's listing tells no sizes. */
function isOtherSize({ sizeBytes }: StoredFile, known: number | null): boolean {
  return sizeBytes > 0 && known !== null && known !== sizeBytes;
}

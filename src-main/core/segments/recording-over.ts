import { sql } from 'kysely';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import type { Manifest } from '../recordings/manifest.ts';
import type { SessionFolder } from './session-store.ts';
import { extentOf, type NodeIndexRow, type StoredFolder } from './storage-folders.ts';

/** Nodes up to late 2025 write static manifests from the start, and a segment every 10 to 15 s. */
const QUIET_MS = MS_PER_MINUTE;
/** A node that was killed leaves its manifest dynamic; one whose publisher pauses writes nothing for minutes. */
const LONG_QUIET_MS = 10 * MS_PER_MINUTE;
/** No recorder cuts faster. */
const SEGMENT_MS = MS_PER_SECOND;

/** Whether nothing more is written of the recording in a folder, as far as its files and its node's own index tell. */
export function isRecordingOver(
  folder: Pick<StoredFolder, 'files'>,
  manifest: Pick<Manifest, 'isDynamic'> | null,
  listedStatus: NodeIndexRow['status'] | null,
  nowMs: number,
): boolean {
  if (listedStatus === 'completed' || listedStatus === 'failed') return true;
  const { firstMs, lastMs: newestMs, lastSeq } = extentOf(folder.files);
  // A time far ahead is that of another clock, and says nothing of the writing.
  const quietMs = Math.abs(nowMs - newestMs);
  if (manifest === null || manifest.isDynamic) return quietMs > LONG_QUIET_MS;
  const wasCopied = newestMs - firstMs < (lastSeq - 1) * SEGMENT_MS;
  return wasCopied || quietMs > QUIET_MS;
}

/**
 * Sets what was found in a folder to `completed`: all of it where it is over, else what was there before its latest
 * recording. What a node lists as open is left to the sync.
 */
export async function markOver(
  { db }: Database,
  { dir, nodeAlias, stream }: SessionFolder,
  place: string | null,
  isOver: boolean,
): Promise<void> {
  await sql`
    update recordings r set status = 'completed'
    where r.stream = ${stream} and r.node_alias = ${nodeAlias} and r.dir = ${dir} and r.status in ('unknown', 'active')
      and (r.place is null or ${place}::text is null or r.place = ${place})
      and (${isOver} or exists (
        select from recordings l where l.stream = r.stream and l.node_alias = r.node_alias and l.dir = r.dir
          and l.start_ts > r.start_ts))
      and not exists (
        select from node_recordings n where n.node_alias = r.node_alias and n.stream = r.stream and n.dir = r.dir
          and n.state = 'open')
  `.execute(db);
}

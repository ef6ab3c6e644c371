import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { openPlace } from '../storage/open-place.ts';
import type { StorageSet } from '../storage/storage-set.ts';
import { listedFolder } from './folder-owners.ts';
import { type FolderOutcome, indexFolder } from './index-folder.ts';
import { makeIndexTools } from './index-tools.ts';
import { NodePlaces } from './node-places.ts';
import type { SessionFolder } from './session-store.ts';
import { recordingFolders } from './storage-folders.ts';
import type { NewSegment } from './write-segments.ts';

export interface IndexAgainTools {
  readonly database: Database;
  readonly storages: StorageSet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called after COMMIT with rows that were found. */
  readonly onWritten: (rows: readonly NewSegment[]) => void;
}

/**
 * Indexes the folder of a recording anew, in the storage in which its latest recording was seen, or else that of its
 * node. Null where nothing of the stream lies there.
 *
 * Rejects with the signal's reason, storage_unavailable, database_unavailable.
 */
export async function indexAgain(
  tools: IndexAgainTools,
  { dir, nodeAlias, stream }: SessionFolder,
): Promise<FolderOutcome | null> {
  const { database, storages } = tools;
  const latest = await database.db
    .selectFrom('recordings')
    .select('place')
    .where('stream', '=', stream)
    .where('node_alias', '=', nodeAlias)
    .where('dir', '=', dir)
    .orderBy('start_ts', 'desc')
    .limit(1)
    .executeTakeFirst();
  const place = latest?.place ?? storages.ofNode(nodeAlias).store.name;
  const store = storages.at(place)?.store ?? (await openPlace(place, storages.default.config));
  return indexFolderOf(tools, store, dir, nodeAlias, stream);
}

/** Null where there is no such folder, or where it would be indexed as one of another stream than `stream`. */
export async function indexFolderOf(
  { clock, database, logger, onWritten, signal, storages }: IndexAgainTools,
  store: ObjectStore,
  dir: string,
  defaultAlias: string,
  stream?: string,
): Promise<FolderOutcome | null> {
  const place = { places: NodePlaces.of(database, storages), name: store.name };
  for await (const { folder } of recordingFolders(store.list(`${dir}/`, { signal }))) {
    if (folder.dir !== dir) continue;
    const listed = await listedFolder(database, place.places, dir, store.name);
    if (stream !== undefined && stream !== (listed?.stream ?? folder.stream)) return null;
    return indexFolder(makeIndexTools({ clock, database, onWritten }, store, signal), folder, {
      defaultAlias,
      place,
      logger,
    });
  }
  return null;
}

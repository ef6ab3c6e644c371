import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { markOf } from '../segments/rewritten-tracks.ts';
import { readFolderManifest, recordingFolders, type StoredFolder } from '../segments/storage-folders.ts';
import type { CallOptions, ObjectStore } from '../storage/object-store.ts';
import type { IndexedTrack } from './sync-table.ts';

/** The files of a listed recording and where they are. */
export interface FoundFolder {
  readonly store: ObjectStore;
  readonly source: 'storage' | 'node';
  readonly folder: StoredFolder;
}

/** Looks for a recording's folder, in the manager's own storage first. Null when neither has a file of it. */
export async function findFolder(
  dir: string,
  own: ObjectStore,
  ofNode: ObjectStore,
  options: CallOptions,
): Promise<FoundFolder | null> {
  const stored = await folderIn(own, dir, options);
  if (stored) return { store: own, source: 'storage', folder: stored };
  const offered = await folderIn(ofNode, dir, options);
  return offered && { store: ofNode, source: 'node', folder: offered };
}

/** The files of a recording folder; null where there are none but a manifest. */
export async function folderIn(
  store: ObjectStore,
  dir: string,
  options: CallOptions,
): Promise<StoredFolder | null> {
  try {
    for await (const { folder } of recordingFolders(store.list(`${dir}/`, options))) {
      // A manifest alone is no recording.
      if (folder.dir === dir && folder.files.some(({ kind }) => kind !== 'manifest')) return folder;
    }
    return null;
  } catch (error) {
    // A storage folder that nobody has written to yet.
    if (error instanceof AppError && error.code === 'object_missing') return null;
    throw error;
  }
}

/** Older files than this many before the last indexed one are not looked at while a recording runs. */
const TAIL = 16;

/** The folder without the segments that are indexed for long; of a track whose init file has changed, with all. */
export function tailOf(folder: StoredFolder, indexed: ReadonlyMap<string, IndexedTrack>): StoredFolder {
  const changed = new Set(
    folder.files.flatMap((file) => {
      const { initMark = null } = indexed.get(file.track ?? '') ?? {};
      return file.kind === 'init' && initMark !== null && markOf(file) !== initMark ? file.track : [];
    }),
  );
  const isTail = ({ kind, track, seq }: StoredFolder['files'][number]) =>
    kind !== 'segment' || changed.has(track) || seq > (indexed.get(track ?? '')?.lastSeq ?? 0) - TAIL;
  return { ...folder, files: folder.files.filter(isTail) };
}

/** The folder as one whose files nobody writes any more. */
export function finishedFolder(folder: StoredFolder): StoredFolder {
  return { ...folder, files: folder.files.map((file) => ({ ...file, modifiedMs: 0 })) };
}

/** What the manifest of a folder says; null where it has none that can be read. */
export async function readListed(
  { folder, store }: FoundFolder,
  logger: Logger,
  options: CallOptions,
): Promise<{ segmentCount: number; isFinal: boolean } | null> {
  const manifest = await readFolderManifest(store, folder, logger, options);
  if (manifest === null) return null;
  const segmentCount = manifest.tracks.reduce((count, { segments }) => count + segments.length, 0);
  return { segmentCount, isFinal: !manifest.isDynamic };
}

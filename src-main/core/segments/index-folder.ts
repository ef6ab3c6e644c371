import { errorCode } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Manifest } from '../recordings/manifest.ts';
import { FolderTaken } from './folder-owners.ts';
import type { IndexTools } from './index-tools.ts';
import { indexTrack } from './index-track.ts';
import type { NodePlaces } from './node-places.ts';
import { planFolder } from './plan-folder.ts';
import { isRecordingOver, markOver } from './recording-over.ts';
import { type NodeIndexRow, readFolderManifest, type StoredFolder } from './storage-folders.ts';

const MAX_LOOKS = 5;

export interface IndexFolderOptions {
  /** What a node's own index says of the folder. */
  indexRow?: NodeIndexRow | undefined;
  /** For a recording that nothing tells the node of. */
  defaultAlias: string;
  /** Which storage it is and where nodes record; without it all recordings with one path are the same. */
  place?: FolderPlace | undefined;
  /** Whoever asks follows the recording and says itself when it is over. */
  isFollowed?: boolean;
  logger: Logger;
}

/** Where a folder lies. */
export interface FolderPlace {
  places: NodePlaces;
  /** The name of the store; null for what lies on its node alone. */
  name: string | null;
  /** Whether a storage is there no more, by the name of its store; without it every one is taken to be there. */
  isGone?: ((place: string) => Promise<boolean>) | undefined;
}

export interface FolderOutcome {
  /** The node that its rows are of. */
  nodeAlias: string;
  /** Segments that were indexed before. */
  knownCount: number;
  /** Segments that were not; those of an unfinished file are left out. */
  addedCount: number;
  /** A file is still being written: index the folder again later. */
  isUnfinished: boolean;
  /** Files that may not be read or cannot be used; they have no rows, and `problems` says which. */
  leftOutCount: number;
  /** Nothing more is written of it, as far as its files tell; false of one that is followed. */
  isOver: boolean;
  /** What cannot be indexed, in words. */
  problems: string[];
}

/**
 * Indexes what is not indexed yet of one recording folder: recordings, tracks, segments with repaired times.
 *
 * The one path from files to rows: `folder` may hold only the newest files where the others are known to be indexed.
 * Rejects with the signal's reason, storage_unavailable, database_unavailable.
 */
export async function indexFolder(
  tools: IndexTools,
  folder: StoredFolder,
  options: IndexFolderOptions,
): Promise<FolderOutcome> {
  const { store, signal } = tools;
  const manifest = await readFolderManifest(store, folder, options.logger, { signal });
  for (let look = 1; ; look += 1) {
    try {
      return await indexOnce(tools, folder, manifest, options);
    } catch (error) {
      // Another run begins the same recording at this moment.
      const isBegunTwice = errorCode(error) === '23505' || errorCode((error as Error).cause) === '23505';
      if (!(error instanceof FolderTaken || isBegunTwice) || look === MAX_LOOKS) throw error;
    }
  }
}

async function indexOnce(
  tools: IndexTools,
  folder: StoredFolder,
  manifest: Manifest | null,
  options: IndexFolderOptions,
): Promise<FolderOutcome> {
  const { indexRow, isFollowed, logger, place } = options;
  const plan = await planFolder(tools, folder, manifest?.availabilityStartUs ?? null, options);
  const { knownCount, leftOutCount, nodeAlias, problems, stream } = plan;
  for (const problem of problems) logger.warn({ dir: folder.dir, problem }, 'a recording cannot be indexed');
  const outcome = {
    nodeAlias,
    knownCount,
    addedCount: 0,
    isUnfinished: false,
    leftOutCount,
    isOver: false,
    problems,
  };
  for (const job of plan.jobs) {
    const { addedCount, denied, isUnfinished } = await indexTrack(tools, job);
    outcome.leftOutCount += denied.length;
    outcome.problems.push(...denied);
    outcome.addedCount += addedCount;
    outcome.isUnfinished ||= isUnfinished;
  }
  if (!isFollowed && !outcome.isUnfinished && outcome.addedCount + knownCount > 0) {
    outcome.isOver = isRecordingOver(folder, manifest, indexRow?.status ?? null, tools.nowMs());
    await markOver(
      tools.database,
      { stream, nodeAlias, dir: folder.dir },
      place?.name ?? null,
      outcome.isOver,
    );
  }
  return outcome;
}

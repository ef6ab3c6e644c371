import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { parseRecordingFolder } from '../recordings/recording-path.ts';
import { type FolderOutcome, indexFolder } from '../segments/index-folder.ts';
import { makeIndexTools } from '../segments/index-tools.ts';
import { FOUND_NODE, type NodePlaces } from '../segments/node-places.ts';
import { type StoredFile, type StoredFolder, signatureOf } from '../segments/storage-folders.ts';
import type { NewSegment } from '../segments/write-segments.ts';
import { isDenied, type ObjectStore, storeOfNode } from '../storage/object-store.ts';
import { folderIn } from './listed-folder.ts';
import { recentFolders } from './recorded-folders.ts';
import {
  foldersWithRows,
  listedFolders,
  nodesOfStreams,
  type OwnerOfFolder,
  readLook,
  recordedLately,
  saveLook,
} from './untold-table.ts';

export interface UntoldRecordingsOptions {
  readonly database: Database;
  /** The manager's own storage. */
  readonly own: ObjectStore;
  /** Where nodes record. */
  readonly places: NodePlaces;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often a folder on a disk is looked through, milliseconds; a bucket, where each look costs, more rarely. */
  readonly everyMs: number;
  /** Called after COMMIT with the rows that were new. */
  readonly onWritten: (rows: readonly NewSegment[]) => void;
}

/** A node of the cluster. */
export interface LookedNode {
  readonly alias: string;
  /** It has listed all that it recorded, so that nothing else is of it. */
  readonly hasListed: boolean;
}

/** How a folder was when it was looked at last. */
interface Look {
  readonly signature: string;
  /** Nothing is expected of it while it stays so. */
  readonly isSettled: boolean;
  /** When it is to be looked at again, milliseconds, monotonic. */
  readonly nextMs: number;
  /** Nobody else has told of it. */
  readonly isUntold: boolean;
}

/** Of a storage that was never looked through so many days are. */
const FIRST_DAYS = 7;
/** So long a file is left to whoever tells of it: nodes report again for 54 s. */
const YOUNG_MS = 2 * MS_PER_MINUTE;
/** What others tell of, or is wholly indexed, is looked at again this often. */
const REST_MS = MS_PER_HOUR;
/** Looks at a bucket cost money. */
const BUCKET_FACTOR = 60;
const MAX_LOOKS = 10_000;

/**
 * Finds in the storages what no node tells of: recordings that began and ended while the manager was away, of nodes that
 * list nothing or have forgotten it, and segments that were reported to nobody.
 *
 * The names of folders say what is recent enough to be looked at, so the cost follows what is recorded since the last
 * look and not what is stored.
 */
export class UntoldRecordings {
  readonly #looks = new Map<string, Look>();
  /** By place when it is to be looked through again, milliseconds, monotonic. */
  readonly #nextMs = new Map<string, number>();

  constructor(private readonly options: UntoldRecordingsOptions) {}

  /** Looks through the storages of these nodes that it is time for. Rejects with the signal's reason, database_unavailable. */
  async look(nodes: readonly LookedNode[], signal: AbortSignal): Promise<void> {
    const { clock, everyMs, logger, places } = this.options;
    for (const place of new Set(nodes.map(({ alias }) => places.placeOf(alias)))) {
      const own = nodes.filter(({ alias }) => places.placeOf(alias) === place);
      if (clock.monotonicMs() < (this.#nextMs.get(place) ?? Number.NEGATIVE_INFINITY)) continue;
      let pauseMs = everyMs;
      try {
        await this.#lookInto(place, own, nodes, signal);
        if (place.startsWith('s3://')) pauseMs *= BUCKET_FACTOR;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AppError && error.code === 'database_unavailable') throw error;
        logger.debug({ place, reason: errorMessage(error) }, 'a storage was not looked through');
      }
      this.#nextMs.set(place, clock.monotonicMs() + pauseMs);
    }
  }

  async #lookInto(
    place: string,
    own: readonly LookedNode[],
    all: readonly LookedNode[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, database, logger } = this.options;
    const beganMs = clock.nowMs();
    const sinceMs = Math.min((await readLook(database, place)) ?? beganMs - FIRST_DAYS * MS_PER_DAY, beganMs);
    const aliases = own.map(({ alias }) => alias);
    const store = storeOfNode(this.options.own, aliases[0] ?? '');
    const { dirs, isCut } = await recentFolders(store, sinceMs, { signal });
    if (isCut) logger.warn({ place }, 'a storage has too many folders to be looked through');
    const silent = own.flatMap(({ alias, hasListed }) => (hasListed ? [] : alias));
    const elsewhere = all.flatMap(({ alias }) => (aliases.includes(alias) ? [] : alias));
    const lately = await recordedLately(database, silent, place, sinceMs);
    const candidates = [...new Set([...dirs, ...lately])];
    const listed = await listedFolders(database, candidates, elsewhere);
    const rows = await foldersWithRows(database, candidates, place, aliases);
    const ofStream = await nodesOfStreams(database, aliases);
    for (const dir of candidates) {
      signal.throwIfAborted();
      if (listed.has(dir)) continue;
      const { stream } = parseRecordingFolder(dir);
      const owner = ownerOf(own, ofStream.get(stream) ?? new Set());
      await this.#follow(
        store,
        place,
        dir,
        rows.get(dir) ?? { stream, nodeAlias: owner, isKnown: false },
        signal,
      );
    }
    await saveLook(database, place, beganMs);
  }

  async #follow(
    store: ObjectStore,
    place: string,
    dir: string,
    owner: OwnerOfFolder,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger } = this.options;
    const key = `${place}\n${dir}`;
    const look = this.#looks.get(key);
    if (look && clock.monotonicMs() < look.nextMs) return;
    try {
      const found = await folderIn(store, dir, { signal });
      if (!found) return;
      const nowMs = clock.nowMs();
      const isYoung = (file: StoredFile) => Math.abs(nowMs - file.modifiedMs) < YOUNG_MS;
      const isWritten = found.files.some(isYoung);
      const files = found.files.filter((file) => file.kind !== 'segment' || !isYoung(file));
      if (!files.some(({ kind }) => kind === 'segment')) return;
      const signature = signatureOf(files);
      if (look?.isSettled && look.signature === signature) return;
      const outcome = await this.#index(store, place, { ...found, files }, owner, isWritten, signal);
      const { addedCount, isOver, isUnfinished, knownCount } = outcome;
      if (addedCount > 0) logger.info({ dir, place, addedCount }, 'recorded segments that nobody told of');
      const isSettled = !isUnfinished && (isOver || addedCount + knownCount === 0);
      const isUntold = look?.isUntold ?? knownCount === 0;
      const isResting = isSettled || (isWritten && !isUntold);
      const nextMs = clock.monotonicMs() + (isResting ? REST_MS : 0);
      if (this.#looks.size >= MAX_LOOKS) this.#looks.clear();
      this.#looks.set(key, { signature, isSettled, isUntold, nextMs });
    } catch (error) {
      signal.throwIfAborted();
      const isOfAll =
        error instanceof AppError &&
        (error.code === 'database_unavailable' || (error.code === 'storage_unavailable' && !isDenied(error)));
      if (isOfAll) throw error;
      logger.warn({ dir, place, reason: errorMessage(error) }, 'a folder cannot be indexed');
    }
  }

  #index(
    store: ObjectStore,
    place: string,
    folder: StoredFolder,
    { isKnown, nodeAlias, stream }: OwnerOfFolder,
    isFollowed: boolean,
    signal: AbortSignal,
  ): Promise<FolderOutcome> {
    const { logger, places } = this.options;
    const row = {
      stream,
      record: '',
      nodeAlias: isKnown ? null : nodeAlias,
      startUs: null,
      status: 'unknown',
    } as const;
    return indexFolder(makeIndexTools(this.options, store, signal), folder, {
      // What the path says is as good as anything else, where nobody is known to have recorded it.
      indexRow: nodeAlias === FOUND_NODE && !isKnown ? undefined : row,
      defaultAlias: nodeAlias,
      place: { places, name: place },
      isFollowed,
      logger,
    });
  }
}

/**
 * The node that a stream of a storage was recorded by: the only one there that does not list all that it has, or that has
 * recorded it before. Where nothing tells, the name of what was found in a storage, which goes to the node that claims it.
 */
export function ownerOf(nodes: readonly LookedNode[], ofStream: ReadonlySet<string>): string {
  const silent = nodes.filter(({ hasListed }) => !hasListed);
  const able = silent.length > 0 ? silent : nodes;
  const known = able.filter(({ alias }) => ofStream.has(alias));
  const [only, ...others] = able.length > 1 ? known : able;
  return only && others.length === 0 ? only.alias : FOUND_NODE;
}

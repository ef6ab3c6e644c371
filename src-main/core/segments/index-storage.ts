import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage, isAbortError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { ListedObject, ObjectStore } from '../storage/object-store.ts';
import { type FolderOutcome, type IndexFolderOptions, indexFolder } from './index-folder.ts';
import { type IndexTools, makeIndexTools } from './index-tools.ts';
import { FOUND_NODE } from './node-places.ts';
import { readNodeIndex, recordingFolders, type StoredFolder } from './storage-folders.ts';
import { endScan, readScan, ScanPosition, saveScan } from './storage-scan.ts';
import type { NewSegment } from './write-segments.ts';

export interface IndexStorageOptions {
  database: Database;
  store: ObjectStore;
  clock: Clock;
  logger: Logger;
  /** For recordings that nothing tells the node of. */
  nodeAlias?: string | undefined;
  place?: IndexFolderOptions['place'];
  /** Goes through the whole storage, although an earlier run was stopped on its way. */
  isRestart?: boolean | undefined;
  signal?: AbortSignal;
  /** Called now and then, and after each batch of segments. */
  onProgress?: (progress: IndexProgress) => void;
  /** Called after COMMIT with the rows that were new. */
  onWritten?: (rows: readonly NewSegment[]) => void;
}

export interface IndexProgress {
  /** The folder at work. */
  dir: string;
  /** Where the run goes on that was stopped before; null for one from the start. */
  resumedAfter: string | null;
  /** Objects listed, those of the run before included. */
  objectCount: number;
  /** Recording folders gone through. */
  folderCount: number;
  addedCount: number;
  /** Segments that were indexed before. */
  knownCount: number;
  /** Folders and files that were left out, as they cannot be read or used. */
  skippedCount: number;
  /** What could not be indexed, in words; the first hundred. */
  problems: string[];
}

const MAX_PROBLEMS = 100;
/** Folders worked on at once: a bucket and the database take their time, and a folder may hold few files. */
const PARALLEL_FOLDERS = 6;
/** Begins with no further folder while those at work have so many files; one has as many as it has. */
const MANY_FILES = 40_000;
/** When so many folders fail one after the other, the storage is away. */
const FAILURES_IN_A_ROW = 8;
const SAVE_EVERY_MS = 2000;
const TELL_EVERY_OBJECTS = 1000;

/**
 * Walks a storage, finds the recordings of every generation from their file names, and indexes what is not indexed
 * yet: recordings, tracks, segments with repaired times.
 *
 * Each batch is committed, and how far it came is kept, so a run that was stopped goes on where it was; one after it
 * adds only what is new. Memory follows the largest folder, not the number of folders. Rejects with the signal's
 * reason, storage_unavailable, database_unavailable.
 */
export async function indexStorage(options: IndexStorageOptions): Promise<IndexProgress> {
  const { clock, database, store } = options;
  const signal = options.signal ?? new AbortController().signal;
  const scan = options.isRestart ? null : await readScan(database, store.name);
  const progress: IndexProgress = {
    dir: '',
    resumedAfter: scan?.position ?? null,
    objectCount: scan?.objectCount ?? 0,
    folderCount: scan?.folderCount ?? 0,
    addedCount: 0,
    knownCount: 0,
    skippedCount: 0,
    problems: [],
  };
  const tell = () => options.onProgress?.({ ...progress, problems: [...progress.problems] });
  const run = new FolderRun(options, signal, progress, tell);
  const position = new ScanPosition(scan);
  let savedMs = clock.monotonicMs();
  const save = async () => {
    savedMs = clock.monotonicMs();
    if (position.value !== null) await saveScan(database, store.name, position.value);
  };
  try {
    const nodeIndex = await readNodeIndex(store, { signal });
    const onSkipped = (path: string, reason: string) => run.skip(path, reason);
    const listed = store.list('', { signal, onSkipped, after: progress.resumedAfter ?? undefined });
    const objects = counted(listed, () => {
      progress.objectCount += 1;
      if (progress.objectCount % TELL_EVERY_OBJECTS === 0) tell();
    });
    for await (const { folder, resumeAfter } of recordingFolders(objects)) {
      const done = position.begin(resumeAfter, progress.objectCount);
      await run.add(folder, nodeIndex.get(folder.dir), done);
      if (clock.monotonicMs() - savedMs > SAVE_EVERY_MS) await save();
    }
    await run.end();
  } catch (error) {
    await run.end().catch(() => {});
    // The database may be what failed; then the next run does a little twice.
    await save().catch(() => {});
    throw error;
  }
  await endScan(database, store.name);
  tell();
  return progress;
}

/** Indexes folders, several at once. */
class FolderRun {
  readonly #running = new Set<Promise<void>>();
  readonly #tools: IndexTools;
  #fileCount = 0;
  #failure: unknown = null;
  /** Of folders that failed since one did not: of a storage that is away nothing counts as passed. */
  #failed: (() => void)[] = [];

  constructor(
    private readonly options: IndexStorageOptions,
    signal: AbortSignal,
    private readonly progress: IndexProgress,
    private readonly tell: () => void,
  ) {
    const { clock, database, store } = options;
    const onWritten = (rows: readonly NewSegment[]) => {
      progress.addedCount += rows.length;
      options.onWritten?.(rows);
      tell();
    };
    this.#tools = makeIndexTools({ clock, database, onWritten }, store, signal);
  }

  /** Begins with a folder as soon as there is room; `done` is called when all of it is indexed. */
  async add(folder: StoredFolder, indexRow: IndexFolderOptions['indexRow'], done: () => void): Promise<void> {
    while (this.#running.size >= PARALLEL_FOLDERS || this.#fileCount >= MANY_FILES) {
      await Promise.race(this.#running);
    }
    if (this.#failure) throw this.#failure;
    const fileCount = folder.files.length;
    this.#fileCount += fileCount;
    const running = this.#index(folder, indexRow)
      .then(
        () => this.#pass(done),
        (error: unknown) => this.#fail(folder.dir, error, done),
      )
      .finally(() => {
        this.#running.delete(running);
        this.#fileCount -= fileCount;
      });
    this.#running.add(running);
  }

  /** Waits for what is under way. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure) throw this.#failure;
    for (const done of this.#failed.splice(0)) done();
  }

  /** Notes what is left out. */
  skip(path: string, reason: string): void {
    const { progress } = this;
    progress.skippedCount += 1;
    if (progress.problems.length < MAX_PROBLEMS) progress.problems.push(`${path}: ${reason}`);
    this.options.logger.warn({ path, reason }, 'left out of the index');
  }

  #pass(done: () => void): void {
    // What is left behind by a run that ends is left to the next one.
    if (this.#failure === null) for (const each of this.#failed.splice(0)) each();
    done();
  }

  /** One folder that cannot be indexed does not keep the others from it. */
  #fail(dir: string, error: unknown, done: () => void): void {
    const isOfAll = error instanceof AppError && error.code === 'database_unavailable';
    this.#failed.push(done);
    if (isOfAll || isAbortError(error) || this.#failed.length >= FAILURES_IN_A_ROW) this.#failure ??= error;
    else this.skip(dir, errorMessage(error));
  }

  async #index(folder: StoredFolder, indexRow: IndexFolderOptions['indexRow']): Promise<void> {
    const { logger, nodeAlias: defaultAlias = FOUND_NODE, place } = this.options;
    const { progress } = this;
    progress.dir = folder.dir;
    const outcome = await indexFolder(this.#tools, folder, { indexRow, defaultAlias, place, logger });
    const unfinished = `${folder.dir}: a file that is cut off was changed just now, as one that is being written; it is indexed by the next run.`;
    this.#count(outcome.isUnfinished ? { ...outcome, problems: [...outcome.problems, unfinished] } : outcome);
    this.tell();
  }

  #count({ knownCount, leftOutCount, problems }: FolderOutcome): void {
    const { progress } = this;
    progress.folderCount += 1;
    progress.knownCount += knownCount;
    progress.skippedCount += leftOutCount;
    progress.problems.push(...problems.slice(0, MAX_PROBLEMS - progress.problems.length));
  }
}

async function* counted(
  objects: AsyncIterable<ListedObject>,
  count: () => void,
): AsyncGenerator<ListedObject, void, undefined> {
  for await (const object of objects) {
    yield object;
    // Once the next one is asked for: a folder ends with the one before.
    count();
  }
}

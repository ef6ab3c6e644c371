import type { Dispatcher } from 'undici';
import { MS_PER_DAY, MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { callNode } from '../cascade/node-call.ts';
import type { Database } from '../db/database.ts';
import type { NodeAddress } from '../nodes/node-client.ts';
import { indexFolder } from '../segments/index-folder.ts';
import { makeIndexTools } from '../segments/index-tools.ts';
import type { NodePlaces } from '../segments/node-places.ts';
import { extentOf, type NodeIndexRow, type StoredFolder, signatureOf } from '../segments/storage-folders.ts';
import type { NewSegment } from '../segments/write-segments.ts';
import { type ObjectStore, storeOfNode } from '../storage/object-store.ts';
import type { SyncResult } from './index-sync.ts';
import { folderIn } from './listed-folder.ts';
import { parseListPage } from './node-list.ts';
import {
  datedFolder,
  type FoldersOfStreams,
  knownFolders,
  markRunning,
  timedFolders,
} from './recorded-folders.ts';
import { saveCursor } from './sync-table.ts';

export interface FolderSyncOptions {
  readonly database: Database;
  /** The manager's own storage. */
  readonly own: ObjectStore;
  /** Where nodes record. */
  readonly places: NodePlaces;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The longest a node may take to answer. */
  readonly callTimeoutMs?: number | undefined;
  /** Called after COMMIT with the rows that were new. */
  readonly onWritten: (rows: readonly NewSegment[]) => void;
}

/** A folder that a node records into, or has, or may. */
interface Target {
  readonly stream: string;
  readonly status: NodeIndexRow['status'];
  readonly startUs: number | null;
}

/** How a folder was when it was looked at last. */
interface Look {
  readonly signature: string;
  /** Nothing more is expected while it stays so. */
  readonly isSettled: boolean;
}

const CALL_MS = 10 * MS_PER_SECOND;
/** Folders that nobody tells of are looked for in every so many ticks. */
const DISCOVER_EVERY = 6;
const MAX_LOOKS = 10_000;
/** So long a recorder may take for its first segment. */
const FIRST_SEGMENT_MS = MS_PER_MINUTE;

/**
 * Keeps the index in step with nodes that record into a storage of the manager and do not say what: those of the DAILY
 * generation, whose folders are found by the names of their streams, and of SESS, which lists its recordings.
 *
 * Their media are to be had from the storage alone.
 */
export class FolderSync {
  readonly #looks = new Map<string, Look>();
  /** Since when a stream is recorded and nothing of it comes, milliseconds, monotonic. */
  readonly #missing = new Map<string, number>();
  #tick = 0;

  constructor(private readonly options: FolderSyncOptions) {}

  /** `streams` are those that the node lists now. Rejects where the node, the storage or the database fails. */
  async sync(
    node: NodeAddress,
    streams: readonly string[],
    listsSessions: boolean,
    signal: AbortSignal,
  ): Promise<SyncResult> {
    const { clock, database, own } = this.options;
    const store = storeOfNode(own, node.alias);
    const targets = listsSessions
      ? await this.#listed(node, (await knownFolders(database, node.alias, clock.nowMs())).running, signal)
      : await this.#found(node, streams, store, signal);
    const problems: string[] = [];
    const recorded = new Set<string>();
    const seen = new Set<string>();
    for (const [dir, target] of targets) {
      signal.throwIfAborted();
      if (isRunning(target)) recorded.add(target.stream);
      const folder = await folderIn(store, dir, { signal });
      if (!folder) continue;
      if (isYoung(folder, clock.nowMs())) seen.add(target.stream);
      const problem = await this.#follow(node, store, folder, target, signal);
      if (problem !== null) problems.push(`${dir}: ${problem}`);
    }
    problems.push(...this.#notFound(store, recorded, seen));
    this.#tick += 1;
    await saveCursor(database, node.alias, '', null, clock.nowMs());
    return { problems, isMore: false };
  }

  /**
   * The latest recording of each folder that a node lists, and what the index has as running: the list is in its
   * memory, and empty after a start.
   */
  async #listed(
    node: NodeAddress,
    running: FoldersOfStreams,
    signal: AbortSignal,
  ): Promise<Map<string, Target>> {
    const page = parseListPage(await this.#call(node, '/api/records/pull?limit=10000', signal));
    const targets = new Map<string, Target>();
    for (const { dir, startUs, status, stream } of page.recordings) {
      const known = targets.get(dir);
      if (!known || (known.startUs ?? 0) <= startUs) targets.set(dir, { stream, status, startUs });
    }
    for (const [dir, stream] of running) {
      if (!targets.has(dir)) targets.set(dir, { stream, status: 'unknown', startUs: null });
    }
    return targets;
  }

  /** The folders that streams of a node are recorded into by their names, and those the index knows to be open. */
  async #found(
    node: NodeAddress,
    streams: readonly string[],
    store: ObjectStore,
    signal: AbortSignal,
  ): Promise<Map<string, Target>> {
    const { clock, database } = this.options;
    const nowMs = clock.nowMs();
    const known = await knownFolders(database, node.alias, nowMs);
    const names = [...new Set([...streams, ...known.streams])];
    const folders = new Map(known.running);
    for (const stream of names) {
      folders.set(datedFolder(stream, nowMs), stream);
      if (this.#tick % DISCOVER_EVERY !== 0) continue;
      // A recording is named after the day of its start, one after midnight after that of the node's zone.
      for (const day of [-1, 1]) folders.set(datedFolder(stream, nowMs - day * MS_PER_DAY), stream);
      for (const dir of await timedFolders(store, stream, nowMs, { signal })) folders.set(dir, stream);
    }
    const running = await this.#recorded(node, names, signal);
    return new Map(
      [...folders].map(([dir, stream]) => {
        // Which of its folders a stream is recorded into its files tell.
        const status = running.has(stream) ? 'active' : 'unknown';
        return [dir, { stream, status, startUs: null }];
      }),
    );
  }

  /** Those of the streams that the node says it records. */
  async #recorded(node: NodeAddress, streams: readonly string[], signal: AbortSignal): Promise<Set<string>> {
    const running = new Set<string>();
    const ask = async (stream: string) => {
      const path = `/api/record/${encodeURIComponent(stream)}`;
      // The answer may be held up by a recording that is about to start; then nothing is known.
      const answer = await this.#call(node, path, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        this.options.logger.debug({ err: error, stream }, 'a node does not say whether it records');
        return null;
      });
      if ((answer as { recording?: unknown } | null)?.recording === true) running.add(stream);
    };
    await Promise.all(streams.map(ask));
    return running;
  }

  /** Indexes what is new of a folder; answers what is wrong, in words. */
  async #follow(
    node: NodeAddress,
    store: ObjectStore,
    folder: StoredFolder,
    target: Target,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { dir } = folder;
    // Changes also with what is said of it.
    const signature = `${signatureOf(folder.files)} ${target.status} ${target.startUs}`;
    const look = this.#looks.get(dir);
    if (look?.signature === signature && look.isSettled) return null;
    try {
      const isFollowed = isRunning(target) && isYoung(folder, this.options.clock.nowMs());
      const outcome = await this.#index(node, store, folder, target, isFollowed, signal);
      const { nodeAlias } = outcome;
      if (isFollowed) await markRunning(this.options.database, { stream: target.stream, nodeAlias, dir });
      const isSettled = !outcome.isUnfinished && (outcome.isOver || isRunning(target));
      if (this.#looks.size >= MAX_LOOKS) this.#looks.clear();
      this.#looks.set(dir, { signature, isSettled });
      return outcome.problems[0] ?? null;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'database_unavailable') throw error;
      return errorMessage(error);
    }
  }

  #index(
    { alias }: NodeAddress,
    store: ObjectStore,
    folder: StoredFolder,
    { startUs, status, stream }: Target,
    isFollowed: boolean,
    signal: AbortSignal,
  ) {
    const { logger, places } = this.options;
    return indexFolder(makeIndexTools(this.options, store, signal), folder, {
      indexRow: { stream, record: '', nodeAlias: alias, startUs, status },
      defaultAlias: alias,
      place: { places, name: places.placeOf(alias) },
      isFollowed,
      logger,
    });
  }

  /** What is recorded and cannot be found, in words: something of it is there soon, unless it is written elsewhere. */
  #notFound(store: ObjectStore, recorded: ReadonlySet<string>, seen: ReadonlySet<string>): string[] {
    const nowMs = this.options.clock.monotonicMs();
    for (const stream of this.#missing.keys()) {
      if (seen.has(stream) || !recorded.has(stream)) this.#missing.delete(stream);
    }
    return [...recorded].flatMap((stream) => {
      if (seen.has(stream)) return [];
      const sinceMs = this.#missing.get(stream) ?? nowMs;
      this.#missing.set(stream, sinceMs);
      if (nowMs - sinceMs < FIRST_SEGMENT_MS) return [];
      return `${stream}: its node records it, but nothing of it comes into ${store.name}. Name the storage that the node records to (nodes[].storage).`;
    });
  }

  async #call(node: NodeAddress, path: string, signal: AbortSignal): Promise<unknown> {
    const { callTimeoutMs: timeoutMs = CALL_MS, dispatcher } = this.options;
    const outcome = await callNode(node, { method: 'GET', path, timeoutMs, signal, dispatcher });
    if (outcome.isOk) return JSON.parse(outcome.text);
    throw new AppError('node_unreachable', outcome.reason);
  }
}

const isRunning = ({ status }: Target): boolean => status === 'active';

/** Whether a folder was written to lately: of several of a stream that is recorded, it is into this one. */
function isYoung({ files }: StoredFolder, nowMs: number): boolean {
  return nowMs - extentOf(files).lastMs < FIRST_SEGMENT_MS;
}

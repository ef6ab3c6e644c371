import type { Dispatcher } from 'undici';
import {
  MS_PER_DAY,
  MS_PER_MINUTE,
  MS_PER_SECOND,
  US_PER_MS,
  US_PER_SECOND,
} from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { callNode } from '../cascade/node-call.ts';
import type { Database } from '../db/database.ts';
import type { NodeAddress } from '../nodes/node-client.ts';
import { indexFolder } from '../segments/index-folder.ts';
import { makeIndexTools } from '../segments/index-tools.ts';
import type { NodePlaces } from '../segments/node-places.ts';
import type { NewSegment } from '../segments/write-segments.ts';
import { type ObjectStore, storeOfNode } from '../storage/object-store.ts';
import { decideRecording, isAbandoned } from './decide-recording.ts';
import { type FoundFolder, findFolder, finishedFolder, readListed, tailOf } from './listed-folder.ts';
import { nextPage, type PageRequest, pagePath, parseListPage } from './node-list.ts';
import { parsePlayable, parsePlayableStreams } from './playable-recordings.ts';
import {
  folderHolder,
  indexedFolder,
  indexedParts,
  lackingRecordings,
  markRecording,
  type NodeRecording,
  readCursor,
  recordingsIn,
  saveOutcome,
  savePage,
  saveUnlisted,
} from './sync-table.ts';

export interface IndexSyncOptions {
  readonly database: Database;
  /** The manager's own storage. */
  readonly own: ObjectStore;
  /** Where nodes record. */
  readonly places: NodePlaces;
  readonly storeOf: (node: NodeAddress) => ObjectStore;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Entries asked for at once. */
  readonly pageSize: number;
  readonly isDeletedFromNode: boolean;
  /** The longest a node may take to answer. */
  readonly callTimeoutMs?: number | undefined;
  /** Called after COMMIT with the rows that were new. */
  readonly onWritten: (rows: readonly NewSegment[]) => void;
}

/** What one look at a node found. */
export interface SyncResult {
  /** What went wrong, in words; empty when nothing did. */
  readonly problems: readonly string[];
  /** There is more to do at once. */
  readonly isMore: boolean;
}

const CALL_MS = 10 * MS_PER_SECOND;
/** Recordings gone through before the list is read again, so that running ones are not left waiting. */
const RECORDINGS_PER_TICK = 50;
const MAX_ACTIVE_PER_TICK = 1000;
const KEYS_PER_CALL = 500;
/** So long after its end what is missing of a recording is looked for, so often, and so much of it at once. */
const LATE_UPLOADS_MS = 7 * MS_PER_DAY;
const LATE_LOOK_MS = 5 * MS_PER_MINUTE;
const LATE_PER_TICK = 10;
/** A recording whose media reach so near to the end that the node tells is there as a whole. */
const WHOLE_WITHIN_US = US_PER_SECOND;
const NOTHING = { segmentCount: 0, endUs: null } as const;
/** A node whose clock was set back lists new changes before the cursor. */
const FULL_READ_MS = 30 * MS_PER_MINUTE;

/** Keeps the index in step with the list of recordings of one node of v0.9.0 or newer. */
export class IndexSync {
  #fullReadMs: number | null = null;
  /** Whether it is still to be asked what it has beside its list. */
  #isPlayableDue = true;
  /** How often in a row the node said that it does not record a stream. */
  readonly #idleCounts = new Map<string, number>();

  constructor(private readonly options: IndexSyncOptions) {}

  /** Reads the list, indexes what it names, acknowledges what is done. Rejects only where all is in vain. */
  async sync(node: NodeAddress, signal: AbortSignal): Promise<SyncResult> {
    const problems = await this.#readList(node, signal);
    if (this.#isPlayableDue) await this.#readPlayable(node, signal);
    const { alias } = node;
    const open = await recordingsIn(this.options.database, alias, 'open', MAX_ACTIVE_PER_TICK);
    const active = open.filter(isActive);
    const ended = open.filter((recording) => !isActive(recording)).slice(0, RECORDINGS_PER_TICK);
    await this.#askWhatRuns(node, active, signal);
    const startedMs = this.options.clock.nowMs();
    for (const recording of [...active, ...ended]) {
      signal.throwIfAborted();
      const problem = await this.#syncRecording(node, recording, open, signal);
      if (problem !== null) problems.push(`${recording.stream}/${recording.record}: ${problem}`);
    }
    await this.#lookForLate(node, open, signal);
    await this.#acknowledge(node, signal);
    const untried = ended.length === RECORDINGS_PER_TICK && (ended.at(-1)?.tried_at ?? null) === null;
    this.options.logger.debug(
      { alias, open: open.length, tookMs: this.options.clock.nowMs() - startedMs },
      'synced the recordings of a node',
    );
    return { problems, isMore: untried };
  }

  async #readList(node: NodeAddress, signal: AbortSignal): Promise<string[]> {
    const { clock, database, pageSize } = this.options;
    const isFull = this.#fullReadMs === null || clock.monotonicMs() - this.#fullReadMs >= FULL_READ_MS;
    const stored = await readCursor(database, node.alias, '');
    const problems: string[] = [];
    let cursorUs = stored;
    // After a start only what the cursor left; later now and then all that is not acknowledged.
    const isFromStart = isFull && this.#fullReadMs !== null;
    let ask: PageRequest | null = { cursorUs: isFromStart ? null : stored, limit: pageSize };
    while (ask !== null) {
      const page = parseListPage(await this.#call(node, { method: 'GET', path: pagePath(ask) }, signal));
      problems.push(...page.problems);
      cursorUs = isFromStart && page.lastUs === null ? cursorUs : (page.lastUs ?? cursorUs);
      await savePage(database, node.alias, page.recordings, cursorUs, clock.nowMs());
      ask = nextPage(ask, page, pageSize);
    }
    if (isFull) this.#fullReadMs = clock.monotonicMs();
    return problems;
  }

  /**
   * Once after a start: what others have acknowledged while nobody was here is not in the list, but can be played. A node
   * looks for each manifest before it answers, so it is not asked again and again.
   */
  async #readPlayable(node: NodeAddress, signal: AbortSignal): Promise<void> {
    const { database, logger } = this.options;
    this.#isPlayableDue = false;
    const { alias } = node;
    try {
      const streams = parsePlayableStreams(
        await this.#call(node, { method: 'GET', path: '/api/playback' }, signal),
      );
      for (const stream of streams) {
        const path = `/api/playback/${encodeURIComponent(stream)}`;
        const found = parsePlayable(stream, await this.#call(node, { method: 'GET', path }, signal));
        const newCount = await saveUnlisted(database, alias, found);
        if (newCount > 0) logger.info({ alias, stream, newCount }, 'recordings that a node does not list');
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'database_unavailable') throw error;
      logger.debug({ alias, reason: errorMessage(error) }, 'a node was not asked what it can play');
    }
  }

  /** What came into the storage after its recording was acknowledged, as from a node that was cut off for hours. */
  async #lookForLate(node: NodeAddress, open: readonly NodeRecording[], signal: AbortSignal): Promise<void> {
    const { clock, database } = this.options;
    const nowMs = clock.nowMs();
    const lacking = await lackingRecordings(database, node.alias, {
      endedSince: new Date(nowMs - LATE_UPLOADS_MS),
      triedBefore: new Date(nowMs - LATE_LOOK_MS),
      limit: LATE_PER_TICK,
    });
    for (const recording of lacking) await this.#syncRecording(node, recording, open, signal);
  }

  async #askWhatRuns(
    node: NodeAddress,
    active: readonly NodeRecording[],
    signal: AbortSignal,
  ): Promise<void> {
    const streams = new Set(active.map(({ stream }) => stream));
    for (const stream of this.#idleCounts.keys()) if (!streams.has(stream)) this.#idleCounts.delete(stream);
    const ask = async (stream: string) => {
      const path = `/api/record/${encodeURIComponent(stream)}`;
      // The answer may be held up by a recording that is about to start; then nothing is known.
      const answer = await this.#call(node, { method: 'GET', path }, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        this.options.logger.debug({ err: error, stream }, 'a node does not say whether it records');
        return null;
      });
      const isRunning = (answer as { recording?: unknown } | null)?.recording;
      if (isRunning === false) this.#idleCounts.set(stream, (this.#idleCounts.get(stream) ?? 0) + 1);
      else this.#idleCounts.delete(stream);
    };
    await Promise.all([...streams].map(ask));
  }

  /** Answers what keeps the recording open, in words; null when nothing does. */
  async #syncRecording(
    node: NodeAddress,
    recording: NodeRecording,
    open: readonly NodeRecording[],
    signal: AbortSignal,
  ): Promise<string | null> {
    const { clock, database } = this.options;
    try {
      return await this.#indexRecording(node, recording, open, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError && error.code === 'database_unavailable') throw error;
      const problem = errorMessage(error);
      await saveOutcome(database, recording, { problem, tried_at: new Date(clock.nowMs()) });
      return problem;
    }
  }

  async #indexRecording(
    node: NodeAddress,
    recording: NodeRecording,
    open: readonly NodeRecording[],
    signal: AbortSignal,
  ): Promise<string | null> {
    const { clock, database, logger, own, storeOf } = this.options;
    const { dir, stream, start_ts: startUs, node_status: nodeStatus } = recording;
    const nowMs = clock.nowMs();
    const isNewest = !open.some((o) => isActive(o) && o.stream === stream && o.start_ts > startUs);
    const isLeft = isActive(recording) && isAbandoned(isNewest, this.#idleCounts.get(stream) ?? 0);
    const isRunning = isActive(recording) && !isLeft;
    const endedAt = isRunning ? null : (recording.ended_at ?? new Date(nowMs));
    const endedForMs = endedAt && nowMs - endedAt.getTime();
    const holder = await folderHolder(database, recording);
    if (holder !== null) return this.#giveUp(recording, holder, endedAt);
    const found = await findFolder(dir, storeOfNode(own, node.alias), storeOf(node), { signal });
    const indexed = found && (await this.#indexFound(found, recording, isRunning, endedForMs, signal));
    const listed = isRunning || !found ? null : await readListed(found, logger, { signal });
    // Another node with this storage may have told of it first; what is nobody's is this node's.
    const owner = indexed?.nodeAlias ?? node.alias;
    const { endUs, segmentCount } = isRunning ? NOTHING : await indexedParts(database, recording, owner);
    const isWhole =
      recording.end_ts !== null && endUs !== null && endUs >= recording.end_ts - WHOLE_WITHIN_US;
    const decision = decideRecording({
      nodeStatus,
      isAbandoned: isLeft,
      endedForMs,
      endedAgoMs: recording.end_ts === null ? null : nowMs - recording.end_ts / US_PER_MS,
      segmentCount,
      isUnfinished: indexed?.isUnfinished ?? false,
      missingCount: Math.max(0, (listed?.segmentCount ?? 0) - segmentCount),
      // What lies on the node itself has no way to go; one that was killed never writes the last manifest.
      isFinal: found?.source === 'node' || listed?.isFinal === true || isWhole,
    });
    const status = decision.kind === 'settle' ? decision.status : 'active';
    if (decision.kind !== 'wait') await markRecording(database, recording, owner, status);
    const problem = decision.kind === 'follow' ? (indexed?.problems[0] ?? null) : decision.problem;
    await saveOutcome(database, recording, {
      problem,
      ended_at: endedAt,
      tried_at: new Date(nowMs),
      ...(found && { source: found.source }),
      ...(decision.kind === 'settle' && recording.state === 'open' && { state: 'settled' as const }),
    });
    return decision.kind === 'settle' ? null : problem;
  }

  /** Nothing tells which files are whose of two recordings that were written into one folder at once. */
  async #giveUp(recording: NodeRecording, holder: string, endedAt: Date | null): Promise<string> {
    const { clock, database } = this.options;
    const problem = `Its folder ${recording.dir} is that of ${holder} too, which began first: they wrote over each other's files, and what is left is indexed as ${holder}. Give each stream a folder of its own.`;
    const isOpen = recording.state === 'open';
    if (endedAt !== null) await markRecording(database, recording, recording.node_alias, 'failed');
    await saveOutcome(database, recording, {
      problem,
      ended_at: endedAt,
      tried_at: new Date(clock.nowMs()),
      ...(endedAt !== null && isOpen && { state: 'settled' as const }),
    });
    return problem;
  }

  async #indexFound(
    found: FoundFolder,
    recording: NodeRecording,
    isRunning: boolean,
    endedForMs: number | null,
    signal: AbortSignal,
  ) {
    const { database, logger, places } = this.options;
    const { node_alias: nodeAlias, start_ts: startUs, stream } = recording;
    let { folder } = found;
    if (isRunning) folder = tailOf(folder, await indexedFolder(database, recording));
    const isQuiet = found.source === 'node' && (endedForMs ?? 0) > WRITTEN_MS;
    return indexFolder(
      makeIndexTools(this.options, found.store, signal),
      isQuiet ? finishedFolder(folder) : folder,
      {
        indexRow: { stream, record: recording.record, nodeAlias, startUs, status: 'active' },
        defaultAlias: nodeAlias,
        // What lies on the node itself is of no other.
        place: { places, name: found.source === 'storage' ? places.placeOf(nodeAlias) : null },
        isFollowed: true,
        logger,
      },
    );
  }

  /** Tells the node what is indexed for good. A crash before or after costs a repeat and nothing else. */
  async #acknowledge(node: NodeAddress, signal: AbortSignal): Promise<void> {
    const { database, isDeletedFromNode } = this.options;
    const settled = await recordingsIn(database, node.alias, 'settled', KEYS_PER_CALL);
    if (settled.length === 0) return;
    const json = { records: settled.map(({ stream, record }) => ({ stream, record })) };
    await this.#call(node, { method: 'PATCH', path: '/api/recordings', json }, signal);
    if (isDeletedFromNode) {
      await this.#call(node, { method: 'DELETE', path: '/api/recordings', json }, signal);
    }
    for (const recording of settled) await saveOutcome(database, recording, { state: 'acknowledged' });
  }

  async #call(
    node: NodeAddress,
    call: { method: 'GET' | 'PATCH' | 'DELETE'; path: string; json?: unknown },
    signal: AbortSignal,
  ): Promise<unknown> {
    const { callTimeoutMs: timeoutMs = CALL_MS, dispatcher } = this.options;
    const outcome = await callNode(node, { ...call, timeoutMs, signal, dispatcher });
    if (outcome.isOk) return outcome.text === '' ? null : JSON.parse(outcome.text);
    throw new AppError('node_unreachable', outcome.reason);
  }
}

/** So long after the end every file is written. */
const WRITTEN_MS = 30 * MS_PER_SECOND;

function isActive({ node_status: status }: NodeRecording): boolean {
  return status === 'active';
}

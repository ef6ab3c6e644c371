import { MS_PER_SECOND, US_PER_MS } from '../../../src-shared/util/units.ts';
import { settlesWithin } from '../base/abort.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { ClusterReader } from '../cascade/cluster-reader.ts';
import type { Database } from '../db/database.ts';
import { isUsable } from '../nodes/node-health.ts';
import { parseRecordingFolder } from '../recordings/recording-path.ts';
import {
  type BegunRecording,
  dropEmpty,
  endRecording,
  type RunningRecording,
  runningRecordings,
  saveBegun,
} from '../segments/begun-recordings.ts';
import { judgeEnd, type RunningSight } from './judge-end.ts';
import { connectedPublisher } from './publisher-pulse.ts';
import { hasRecordStatus } from './record-calls.ts';
import type { Recordable } from './recordables.ts';
import type { RecorderBook } from './recorder-book.ts';

export interface ListedRecordingsOptions {
  readonly database: Database;
  readonly cluster: ClusterReader;
  readonly book: RecorderBook;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What nodes list is fetched: the sync finds the end of what they list. */
  readonly isSynced: boolean;
  /** Whether segments of a node come into the index, so that none means that nothing was recorded. */
  readonly isSeen: (alias: string) => boolean;
  /** Asks a node whether it records the stream. */
  readonly ask: (alias: string, stream: string, signal: AbortSignal) => Promise<void>;
}

/** A recording has ended when it seems so for this long: what nodes say of others may cross. */
const SURE_MS = 10 * MS_PER_SECOND;
/** Segments may come this long after the end: nodes try reports again for 54 s. */
const LATE_MS = 60 * MS_PER_SECOND;
const ASKED_AT_ONCE = 50;
/** A database that hangs keeps nobody who starts or stops a recording waiting longer. */
export const WRITTEN_WITHIN_MS = MS_PER_SECOND;
const SETTLE_EVERY_MS = 10 * MS_PER_SECOND;

/** Keeps the list of recordings right about those that nodes were told to make, from the answer to the start on. */
export class ListedRecordings {
  /** What could not be written yet. */
  readonly #unsaved = new Map<string, BegunRecording>();
  /** Since when recordings seem to have ended, monotonic, by id. */
  #endedSinceMs = new Map<string, number>();

  constructor(private readonly options: ListedRecordingsOptions) {}

  /** Lists a recording that its node says it makes in `dir`; kept for the next `save` while the database is away. */
  async begin({ state, stream }: Recordable, dir: string, record: string, isNew: boolean): Promise<void> {
    const publisherMs = connectedPublisher(stream)?.createdAt;
    this.#unsaved.set(`${state.alias}\n${state.stream}\n${dir}`, {
      stream: state.stream,
      nodeAlias: state.alias,
      dir,
      record,
      begunUs: nowUs(this.options.clock),
      ownSinceUs: isNew || publisherMs === undefined ? null : publisherMs * US_PER_MS,
    });
    await settlesWithin(this.save(), WRITTEN_WITHIN_MS);
  }

  /** Writes what could not be written before. */
  async save(): Promise<void> {
    const { database, logger } = this.options;
    for (const [key, begun] of [...this.#unsaved]) {
      try {
        await saveBegun(database, begun);
        if (this.#unsaved.get(key) === begun) this.#unsaved.delete(key);
      } catch (error) {
        logger.warn({ reason: errorMessage(error) }, 'A recording that began is listed later');
        return;
      }
    }
  }

  /** Ends what was stopped: all of a stream on a node that has segments at once, the others when none can come any more. */
  async noteStopped(alias: string, stream: string): Promise<void> {
    await settlesWithin(this.#endStopped(alias, stream), WRITTEN_WITHIN_MS);
  }

  async #endStopped(alias: string, stream: string): Promise<void> {
    const { clock, database, isSynced, logger } = this.options;
    try {
      for (const row of await runningRecordings(database, { isSynced, of: { alias, stream } })) {
        if (row.isEmpty) this.#endedSinceMs.set(row.id, clock.monotonicMs() - SURE_MS);
        else await endRecording(database, row, 'unknown');
      }
    } catch (error) {
      logger.debug({ err: error }, 'The end of a recording is noted later');
    }
  }

  /** Settles again and again, until `signal`; for one manager of the cluster. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.options;
    while (!signal.aborted) {
      await clock.sleep(SETTLE_EVERY_MS, signal);
      if (signal.aborted) return;
      await this.settle(signal).catch((error: unknown) => {
        if (!signal.aborted)
          logger.warn({ reason: errorMessage(error) }, 'The ends of recordings are noted later');
      });
    }
  }

  /** Looks at all that is listed as running, and ends what has ended. Throws `database_unavailable`. */
  async settle(signal: AbortSignal): Promise<void> {
    const { ask, clock, database, isSeen, isSynced } = this.options;
    await this.save();
    const rows = await runningRecordings(database, { isSynced });
    const verdicts = rows.map((row) => ({ row, verdict: judgeEnd(this.#sight(row)) }));
    const unclear = verdicts.filter(({ verdict }) => verdict === 'ask').slice(0, ASKED_AT_ONCE);
    await Promise.all(unclear.map(({ row }) => ask(row.nodeAlias, row.stream, signal)));
    const nowMs = clock.monotonicMs();
    const since = new Map<string, number>();
    for (const { row, verdict } of verdicts) {
      if (verdict !== 'ended') continue;
      const sinceMs = this.#endedSinceMs.get(row.id) ?? nowMs;
      since.set(row.id, sinceMs);
      const isSure = nowMs - sinceMs >= SURE_MS + (row.isEmpty ? LATE_MS : 0);
      if (isSure) await endRecording(database, row, isSeen(row.nodeAlias) ? 'failed' : 'unknown');
    }
    this.#endedSinceMs = since;
    await dropEmpty(database, nowUs(clock));
  }

  #sight({ dir, nodeAlias, startUs, stream: name }: RunningRecording): RunningSight {
    const { book, clock, cluster } = this.options;
    const snapshot = cluster.snapshot(nodeAlias);
    const ageMs = clock.nowMs() - startUs / US_PER_MS;
    const stream = snapshot?.streams.find(({ id }) => id === name);
    const publisher = stream && connectedPublisher(stream);
    const state = book.find(nodeAlias, name);
    const isAway = snapshot !== undefined && (!isUsable(snapshot.health.state) || !snapshot.identity);
    return {
      node: snapshot === undefined ? 'gone' : isAway ? 'away' : 'here',
      hasStream: stream !== undefined,
      hasStatus: snapshot?.identity != null && hasRecordStatus(snapshot.identity.generation),
      isRecording: state?.isRecording ?? null,
      isReplaced:
        state?.isRecording === true && state.recordDir !== null && !isSameFolder(state.recordDir, dir),
      isPublished: publisher !== undefined,
      publishedForMs: publisher === undefined ? null : clock.nowMs() - publisher.createdAt,
      ageMs,
    };
  }
}

/** Folders by date are those of one recording also over midnight. */
function isSameFolder(a: string, b: string): boolean {
  return a === b || (parseRecordingFolder(a).day !== null && parseRecordingFolder(b).day !== null);
}

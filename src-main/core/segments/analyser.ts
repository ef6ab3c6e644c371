import { sql } from 'kysely';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { MS_PER_MINUTE, MS_PER_SECOND, US_PER_DAY } from '../../../src-shared/util/units.ts';
import { timeLimit } from '../base/abort.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import { errorMessage, isAbortError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import {
  type TrackContext,
  tracksToExamine,
  unexaminedInRange,
  type WantedSegment,
} from './analysis-store.ts';
import { addAudioSiblings, hasAudioSiblings } from './audio-siblings.ts';
import { TrackAnalyser, type TurnReport } from './track-analyser.ts';
import type { NewSegment } from './write-segments.ts';

export interface AnalyserOptions {
  database: Database;
  store: ObjectStore;
  clock: Clock;
  logger: Logger;
  /** Called after COMMIT with rows that the analyser found: sound beside reported pictures. */
  onWritten: (rows: readonly NewSegment[]) => void;
  /** Whether reports wait to be written. */
  isBusy?: () => boolean;
}

export interface EnsureOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** Tracks examined at once in the background. A player's wishes come on top. */
const MAX_BACKGROUND = 2;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 10 * MS_PER_SECOND;
const MAX_NOTIFIED_WAIT_MS = 2 * MS_PER_SECOND;
/** While reports wait to be written, a turn begins only so often: what is not durable yet goes first. */
const BUSY_PAUSE_MS = 200;
const MAX_FAILURE_WAIT_MS = MS_PER_SECOND * 60;
const POLL_MS = 100;
const MAX_WANTED = 5000;
const DEFAULT_ENSURE_MS = 10 * MS_PER_SECOND;
/** A missing object is looked for again at most this often. */
const RECHECK_MS = 30 * MS_PER_SECOND;
const MAX_RECHECKED = 10_000;
/** An init file that was not to be had is looked for again, so often, for about a day. */
const FIRST_RELOOK_MS = MS_PER_MINUTE;
const MAX_RELOOK_MS = 60 * MS_PER_MINUTE;
const MAX_RELOOKS = 30;
/** After a start that is done for recordings that have ended since. */
const INIT_REACH_US = US_PER_DAY;
/** The sound file of the newest segment may be written after its pictures. */
const SIBLING_TRIES = 5;
const MAX_SOUNDLESS = 4;

interface Queued {
  /** Segments that were announced and not yet examined; an estimate. */
  count: number;
  dueMs: number;
  attempts: number;
  /** How often an init file was looked for again that was not to be had. */
  relooks: number;
}

/**
 * Examines new segments in the background, track by track in file order, and at once those a player asks for.
 *
 * What is pending lies in the database, so nothing is lost with the process; the queue only says where to look.
 */
export class Analyser {
  readonly #options: AnalyserOptions;
  readonly #tracks: TrackAnalyser;
  readonly #queue = new Map<string, Queued>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #recheckedMs = new Map<string, number>();
  /** Per picture track the newest numbers whose sound was not there, and how often it was looked for. */
  readonly #soundless = new Map<string, { seqs: number[]; tries: number }>();
  readonly #stop = new AbortController();
  #wake: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(options: AnalyserOptions) {
    this.#options = options;
    this.#tracks = new TrackAnalyser(options.database, options.store);
  }

  /** Begins with what an earlier run left pending. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Announces rows that were written. */
  notify(rows: readonly NewSegment[]): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const { trackId, state } of rows) {
      if (state !== 'pending') continue;
      const queued = this.#queue.get(trackId);
      if (queued) {
        queued.count += 1;
        // A new file often means that the one waited for is there too; but what was waited for in vain often enough
        // is not looked for with each of a thousand reports.
        const waitMs = Math.min(FIRST_WAIT_MS * 2 ** queued.attempts, MAX_NOTIFIED_WAIT_MS);
        queued.dueMs = Math.min(queued.dueMs, nowMs + waitMs);
      } else this.#queue.set(trackId, { count: 1, dueMs: nowMs, attempts: 0, relooks: 0 });
    }
    this.#wake();
  }

  /** About how many segments wait to be examined. */
  get queueLength(): number {
    let length = 0;
    for (const { count } of this.#queue.values()) length += count;
    return length;
  }

  /**
   * Resolves when no segment of the stream that touches the range is pending any more, or the time is over.
   *
   * Returns how many still are. Missing objects are looked for again. Rejects when `signal` aborts, and with
   * storage_unavailable or database_unavailable.
   */
  async ensureAnalysed(
    stream: string,
    range: TimeRange,
    { signal, timeoutMs = DEFAULT_ENSURE_MS }: EnsureOptions = {},
  ): Promise<number> {
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const { release, signal: limit } = timeLimit(timeoutMs, this.#stop.signal, signal);
    try {
      return await this.#examineUntil(stream, range, deadlineMs, limit, signal);
    } finally {
      release();
    }
  }

  async #examineUntil(
    stream: string,
    range: TimeRange,
    deadlineMs: number,
    limit: AbortSignal,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { database, clock } = this.#options;
    for (let isFirst = true; ; isFirst = false) {
      signal?.throwIfAborted();
      const found = await unexaminedInRange(database.db, stream, range, MAX_WANTED);
      if (isFirst) await this.#recheck(found, limit);
      const pending = found.filter(({ state }) => state === 'pending');
      if (pending.length === 0) return 0;
      if (limit.aborted || clock.monotonicMs() >= deadlineMs) return pending.length;
      if (!isFirst) await clock.sleep(POLL_MS, limit);
      // A background turn that holds the track while storage hangs must not hold the player.
      await orAborted(this.#examineWanted(pending, limit), limit).catch((error: unknown) => {
        if (!isAbortError(error)) throw error;
      });
    }
  }

  /** Stops after the segments under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#loop;
    await Promise.allSettled(this.#running.values());
  }

  async #examineWanted(pending: readonly WantedSegment[], signal: AbortSignal): Promise<void> {
    const byTrack = new Map<string, number[]>();
    for (const { trackId, seq } of pending) byTrack.set(trackId, [...(byTrack.get(trackId) ?? []), seq]);
    const outcomes = await Promise.allSettled(
      [...byTrack].map(async ([trackId, seqs]) => {
        const report = await this.#tracks.wanted(trackId, seqs, signal);
        await this.#followUp(report, signal);
      }),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Makes missing segments pending again whose object has come since. */
  async #recheck(found: WantedSegment[], signal: AbortSignal): Promise<void> {
    const { store, clock, database } = this.#options;
    for (const segment of found) {
      const { nodeAlias: node, path } = segment;
      const key = `${node}\n${path}`;
      const lastMs = this.#recheckedMs.get(key);
      const nowMs = clock.monotonicMs();
      if (segment.state !== 'missing' || (lastMs !== undefined && nowMs - lastMs < RECHECK_MS)) continue;
      if (this.#recheckedMs.size > MAX_RECHECKED) this.#recheckedMs.clear();
      this.#recheckedMs.set(key, nowMs);
      if (signal.aborted || (await store.stat(path, { signal, node })) === null) continue;
      await sql`
        update segments set state = 'pending', problem = null
        where track_id = ${segment.trackId} and seq = ${segment.seq} and path = ${path} and state = 'missing'
      `.execute(database.db);
      segment.state = 'pending';
    }
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    await this.#loadPending();
    let lastMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      const nowMs = clock.monotonicMs();
      const pauseMs = lastMs + BUSY_PAUSE_MS - nowMs;
      if (pauseMs > 0 && this.#options.isBusy?.()) {
        await clock.sleep(pauseMs, signal);
        continue;
      }
      lastMs = nowMs;
      let nextMs = Infinity;
      for (const [trackId, queued] of this.#queue) {
        if (this.#running.has(trackId)) continue;
        if (this.#running.size >= MAX_BACKGROUND) break;
        if (queued.dueMs <= nowMs) this.#runTrack(trackId, queued);
        else nextMs = Math.min(nextMs, queued.dueMs);
      }
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await clock.sleep(Math.min(nextMs - nowMs, MAX_FAILURE_WAIT_MS), woken.signal);
    }
  }

  async #loadPending(): Promise<void> {
    const { database, clock, logger } = this.#options;
    const { signal } = this.#stop;
    for (let waitMs = MS_PER_SECOND; !signal.aborted; waitMs = Math.min(2 * waitMs, MAX_FAILURE_WAIT_MS)) {
      try {
        const sinceUs = nowUs(clock) - INIT_REACH_US;
        for (const [trackId, count] of await tracksToExamine(database.db, sinceUs)) {
          if (!this.#queue.has(trackId))
            this.#queue.set(trackId, { count, dueMs: 0, attempts: 0, relooks: 0 });
        }
        return;
      } catch (error) {
        logger.warn({ reason: errorMessage(error) }, 'cannot look for segments to examine');
        await clock.sleep(waitMs, signal);
      }
    }
  }

  #runTrack(trackId: string, queued: Queued): void {
    const running = this.#turn(trackId, queued).finally(() => {
      this.#running.delete(trackId);
      this.#wake();
    });
    this.#running.set(trackId, running);
  }

  async #turn(trackId: string, queued: Queued): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#stop;
    const announced = queued.count;
    try {
      const report = await this.#tracks.turn(trackId, signal);
      await this.#followUp(report, signal);
      if (report.outcome === 'unusable') return this.#lookAgain(trackId, queued);
      const isSoundDue = this.#soundless.has(trackId);
      if (report.outcome === 'done' && queued.count === announced && !isSoundDue) {
        this.#queue.delete(trackId);
        return;
      }
      queued.count = Math.max(isSoundDue ? 0 : 1, queued.count - report.seqs.length);
      const isWaiting = report.outcome === 'wait' || (report.outcome === 'done' && isSoundDue);
      queued.attempts = isWaiting ? queued.attempts + 1 : 0;
      const waitMs = isWaiting ? Math.min(FIRST_WAIT_MS * 2 ** (queued.attempts - 1), MAX_WAIT_MS) : 0;
      queued.dueMs = clock.monotonicMs() + waitMs;
      this.#requeue(trackId, queued);
    } catch (error) {
      if (isAbortError(error)) return;
      queued.attempts += 1;
      const waitMs = Math.min(MS_PER_SECOND * 2 ** Math.min(queued.attempts, 10), MAX_FAILURE_WAIT_MS);
      queued.dueMs = clock.monotonicMs() + waitMs;
      this.#requeue(trackId, queued);
      logger.warn({ trackId, reason: errorMessage(error), waitMs }, 'segments could not be examined');
    }
  }

  /** An init file may come late: with the next segment it is looked for at once, without one ever more rarely. */
  #lookAgain(trackId: string, queued: Queued): void {
    if (queued.relooks >= MAX_RELOOKS) {
      this.#queue.delete(trackId);
      return;
    }
    const waitMs = Math.min(FIRST_RELOOK_MS * 2 ** queued.relooks, MAX_RELOOK_MS);
    queued.relooks += 1;
    queued.count = 0;
    queued.dueMs = this.#options.clock.monotonicMs() + waitMs;
    this.#requeue(trackId, queued);
  }

  /** To the end, so that tracks take turns. */
  #requeue(trackId: string, queued: Queued): void {
    this.#queue.delete(trackId);
    this.#queue.set(trackId, queued);
  }

  /** Looks for the sound beside pictures that were just examined, and beside those that had none yet. */
  async #followUp(report: TurnReport, signal: AbortSignal): Promise<void> {
    const { track } = report;
    if (track === null || !hasAudioSiblings(track)) return;
    const waiting = this.#soundless.get(track.trackId);
    const seqs = [...new Set([...(waiting?.seqs ?? []), ...report.seqs])];
    if (seqs.length === 0) return;
    const rows = await this.#addSiblings(track, seqs, signal);
    const found = new Set(rows.map(({ seq }) => seq));
    const left = seqs.filter((seq) => !found.has(seq)).slice(-MAX_SOUNDLESS);
    const tries = report.seqs.length > 0 ? 1 : (waiting?.tries ?? 0) + 1;
    if (left.length > 0 && tries < SIBLING_TRIES) this.#soundless.set(track.trackId, { seqs: left, tries });
    else this.#soundless.delete(track.trackId);
  }

  async #addSiblings(track: TrackContext, seqs: number[], signal: AbortSignal): Promise<NewSegment[]> {
    const { database, store, onWritten } = this.#options;
    const rows = await addAudioSiblings(database, store, track, seqs, signal);
    if (rows.length > 0) {
      this.notify(rows);
      onWritten(rows);
    }
    return rows;
  }
}

/** The outcome of `work`, or nothing as soon as `signal` aborts; an error of `work` after that is dropped. */
async function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let onAbort = () => {};
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) resolve();
  });
  work.catch(() => {});
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

import type { RecorderView } from '../../../src-shared/contract/record-control-routes.ts';
import { settlesWithin } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { KeyedMutex } from '../base/keyed-mutex.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { MakeDispatcher } from '../base/outgoing.ts';
import type { AlertSink, ClusterReader } from '../cascade/cluster-reader.ts';
import { relayKey } from '../cascade/relay-links.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import { type DutyWorker, loopWorker } from '../duties/duty-worker.ts';
import { isUsable } from '../nodes/node-health.ts';
import { CopyChoice, type StreamLook } from './copy-choice.ts';
import { decideRecording } from './decide-recording.ts';
import { followPublisher, forgetGone } from './follow-publishers.ts';
import { ListedRecordings, WRITTEN_WITHIN_MS } from './listed-recordings.ts';
import { NodeAbility } from './node-ability.ts';
import { PublisherPulse } from './publisher-pulse.ts';
import { describesRecordings, hasIndex, RecordCalls, type RecordLimits } from './record-calls.ts';
import { type Recordable, Recordables } from './recordables.ts';
import { RecorderBook } from './recorder-book.ts';
import { RecorderSteps } from './recorder-steps.ts';
import { recorderView } from './recorder-view.ts';
import { RecordingWatchdog } from './recording-watchdog.ts';
import { SegmentPace } from './segment-pace.ts';
import { StalledRestarts } from './stalled-restarts.ts';

export interface RecordControlOptions {
  readonly cluster: ClusterReader;
  readonly database: Database;
  readonly config: Config['auto_record'];
  readonly alerts: AlertSink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keys (`relayKey`) of copies that come from another node. */
  readonly relayTargets: () => ReadonlySet<string>;
  /** Asks nodes for streams that began after they were polled; without it those are not known yet. */
  readonly look?: StreamLook | undefined;
  /** Whether what nodes list of their recordings is fetched (`record_sync`). */
  readonly isSynced?: boolean;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
  /** For tests. */
  readonly limits?: RecordLimits;
}

const WATCH_EVERY_MS = 2000;
const SAY_ANEW_ROUNDS = 30;
const MAX_STEPS = 3;
const KEPT_MS = 1000;
/** In very large clusters nodes are asked less often: 500 questions a second in all. */
const MS_PER_STATUS = 2;
const WORD_KEPT_MS = 30_000;

/**
 * Starts and stops recordings on nodes, by hand and by itself, and watches that what should be recorded is.
 *
 * Calls to one node go one after the other, as the node takes them so; nodes do not wait for each other.
 */
export class RecordControl implements Closeable {
  readonly #book: RecorderBook;
  readonly #calls: RecordCalls;
  readonly #steps: RecorderSteps;
  readonly #pulse = new PublisherPulse();
  readonly #pace = new SegmentPace();
  readonly #ability = new NodeAbility();
  readonly #mutex = new KeyedMutex();
  readonly #recordables: Recordables;
  readonly #choice: CopyChoice;
  readonly #watchdog: RecordingWatchdog;
  readonly #listed: ListedRecordings;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #recorded: ReadonlySet<string> = new Set();
  #recordedMs = Number.NEGATIVE_INFINITY;
  #recheckMs = 0;
  #unsubscribe = () => {};
  #loop: Promise<void> = Promise.resolve();
  /** Ends what is done for the cluster; null while another manager does it. */
  #duty: AbortController | null = null;

  /** Starts and rotates recordings by itself; for one manager of the cluster. */
  readonly automatic: DutyWorker;
  /** Raises alarms for recordings that do not run, and restarts them; for the same manager. */
  readonly watch: DutyWorker;

  constructor(private readonly options: RecordControlOptions) {
    const { alerts, clock, config, database, limits, logger } = options;
    this.#book = new RecorderBook(database, logger);
    this.#calls = new RecordCalls(limits, options.makeDispatcher);
    this.#listed = new ListedRecordings({
      ...options,
      book: this.#book,
      isSynced: options.isSynced === true,
      isSeen: (alias) => this.#isSeen(alias),
      ask: (alias, stream, signal) => this.#check(alias, stream, signal),
    });
    this.#steps = new RecorderSteps({
      calls: this.#calls,
      book: this.#book,
      ability: this.#ability,
      listed: this.#listed,
      basePrefix: config.base_prefix,
      maxRecordingMs: config.max_recording_seconds * 1000,
      clock,
      logger,
    });
    this.#watchdog = new RecordingWatchdog({
      alerts,
      pulse: this.#pulse,
      pace: this.#pace,
      restarts: new StalledRestarts(config.restart_stalled),
      isSynced: ({ generation }) => options.isSynced === true && hasIndex(generation),
      whyUnable: ({ snapshot }) => this.#ability.whyNot(snapshot),
      mayRestart: ({ generation, sight }) =>
        sight.isAble && sight.hasStatus && sight.canStart && this.#hasOwnFolder(generation),
      restart: (each) => this.#restart(each),
    });
    this.#recordables = new Recordables({
      ...options,
      book: this.#book,
      pulse: this.#pulse,
      pace: this.#pace,
      ability: this.#ability,
    });
    this.#choice = new CopyChoice({
      ...options,
      recordables: this.#recordables,
      pulse: this.#pulse,
      ability: this.#ability,
    });
    const named = (name: string) => ({ clock, logger, name });
    this.automatic = loopWorker((signal) => this.#serveCluster(signal), named('recordings'));
    this.watch = loopWorker((signal) => this.#watchRecordings(signal), named('watch of recordings'));
  }

  /** Begins to ask nodes what they record. What is done about it is for `automatic` and `watch`. */
  start(): void {
    const { clock, cluster, config } = this.options;
    this.#unsubscribe = this.#pulse.follow(cluster, clock);
    this.#loop = this.#every(config.tick_ms, this.#stop.signal, () => this.#tick());
  }

  /** Reads the record (again): another manager may have changed it. Throws `database_unavailable`. */
  async reload(): Promise<void> {
    await this.#book.load();
  }

  /** Takes note of segments that came into the index. */
  noteSegments(segments: { stream: string; node: string; startUs: number; endUs: number }): void {
    const { clock } = this.options;
    this.#pace.note(segments, clock.nowMs(), clock.monotonicMs());
  }

  /** Whether the stream is recorded or will be once it is published. */
  willRecord(stream: string): boolean {
    if (this.#recordables.isAutomatic(stream)) return true;
    return this.#book.all().some((each) => {
      return each.stream === stream && (each.isRecording === true || each.wish === 'operator');
    });
  }

  /** Every stream of every node that answers; of `stream` only, after asking the nodes anew. */
  async list(stream: string | undefined, signal: AbortSignal): Promise<RecorderView[]> {
    if (stream !== undefined) await this.#ask(stream, undefined, signal);
    const all = this.#recordables.list().filter((each) => stream === undefined || each.stream.id === stream);
    return all.map((each) => {
      const { alias } = each.state;
      return recorderView(each, {
        isLive: this.#pulse.isLive(alias, each.stream.id),
        isRelay: this.#recordables.relays().has(relayKey(alias, each.stream.id)),
        isSeen: this.#isSeen(alias),
        isSynced: this.options.isSynced === true,
        why: this.#choice.whyNot(each),
      });
    });
  }

  /** What the node said last; null where it was not asked or does not answer. */
  saysNode(stream: string, alias: string): boolean | null {
    const snapshot = this.options.cluster.snapshot(alias);
    if (!snapshot || !isUsable(snapshot.health.state)) return null;
    const state = this.#book.find(alias, stream);
    const nowMs = this.options.clock.monotonicMs();
    // Only what is looked after is asked again and again.
    const isOld = state?.isRecording === false && nowMs - state.checkedMs > WORD_KEPT_MS;
    return isOld ? null : (state?.isRecording ?? null);
  }

  /** Streams that any node that answers says it records, as of the last second. */
  recordedStreams(): ReadonlySet<string> {
    const nowMs = this.options.clock.monotonicMs();
    if (nowMs - this.#recordedMs >= KEPT_MS) {
      this.#recordedMs = nowMs;
      const recorded = this.#book.all().filter((each) => this.saysNode(each.stream, each.alias) === true);
      this.#recorded = new Set(recorded.map((each) => each.stream));
    }
    return this.#recorded;
  }

  /**
   * Starts to record, on the node of `alias` or where the publisher is; answers with the path of the manifest.
   *
   * Throws `not_found` for an unknown node, `no_available_node`, `conflict` where it cannot be now, and what the node
   * failed with.
   */
  async startRecording(stream: string, alias: string | undefined, signal: AbortSignal): Promise<string> {
    const chosen = await this.#choice.choose(stream, alias, signal);
    return this.#mutex.run(chosen.state.alias, signal, async () => {
      const path = await this.#steps.startByHand(chosen, signal);
      // Beside automatic recording there is nothing to remember, except that it is not stopped any more.
      chosen.state.wish = this.#recordables.isAutomatic(stream) ? null : 'operator';
      this.#book.saveLater(chosen.state, { isWish: true });
      await settlesWithin(this.#book.save(), WRITTEN_WITHIN_MS);
      return path;
    });
  }

  /** Whether any node (or that of `alias`) says that it records; nodes that do not answer count as no. */
  async isRecording(stream: string, alias: string | undefined, signal: AbortSignal): Promise<boolean> {
    await this.#ask(stream, alias, signal);
    return this.#choice.copies(stream, alias).some((each) => each.state.isRecording === true);
  }

  /**
   * Stops recording on every node that records (or that of `alias`); false where none did.
   *
   * Throws `not_found` for an unknown node, `conflict` for nodes that cannot be told, and what a node failed with
   * after all were told.
   */
  async stopRecording(stream: string, alias: string | undefined, signal: AbortSignal): Promise<boolean> {
    const copies = await this.#choice.find(stream, alias, signal);
    const outcomes = await Promise.allSettled(
      copies.map((each) =>
        this.#mutex.run(each.state.alias, signal, async () => {
          const wasStopped = await this.#steps.stopByHand(each, signal);
          each.state.wish = this.#recordables.isAutomatic(stream) ? 'stopped' : null;
          this.#book.saveLater(each.state, { isWish: true });
          return wasStopped;
        }),
      ),
    );
    await settlesWithin(this.#book.save(), WRITTEN_WITHIN_MS);
    const failed = outcomes.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    return outcomes.some((each) => each.status === 'fulfilled' && each.value);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#stop.abort();
    await Promise.all([this.automatic.stop(), this.watch.stop(), this.#loop]);
    await Promise.all(this.#busy.values());
    await this.#book.save();
    await this.#calls.close();
  }

  async #serveCluster(signal: AbortSignal): Promise<void> {
    await this.#book.load();
    if (signal.aborted) return;
    const duty = new AbortController();
    this.#duty = duty;
    this.#tick();
    await this.#listed.run(signal);
    this.#duty = null;
    duty.abort();
    await Promise.all(this.#busy.values());
  }

  async #check(alias: string, stream: string, signal: AbortSignal): Promise<void> {
    await this.#mutex.run(alias, signal, async () => {
      const now = this.#recordables.list(alias, stream)[0];
      if (now?.sight.isAble) await this.#steps.check(now, signal);
    });
  }

  /** Whether segments of a node come into the index. */
  #isSeen(alias: string): boolean {
    const generation = this.options.cluster.snapshot(alias)?.identity?.generation;
    const isListed = this.options.isSynced === true && generation !== undefined && hasIndex(generation);
    return isListed || this.#pace.isFollowed(alias);
  }

  async #watchRecordings(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    let round = 0;
    this.#watchdog.begin(clock.monotonicMs());
    await this.#every(WATCH_EVERY_MS, signal, () => {
      // Whoever raises alarms may be another manager now than when it was told.
      if (round % SAY_ANEW_ROUNDS === 0) this.#watchdog.forget();
      round += 1;
      this.#watchdog.look(this.#recordables.tracked(), clock.monotonicMs());
    });
  }

  async #every(intervalMs: number, signal: AbortSignal, work: () => void): Promise<void> {
    while (!signal.aborted) {
      try {
        work();
      } catch (error) {
        this.options.logger.error({ err: error }, 'Recordings could not be looked after');
      }
      await this.options.clock.sleep(intervalMs, signal);
    }
  }

  /** One round: every node that has something to do gets its own chain of calls. */
  #tick(): void {
    const byAlias = new Map<string, Recordable[]>();
    const tracked = this.#recordables.tracked();
    this.#recheckMs = Math.max(this.options.config.tick_ms * 0.9, tracked.length * MS_PER_STATUS);
    for (const each of tracked) {
      followPublisher(each, this.#book);
      if (this.#decide(each) === 'nothing') continue;
      const due = byAlias.get(each.state.alias);
      if (due) due.push(each);
      else byAlias.set(each.state.alias, [each]);
    }
    forgetGone(this.options.cluster, this.#book, this.options.clock.monotonicMs());
    for (const [alias, due] of byAlias) {
      if (this.#busy.has(alias)) continue;
      const signal = (this.#duty ?? this.#stop).signal;
      const done = this.#serve(alias, due, signal)
        .catch((error: unknown) => {
          if (!signal.aborted && !this.#stop.signal.aborted)
            this.options.logger.error({ err: error, alias }, 'Recording failed');
        })
        .finally(() => this.#busy.delete(alias));
      this.#busy.set(alias, done);
    }
  }

  async #serve(alias: string, due: readonly Recordable[], signal: AbortSignal): Promise<void> {
    for (const first of due) {
      if (signal.aborted) return;
      await this.#mutex.run(alias, signal, async () => {
        for (let step = 0; step < MAX_STEPS; step++) {
          const now = this.#recordables.list(alias, first.stream.id)[0];
          const action = now ? this.#decide(now) : 'nothing';
          if (!now || action === 'nothing') return;
          if (signal === this.#duty?.signal) await this.#steps.take(action, now, signal);
          else await this.#steps.check(now, signal);
        }
      });
    }
    // What is only seen is written by the manager on duty.
    if (signal !== this.#duty?.signal) this.#book.forgetSeen();
    await this.#book.save();
  }

  /** Without the duty nodes are only asked. */
  #decide(each: Recordable) {
    const { config } = this.options;
    const action = decideRecording(each.sight, {
      maxRecordingMs: config.max_recording_seconds * 1000,
      recheckMs: this.#recheckMs,
      canRotate: this.#hasOwnFolder(each.generation),
    });
    return this.#duty === null && action !== 'check' ? 'nothing' : action;
  }

  /** Without a folder of its own a second recording of one day overwrites the first. */
  #hasOwnFolder(generation: Recordable['generation']): boolean {
    return describesRecordings(generation) || this.options.config.base_prefix !== '';
  }

  /** Ends a stalled recording and begins a new one, in the background. */
  #restart({ state }: Recordable): void {
    const { alias, stream } = state;
    const { signal } = this.#stop;
    const key = `restart ${relayKey(alias, stream)}`;
    if (this.#busy.has(key)) return;
    this.options.logger.warn({ alias, stream }, 'A stalled recording is stopped and started again');
    const done = this.#mutex
      .run(alias, signal, async () => {
        const now = this.#recordables.list(alias, stream)[0];
        if (now) await this.#steps.take('restart', now, signal);
        await this.#book.save();
      })
      .catch((error: unknown) => {
        if (!signal.aborted) this.options.logger.error({ err: error, alias, stream }, 'A restart failed');
      })
      .finally(() => this.#busy.delete(key));
    this.#busy.set(key, done);
  }

  /** Asks the nodes that hold the stream; who does not answer in time keeps what was known. */
  async #ask(stream: string, alias: string | undefined, signal: AbortSignal): Promise<void> {
    const copies = await this.#choice.find(stream, alias, signal);
    const asked = copies.filter((each) => each.sight.hasStatus && each.sight.isAble);
    await Promise.all(asked.map((each) => this.#steps.check(each, signal)));
  }
}

import { randomUUID } from 'node:crypto';
import type { CascadeView } from '../../../src-shared/contract/cascade-routes.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { orAbort, settlesWithin } from '../base/abort.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import { type DutyWorker, loopWorker } from '../duties/duty-worker.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { maxViewersPerStream } from '../nodes/parse-node-json.ts';
import type { CascadePlanner } from '../routing/cascade-planner.ts';
import { CascadeBook } from './cascade-book.ts';
import { CascadeCalls } from './cascade-calls.ts';
import type { CascadeServiceOptions, NewCascade } from './cascade-options.ts';
import type { OwnCascade } from './cascade-rows.ts';
import { cascadeViews, foreignLink, targetsOf } from './cascade-views.ts';
import { chooseRelay, copyOf, isSource, viewersAt, whyNoTarget } from './choose-relay.ts';
import { RelayKeeper } from './relay-keeper.ts';
import { findRelayLinks, relayKey } from './relay-links.ts';
import { RelayMaker, type RelayOrder, UncertainRelayError } from './relay-maker.ts';

interface Flight {
  readonly target: string;
  readonly done: Promise<string>;
}

const LOOK_EVERY_MS = 5 * MS_PER_SECOND;
const LOOK_AGAIN_MS = 200;
/** A target that has just failed is passed over for so long. */
const PASSED_OVER_MS = 30 * MS_PER_SECOND;
const ALARM_KEPT_MS = 10 * MS_PER_MINUTE;
const ALARM = 'cascade-failed';
/** A publisher that comes back does not wait longer for relays of before. */
const END_WITHIN_MS = 3 * MS_PER_SECOND;

/** Another manager was first: what it makes is for our viewers too. */
class MadeElsewhereError extends AppError {
  constructor() {
    super('conflict', 'This stream is just being relayed by another manager; try again in some seconds.');
  }
}

/**
 * Relays streams between nodes: when every holder is full, and by hand. Keeps its own record and compares it with
 * what the nodes show.
 */
export class CascadeService implements CascadePlanner, Closeable {
  readonly #calls: CascadeCalls;
  readonly #maker: RelayMaker;
  readonly #book: CascadeBook;
  readonly #flights = new Map<string, Flight>();
  readonly #failedUntilMs = new Map<string, number>();
  readonly #alarms = new Map<string, number>();
  readonly #keeper: RelayKeeper;
  readonly #stop = new AbortController();

  /** Compares the record with what nodes show and ends what nobody watches; for one manager of the cluster. */
  readonly upkeep: DutyWorker;

  constructor(private readonly options: CascadeServiceOptions) {
    const { clock, config, database, logger } = options;
    this.#calls = new CascadeCalls(options.makeDispatcher);
    this.upkeep = loopWorker((signal) => this.#run(signal), { clock, logger, name: 'relays' });
    this.#book = new CascadeBook(database, logger);
    this.#maker = new RelayMaker({
      calls: this.#calls,
      clock,
      checkAttempts: config.check_attempts,
      closesOtherSubscribers: config.close_other_sub,
    });
    this.#keeper = new RelayKeeper({
      ...options,
      book: this.#book,
      maker: this.#maker,
      isBeingMade: ({ stream, target }) => this.#flights.get(stream)?.target === target,
    });
  }

  /** Reads the record (again): another manager may have changed it. Throws `database_unavailable`. */
  async reload(): Promise<void> {
    const before = this.#book.list();
    await this.#book.load();
    const ended = before.filter(({ id }) => !this.#book.get(id));
    await Promise.all(ended.map((cascade) => this.#keeper.lookAgain(cascade, this.#stop.signal)));
  }

  /** Every relay: ours, and those that nodes show besides; sorted by stream, then target. */
  list(): CascadeView[] {
    return cascadeViews(this.#book.list(), this.options.cluster.snapshots());
  }

  /** Keys (`relayKey`) of every copy that comes from another node. */
  relayTargets(): Set<string> {
    const links = findRelayLinks(this.options.cluster.snapshots());
    const keys = [...links, ...this.#book.list()].map(({ stream, target }) =>
      target === null ? '' : relayKey(target, stream),
    );
    return new Set(keys);
  }

  async ensureRelay(
    stream: string,
    { excluding, signal }: { readonly excluding: readonly string[]; readonly signal: AbortSignal },
  ): Promise<string> {
    const excluded = new Set(excluding);
    for (;;) {
      try {
        return await this.#ensureRelay(stream, excluded, signal);
      } catch (error) {
        if (!(error instanceof MadeElsewhereError)) throw error;
      }
      await this.options.clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }

  async #ensureRelay(stream: string, excluded: ReadonlySet<string>, signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      await orAbort(this.#keeper.ended(stream), signal);
      const flight = this.#flights.get(stream);
      if (!flight && !this.#isMadeElsewhere(stream)) break;
      if (!flight) {
        // Our copy of the record follows within a fraction of a second.
        await this.options.clock.sleep(LOOK_AGAIN_MS, signal);
        continue;
      }
      // A target that is being made is excluded once it lists the stream; it is the one asked for nevertheless.
      if (!excluded.has(flight.target) || this.#holds(flight.target, stream)) {
        return orAbort(flight.done, signal);
      }
      await orAbort(
        flight.done.catch(() => ''),
        signal,
      );
    }
    const running = this.#runningWithRoom(stream, excluded);
    if (running) {
      this.#keeper.noteUse(running.id);
      return running.target;
    }
    return orAbort(this.#takeOff(stream, excluded), signal);
  }

  /**
   * Relays a stream by hand; resolves when media arrive.
   *
   * Throws `not_found` for an unknown node, `conflict` with the reason when it cannot be, and what the nodes failed
   * with.
   */
  async create({ mode, source, stream, target }: NewCascade): Promise<CascadeView> {
    await this.#keeper.ended(stream);
    const from = this.#demandNode(source);
    const to = this.#demandNode(target);
    if (source === target) throw new AppError('conflict', 'Source and target are the same node.');
    if (!isUsable(from.health.state)) throw new AppError('conflict', `${source} does not answer.`);
    if (!isSource(from, stream)) {
      throw new AppError('conflict', `Nobody publishes ${JSON.stringify(stream)} on ${source} now.`);
    }
    const obstacle = whyNoTarget(to, stream);
    if (obstacle !== null) throw new AppError('conflict', `${obstacle} Choose another target.`);
    if (this.#book.find(stream, target)) {
      throw new AppError('conflict', `The stream is relayed to ${target} already.`);
    }
    if (this.#flights.has(stream)) {
      throw new AppError('conflict', 'This stream is just being relayed; try again in some seconds.');
    }
    const order = { stream, source: from.node, target: to.node, mode: mode ?? this.options.config.mode };
    await this.#fly(order, 'operator');
    const view = this.list().find((each) => each.stream === stream && each.target === target);
    if (!view) throw new AppError('not_found', 'The relay has ended again.');
    return view;
  }

  /** Ends a relay of `list()`. Throws `not_found`, `node_unreachable`, `node_timeout`. */
  async end(id: string): Promise<void> {
    const own = this.#book.get(id);
    if (own) return this.#keeper.end(own, this.#stop.signal);
    const snapshots = this.options.cluster.snapshots();
    const link = foreignLink(findRelayLinks(snapshots), id);
    const owner = snapshots.find((each) => each.node.alias === link?.owner)?.node;
    if (!link || !owner) throw new AppError('not_found', 'There is no such relay. It may have ended.');
    const outcome = await this.#calls.endSession(owner, link.stream, link.session, this.#stop.signal);
    if (outcome.isOk) return;
    const code = outcome.kind === 'timeout' ? 'node_timeout' : 'node_unreachable';
    throw new AppError(code, `Node ${owner.alias}: ${outcome.reason}`);
  }

  /** Ends our relays from and to a node that is about to leave the cluster, as far as nodes answer. Never throws. */
  async endOf(alias: string): Promise<void> {
    const touched = this.#book.list().filter(({ source, target }) => source === alias || target === alias);
    await this.#endAll(touched, 'A relay of a node that is removed cannot be ended');
  }

  /** Never rejects. */
  async #endAll(cascades: readonly OwnCascade[], failure: string): Promise<void> {
    await Promise.all(
      cascades.map((cascade) =>
        this.#keeper.end(cascade, this.#stop.signal).catch((error: unknown) => {
          const { source, stream, target } = cascade;
          this.options.logger.warn({ stream, source, target, reason: errorMessage(error) }, failure);
        }),
      ),
    );
  }

  async endFrom(stream: string, alias: string): Promise<void> {
    const fed = this.#book.list().filter((each) => each.stream === stream && each.source === alias);
    await settlesWithin(this.#endAll(fed, 'A relay whose publisher is ended cannot be ended'), END_WITHIN_MS);
  }

  /** A node has another alias from now on. Never throws. */
  async rename(from: string, to: string): Promise<void> {
    const touched = this.#book.list().filter(({ source, target }) => source === from || target === from);
    const renamed = (alias: string) => (alias === from ? to : alias);
    for (const cascade of touched) {
      const { source, target } = cascade;
      await this.#book.put({ ...cascade, source: renamed(source), target: renamed(target) });
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.upkeep.stop();
    await Promise.all([...this.#flights.values()].map((flight) => flight.done.catch(() => '')));
    await this.#calls.close();
  }

  /** Whether another manager is just making a relay of the stream: viewers wait for that one. */
  #isMadeElsewhere(stream: string): boolean {
    const { isOthersWork } = this.options;
    return this.#book
      .list()
      .some((each) => each.stream === stream && each.state === 'starting' && isOthersWork?.(each) === true);
  }

  #takeOff(stream: string, excluded: ReadonlySet<string>): Promise<string> {
    const { config } = this.options;
    const snapshots = this.options.cluster.snapshots();
    const wish = { stream, relayTargets: this.#relayTargets(stream), mode: config.mode };
    const nowMs = this.options.clock.monotonicMs();
    const passedOver = snapshots
      .map(({ node }) => node.alias)
      .filter((alias) => (this.#failedUntilMs.get(relayKey(alias, stream)) ?? 0) > nowMs);
    let choice = chooseRelay(snapshots, { ...wish, excluding: new Set([...excluded, ...passedOver]) });
    if (!choice.isFound) choice = chooseRelay(snapshots, { ...wish, excluding: excluded });
    if (!choice.isFound) {
      return Promise.reject(new AppError('no_available_node', `no available node: ${choice.reason}`));
    }
    const order = { stream, source: choice.source.node, target: choice.target.node, mode: config.mode };
    return this.#fly(order, 'viewers');
  }

  #fly(order: RelayOrder, origin: OwnCascade['origin']): Promise<string> {
    const { stream, target } = order;
    const done = this.#make(order, origin).finally(() => {
      this.#flights.delete(stream);
    });
    // Whoever asked may have gone; the failure is logged and alarmed where it happens.
    done.catch(() => {});
    this.#flights.set(stream, { target: target.alias, done });
    return done;
  }

  async #make(order: RelayOrder, origin: OwnCascade['origin']): Promise<string> {
    const { alerts, clock, logger } = this.options;
    const { mode, source, stream, target } = order;
    const cascade: OwnCascade = {
      id: randomUUID(),
      stream,
      source: source.alias,
      target: target.alias,
      mode,
      origin,
      state: 'starting',
      createdAtMs: clock.nowMs(),
      managerId: this.options.managerId ?? null,
      sourceUrl: source.url,
      targetUrl: target.url,
      peerSession: null,
    };
    const about = { stream, source: source.alias, target: target.alias, mode };
    const isOthersWork = this.options.isOthersWork ?? (() => false);
    if (!(await this.#book.claim(cascade, isOthersWork))) throw new MadeElsewhereError();
    let peerSession: string | null;
    try {
      peerSession = await this.#maker.make(order, this.#stop.signal);
    } catch (error) {
      // Stopped in the middle: the row stays, and the next start takes the relay back.
      if (this.#stop.signal.aborted) throw error;
      // Else the row stays, and upkeep takes the relay back once its node answers.
      if (!(error instanceof UncertainRelayError)) await this.#book.drop(cascade.id);
      const nowMs = clock.monotonicMs();
      this.#failedUntilMs.set(relayKey(target.alias, stream), nowMs + PASSED_OVER_MS);
      this.#alarms.set(stream, nowMs);
      logger.warn({ ...about, reason: errorMessage(error) }, 'A relay failed and was taken back');
      const text = `${stream} could not be relayed from ${source.alias} to ${target.alias}. ${errorMessage(error)}`;
      alerts.raise(ALARM, { kind: 'stream', name: stream }, text, about);
      throw error;
    }
    await this.#book.put({ ...cascade, state: 'running', peerSession });
    logger.info(about, 'A stream is relayed');
    this.#failedUntilMs.delete(relayKey(target.alias, stream));
    this.#resolveAlarm(stream);
    return target.alias;
  }

  #resolveAlarm(stream: string): void {
    this.#alarms.delete(stream);
    this.options.alerts.resolve(ALARM, { kind: 'stream', name: stream });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, config, logger } = this.options;
    await this.#book.load();
    while (!signal.aborted) {
      try {
        await this.#look(signal);
      } catch (error) {
        if (!signal.aborted) logger.error({ err: error }, 'Relays could not be looked after');
      }
      await clock.sleep(Math.min(LOOK_EVERY_MS, config.check_tick_time), signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const nowMs = this.options.clock.monotonicMs();
    for (const [key, untilMs] of this.#failedUntilMs) if (untilMs <= nowMs) this.#failedUntilMs.delete(key);
    // Those of an earlier run, or of another manager, end like our own.
    for (const stream of this.options.openAlarms?.() ?? []) {
      if (!this.#alarms.has(stream)) this.#alarms.set(stream, nowMs);
    }
    for (const [stream, atMs] of this.#alarms) if (nowMs - atMs > ALARM_KEPT_MS) this.#resolveAlarm(stream);
    await this.#book.saveUnsaved();
    await this.#keeper.look(signal);
  }

  #runningWithRoom(stream: string, excluded: ReadonlySet<string>): OwnCascade | undefined {
    const snapshots = this.options.cluster.snapshots();
    return this.#book.list().find((cascade) => {
      if (cascade.stream !== stream || cascade.state !== 'running' || excluded.has(cascade.target))
        return false;
      const target = snapshots.find((each) => each.node.alias === cascade.target);
      if (!target || !isUsable(target.health.state)) return false;
      return (viewersAt(target, stream) ?? 0) < maxViewersPerStream(target.strategy);
    });
  }

  #relayTargets(stream: string): Set<string> {
    return targetsOf(stream, this.#book.list(), this.options.cluster.snapshots());
  }

  #holds(alias: string, stream: string): boolean {
    const snapshot = this.options.cluster.snapshot(alias);
    return snapshot !== undefined && copyOf(snapshot, stream) !== undefined;
  }

  #demandNode(alias: string): NodeSnapshot {
    const snapshot = this.options.cluster.snapshot(alias);
    if (!snapshot) throw new AppError('not_found', `There is no node ${alias}.`);
    return snapshot;
  }
}

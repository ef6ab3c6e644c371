import { errorMessage } from '../base/errors.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import type { CascadeBook } from './cascade-book.ts';
import type { CascadeServiceOptions } from './cascade-options.ts';
import type { OwnCascade } from './cascade-rows.ts';
import { copyOf, hasLivePublisher, viewersAt } from './choose-relay.ts';
import { judgeCascade } from './judge-cascade.ts';
import { type AliasOf, aliasFinder, linkStateOf } from './relay-links.ts';
import type { RelayMaker, RelayOrder } from './relay-maker.ts';
import { SoLong } from './so-long.ts';

export interface RelayKeeperOptions
  extends Pick<
    CascadeServiceOptions,
    'cluster' | 'clock' | 'config' | 'logger' | 'isOthersWork' | 'refresh'
  > {
  readonly book: CascadeBook;
  readonly maker: RelayMaker;
  /** Whether this program is just making it. */
  readonly isBeingMade: (cascade: OwnCascade) => boolean;
}

/** What one look at all relays knows of the nodes. */
interface Round {
  readonly byAlias: ReadonlyMap<string, NodeSnapshot>;
  readonly aliasOf: AliasOf;
  readonly isIdleSearch: boolean;
  readonly signal: AbortSignal;
}

/** Compares our relays with what the nodes show, and ends those that are lost, left over or watched by nobody. */
export class RelayKeeper {
  readonly #seen = new SoLong();
  readonly #idle = new SoLong();
  readonly #broken = new SoLong();
  /** By stream: what is being ended. */
  readonly #endings = new Map<string, Promise<void>>();
  #idleSearchMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: RelayKeeperOptions) {}

  /** One look at all of them. Never throws for what a node does. */
  async look(signal: AbortSignal): Promise<void> {
    const { book, clock, cluster, config } = this.options;
    const nowMs = clock.monotonicMs();
    const isIdleSearch = nowMs - this.#idleSearchMs >= config.check_tick_time;
    if (isIdleSearch) this.#idleSearchMs = nowMs;
    const snapshots = cluster.snapshots();
    const byAlias = new Map(snapshots.map((each) => [each.node.alias, each]));
    const round = { byAlias, aliasOf: aliasFinder(snapshots), isIdleSearch, signal };
    await Promise.all(book.list().map((cascade) => this.#lookAfter(cascade, round)));
    const ids = new Set(book.list().map((each) => each.id));
    for (const each of [this.#seen, this.#idle, this.#broken]) each.keepOnly(ids);
  }

  /** A viewer is sent there now. */
  noteUse(id: string): void {
    this.#idle.forget(id);
  }

  /** Resolves once no relay of the stream is being ended: before that a new one would be taken for its remains. */
  async ended(stream: string): Promise<void> {
    await this.#endings.get(stream);
  }

  /** Ends a relay. Throws `node_unreachable`, `node_timeout` when its node cannot be told. */
  end(cascade: OwnCascade, signal: AbortSignal): Promise<void> {
    return this.#ending(cascade, async () => {
      const order = this.#orderOf(cascade);
      if (order) await this.options.maker.end(order, signal);
      await this.#forget(cascade, signal);
    });
  }

  /** Has both nodes asked for the stream: they are polled every few seconds only. */
  async lookAgain({ source, stream, target }: OwnCascade, signal: AbortSignal): Promise<void> {
    const { refresh } = this.options;
    await Promise.allSettled([target, source].map((alias) => refresh?.(alias, stream, signal)));
  }

  async #lookAfter(cascade: OwnCascade, { aliasOf, byAlias, isIdleSearch, signal }: Round): Promise<void> {
    const { book, clock, config, isBeingMade, isOthersWork } = this.options;
    if (isBeingMade(cascade)) return;
    if (cascade.state === 'starting' && isOthersWork?.(cascade)) return;
    const nowMs = clock.monotonicMs();
    const source = byAlias.get(cascade.source);
    const target = byAlias.get(cascade.target);
    const ageMs = this.#seen.note(cascade.id, true, nowMs) ?? 0;
    const owner = cascade.mode === 'push' ? source : target;
    // A node that was taken out of the cluster cannot be told anything any more.
    if (!owner) return book.drop(cascade.id);
    const idleForMs = this.#idle.note(cascade.id, viewersAt(target, cascade.stream) === 0, nowMs);
    const linkState = isUsable(owner.health.state) ? linkStateOf(cascade, owner, aliasOf) : null;
    const hasArrived =
      target && isUsable(target.health.state) ? hasLivePublisher(copyOf(target, cascade.stream)) : null;
    const isBroken = linkState === 'disconnected' || linkState === 'failed' || hasArrived === false;
    const verdict = judgeCascade(
      {
        origin: cascade.origin,
        ageMs,
        isLinkShown: linkState === null ? null : linkState !== 'none',
        hasArrived,
        brokenForMs: this.#broken.note(cascade.id, isBroken, nowMs),
        idleForMs: isIdleSearch ? idleForMs : null,
      },
      config.maximum_idle_time,
    );
    const isLeftOver = cascade.state === 'starting' && isUsable(owner.health.state);
    if (verdict === 'keep' && !isLeftOver) return;
    const why = isLeftOver || verdict === 'keep' ? 'unfinished' : verdict;
    await this.#ending(cascade, () => this.#finish(cascade, why, signal));
  }

  async #finish(
    cascade: OwnCascade,
    why: 'idle' | 'lost' | 'unfinished',
    signal: AbortSignal,
  ): Promise<void> {
    const { logger, maker } = this.options;
    const about = { stream: cascade.stream, source: cascade.source, target: cascade.target };
    const order = this.#orderOf(cascade);
    try {
      if (why === 'idle' && order && !(await maker.isIdle(order, signal))) return;
      if (order) await maker.end(order, signal);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ ...about, reason: errorMessage(error) }, 'A relay cannot be ended');
      // The others are tried again in the next round.
      if (why !== 'lost') return;
    }
    // Else the target would refuse the next relay, as a publisher without a connection holds the place.
    if (order && why !== 'idle') await maker.clearTarget(order, signal).catch(() => {});
    await this.#forget(cascade, signal);
    logger.info({ ...about, why }, 'A relay has ended');
  }

  /** Takes a relay that has ended out of the record, once old lists of its nodes count no more. */
  async #forget(cascade: OwnCascade, signal: AbortSignal): Promise<void> {
    await this.lookAgain(cascade, signal);
    await this.options.book.drop(cascade.id);
  }

  #ending({ stream }: OwnCascade, end: () => Promise<void>): Promise<void> {
    const before = this.#endings.get(stream) ?? Promise.resolve();
    const done = before.then(end);
    const settled = done
      .catch(() => {})
      .finally(() => {
        if (this.#endings.get(stream) === settled) this.#endings.delete(stream);
      });
    this.#endings.set(stream, settled);
    return done;
  }

  #orderOf({ mode, source, stream, target }: OwnCascade): RelayOrder | null {
    const { cluster } = this.options;
    const from = cluster.snapshot(source)?.node;
    const to = cluster.snapshot(target)?.node;
    return from && to ? { stream, mode, source: from, target: to } : null;
  }
}

import { isPresent } from '../../../src-shared/util/session-state.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { errorMessage } from '../base/errors.ts';
import type { NodeAddress } from '../nodes/node-client.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import type { CascadeBook } from './cascade-book.ts';
import type { CascadeServiceOptions } from './cascade-options.ts';
import type { OwnCascade } from './cascade-rows.ts';
import { copyOf, isArrived, viewersAt } from './choose-relay.ts';
import { judgeCascade } from './judge-cascade.ts';
import { type AliasOf, aliasFinder, linkStateOf } from './relay-links.ts';
import type { RelayMaker, RelayOrder } from './relay-maker.ts';
import { SoLong } from './so-long.ts';

export interface RelayKeeperOptions
  extends Pick<
    CascadeServiceOptions,
    'cluster' | 'clock' | 'config' | 'logger' | 'isDeclaredElsewhere' | 'isOthersWork' | 'refresh'
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

/** A node that is edited, or read from the table a little later, is away for a moment only. */
const LEFT_MS = 30 * MS_PER_SECOND;

/** Compares our relays with what the nodes show, and ends those that are lost, left over or watched by nobody. */
export class RelayKeeper {
  readonly #seen = new SoLong();
  readonly #idle = new SoLong();
  readonly #broken = new SoLong();
  readonly #left = new SoLong();
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
    for (const each of [this.#seen, this.#idle, this.#broken, this.#left]) each.keepOnly(ids);
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
      await this.#endWhereKnown(cascade, signal);
      await this.#forget(cascade, signal);
    });
  }

  /** Has both nodes asked for the stream: they are polled every few seconds only. */
  async lookAgain({ source, stream, target }: OwnCascade, signal: AbortSignal): Promise<void> {
    const { refresh } = this.options;
    await Promise.allSettled([target, source].map((alias) => refresh?.(alias, stream, signal)));
  }

  async #lookAfter(cascade: OwnCascade, { aliasOf, byAlias, isIdleSearch, signal }: Round): Promise<void> {
    const { clock, config, isBeingMade, isOthersWork } = this.options;
    if (isBeingMade(cascade)) return;
    if (cascade.state === 'starting' && isOthersWork?.(cascade)) return;
    const nowMs = clock.monotonicMs();
    const source = byAlias.get(cascade.source);
    const target = byAlias.get(cascade.target);
    const ageMs = this.#seen.note(cascade.id, true, nowMs) ?? 0;
    const hasLeft = !source || !target;
    const leftForMs = this.#left.note(cascade.id, hasLeft, nowMs);
    if (hasLeft) {
      if (leftForMs === null || leftForMs < LEFT_MS || this.#isForOthers(cascade, byAlias)) return;
      return this.#ending(cascade, () => this.#endLeft(cascade, signal));
    }
    const [owner, peer] = cascade.mode === 'push' ? [source, target] : [target, source];
    const idleForMs = this.#idle.note(cascade.id, viewersAt(target, cascade.stream) === 0, nowMs);
    const linkState = isUsable(owner.health.state) ? linkStateOf(cascade, owner, aliasOf) : null;
    const hasArrived =
      target && isUsable(target.health.state) ? isArrived(copyOf(target, cascade.stream)) : null;
    const isPeerShown = isPeerShownBy(peer, cascade);
    const isLost = linkState === 'disconnected' || linkState === 'failed';
    const isBroken = isLost || hasArrived === false || isPeerShown === false;
    const verdict = judgeCascade(
      {
        origin: cascade.origin,
        ageMs,
        isLinkShown: linkState === null ? null : linkState !== 'none',
        hasArrived,
        isPeerShown,
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

  /** Whether a node of it that we do not know is one of another manager's file. */
  #isForOthers({ source, target }: OwnCascade, byAlias: Round['byAlias']): boolean {
    const { isDeclaredElsewhere } = this.options;
    return [source, target].some((alias) => !byAlias.has(alias) && isDeclaredElsewhere?.(alias) === true);
  }

  /** Ends a relay of which a node has left the cluster at the node that is still there. */
  async #endLeft(cascade: OwnCascade, signal: AbortSignal): Promise<void> {
    const { logger } = this.options;
    const { source, stream, target } = cascade;
    const about = { stream, source, target };
    try {
      await this.#endWhereKnown(cascade, signal);
    } catch (error) {
      if (!signal.aborted) logger.warn({ ...about, reason: errorMessage(error) }, 'A relay cannot be ended');
      return;
    }
    await this.#forget(cascade, signal);
    logger.info(about, 'A relay has ended: a node of it is no longer of the cluster');
  }

  /** On the node that made it; where that is not of the cluster, at its other end. Throws as `end`. */
  async #endWhereKnown(cascade: OwnCascade, signal: AbortSignal): Promise<void> {
    const { cluster, maker } = this.options;
    const { mode, peerSession, source, stream, target } = cascade;
    const order = this.#orderOf(cascade);
    if (order) return this.#endAtBoth(cascade, order, signal);
    const peer = cluster.snapshot(mode === 'push' ? target : source)?.node;
    if (peer && peerSession !== null) await maker.endPeer(peer, stream, peerSession, signal);
  }

  /**
   * The source of a push tells its target of the end only afterwards; until then viewers would be sent there. Throws as
   * `end`.
   */
  async #endAtBoth(cascade: OwnCascade, order: RelayOrder, signal: AbortSignal): Promise<void> {
    const { cluster, maker } = this.options;
    const { mode, peerSession, stream, target } = cascade;
    await maker.end(order, signal);
    const node = mode === 'push' ? cluster.snapshot(target)?.node : undefined;
    if (node && peerSession !== null) {
      await maker.endPeer(node, stream, peerSession, signal).catch(() => signal.throwIfAborted());
    }
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
      if (order) await this.#endAtBoth(cascade, order, signal);
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

  /** Null where the node that made it is not of the cluster; of the other one its address then does. */
  #orderOf({ mode, source, sourceUrl, stream, target, targetUrl }: OwnCascade): RelayOrder | null {
    const { cluster } = this.options;
    const owner = cluster.snapshot(mode === 'push' ? source : target);
    const from = cluster.snapshot(source)?.node ?? addressOf(source, sourceUrl);
    const to = cluster.snapshot(target)?.node ?? addressOf(target, targetUrl);
    return owner && from && to ? { stream, mode, source: from, target: to } : null;
  }
}

/** A node that is called no more. */
function addressOf(alias: string, url: string | null): NodeAddress | null {
  return url === null ? null : { alias, url, token: '' };
}

function isPeerShownBy(peer: NodeSnapshot, { mode, peerSession, stream }: OwnCascade): boolean | null {
  if (peerSession === null || !isUsable(peer.health.state)) return null;
  const copy = copyOf(peer, stream);
  const sessions = (mode === 'push' ? copy?.publish.sessions : copy?.subscribe.sessions) ?? [];
  return sessions.some((each) => each.id === peerSession && isPresent(each));
}

import type { Stream } from '../../../src-shared/model/node-json.ts';
import { sessionOfUrl } from '../../../src-shared/util/relay-ends.ts';
import { isOpenSession, isPresent } from '../../../src-shared/util/session-state.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { NodeAddress, NodeFailureKind } from '../nodes/node-client.ts';
import { type CascadeCalls, pullUrl, pushUrl } from './cascade-calls.ts';
import type { NodeOutcome } from './node-call.ts';

/** A relay to be made or ended. */
export interface RelayOrder {
  readonly stream: string;
  readonly mode: 'push' | 'pull';
  readonly source: NodeAddress;
  readonly target: NodeAddress;
}

export interface RelayMakerOptions {
  readonly calls: CascadeCalls;
  readonly clock: Clock;
  /** How many seconds a new relay has to show its first media. */
  readonly checkAttempts: number;
  /** End the other subscribers on the source once the relay runs. */
  readonly closesOtherSubscribers: boolean;
}

/** It is not known whether the relay was taken back: its node did not say, and may yet make it. */
export class UncertainRelayError extends AppError {}

/** Failures after which a node has certainly made nothing. */
const MADE_NOTHING: readonly NodeFailureKind[] = ['refused', 'dns', 'tls', 'unauthorized'];

/** A connection is made within some hundred milliseconds: asking once a second would make viewers wait. */
const LOOK_EVERY_MS = 250;

/** Makes relays between two nodes, and takes them back. */
export class RelayMaker {
  constructor(private readonly options: RelayMakerOptions) {}

  /**
   * Makes the relay; resolves when the publisher on the target is connected, to its session at the end that did not
   * make it (null where no node says which).
   *
   * Throws `node_unreachable` or `node_timeout` with what went wrong. Everything is taken back before, as an
   * UncertainRelayError as far as that could be done.
   */
  async make(order: RelayOrder, signal: AbortSignal): Promise<string | null> {
    const { calls } = this.options;
    const { mode, source, stream, target } = order;
    const outcome = await calls[mode](source, target, stream, signal);
    if (!outcome.isOk) {
      const isTakenBack = await this.#takeBack(order, signal);
      // Where the answer was lost, the node may still be at it.
      const isAnswered = outcome.kind === 'status' || outcome.kind === 'not-a-node';
      const isCertain = MADE_NOTHING.includes(outcome.kind) || (isTakenBack && isAnswered);
      throw callError(ownerOf(order), outcome, isCertain ? AppError : UncertainRelayError);
    }
    const arrived = await this.#arrival(order, signal);
    if (!arrived) {
      const isTakenBack = await this.#takeBack(order, signal);
      throw new (isTakenBack ? AppError : UncertainRelayError)(
        'node_timeout',
        `Node ${target.alias}: the relayed stream ${JSON.stringify(stream)} did not arrive from ${source.alias} within ` +
          `${this.#attempts} s. Can the two reach each other over UDP?`,
      );
    }
    if (this.options.closesOtherSubscribers) await this.#closeOthers(order, signal);
    return arrived.peerSession;
  }

  /**
   * Ends the relay's session on the node that has it; a relay that is gone is success.
   *
   * Throws `node_unreachable` or `node_timeout` when that node cannot be told.
   */
  async end(order: RelayOrder, signal: AbortSignal): Promise<void> {
    const { calls } = this.options;
    const owner = ownerOf(order);
    const listed = await calls.readStreams(owner, signal);
    if (!listed.isOk) throw callError(owner, { ...listed, text: '' });
    const session = linkOf(order, listed.streams)?.id;
    if (session === undefined) return;
    const ended = await calls.endSession(owner, order.stream, session, signal);
    if (!ended.isOk) throw callError(owner, ended);
  }

  /** Ends the relay at its other end, where the node that made it cannot be told any more. */
  async endPeer(node: NodeAddress, stream: string, session: string, signal: AbortSignal): Promise<void> {
    const ended = await this.options.calls.endSession(node, stream, session, signal);
    if (!ended.isOk) throw callError(node, ended);
  }

  /** Removes what a relay that broke has left on its target: a publisher that is not connected, an empty stream. */
  async clearTarget({ stream, target }: RelayOrder, signal: AbortSignal): Promise<void> {
    const { calls } = this.options;
    const listed = await calls.readStreams(target, signal);
    const copy = listed.isOk ? listed.streams.find((each) => each.id === stream) : undefined;
    if (!copy) return;
    const publishers = copy.publish.sessions.filter(isOpenSession);
    if (publishers.some((each) => each.state === 'connected')) return;
    for (const publisher of publishers) await calls.endSession(target, stream, publisher.id, signal);
    const hasViewers = copy.subscribe.sessions.some(isPresent);
    if (publishers.length === 0 && !hasViewers && !copy.provisioned) {
      await calls.deleteStream(target, stream, signal);
    }
  }

  /** Whether nobody takes the stream from the target now, as the target itself says. */
  async isIdle({ stream, target }: RelayOrder, signal: AbortSignal): Promise<boolean> {
    const listed = await this.options.calls.readStreams(target, signal);
    const copy = listed.isOk ? listed.streams.find((each) => each.id === stream) : undefined;
    return listed.isOk && !copy?.subscribe.sessions.some(isPresent);
  }

  get #attempts(): number {
    return Math.max(1, this.options.checkAttempts);
  }

  /** Null when media did not come in time. */
  async #arrival(order: RelayOrder, signal: AbortSignal): Promise<Arrival | null> {
    const { calls, clock } = this.options;
    const untilMs = clock.monotonicMs() + this.#attempts * MS_PER_SECOND;
    for (;;) {
      const listed = await calls.readStreams(order.target, signal);
      const arrival = listed.isOk ? arrivalOf(order, listed.streams) : null;
      if (arrival) return arrival;
      if (clock.monotonicMs() >= untilMs) return null;
      await clock.sleep(LOOK_EVERY_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** Whether the relay's node shows it no more. Not an error of its own: the first failure counts. */
  async #takeBack(order: RelayOrder, signal: AbortSignal): Promise<boolean> {
    const isEnded = await this.end(order, signal).then(
      () => true,
      () => {
        signal.throwIfAborted();
        return false;
      },
    );
    await this.clearTarget(order, signal);
    return isEnded;
  }

  async #closeOthers(order: RelayOrder, signal: AbortSignal): Promise<void> {
    const { calls } = this.options;
    const { mode, source, stream, target } = order;
    const [atSource, atTarget] = [
      await calls.readStreams(source, signal),
      await calls.readStreams(target, signal),
    ];
    if (!atSource.isOk || !atTarget.isOk) return;
    const link = linkOf(order, atTarget.streams);
    const linkSession = sessionOfUrl(link?.cascade?.sessionUrl);
    // The link of a pull looks like any viewer: without its name nobody can be ended safely.
    if (mode === 'pull' && !linkSession) return;
    const copy = atSource.streams.find((each) => each.id === stream);
    const others = copy?.subscribe.sessions.filter(
      (each) => isOpenSession(each) && !each.cascade && each.id !== linkSession,
    );
    await Promise.all((others ?? []).map((each) => calls.endSession(source, stream, each.id, signal)));
  }
}

/** The node whose session makes the relay: the source of a push, the target of a pull. */
export function ownerOf({ mode, source, target }: RelayOrder): NodeAddress {
  return mode === 'push' ? source : target;
}

/** The relay's session among the streams of its owner. */
function linkOf(order: RelayOrder, streams: readonly Stream[]) {
  const copy = streams.find((each) => each.id === order.stream);
  if (order.mode === 'push') {
    const url = pushUrl(order.target, order.stream);
    return copy?.subscribe.sessions.find((each) => isOpenSession(each) && each.cascade?.targetUrl === url);
  }
  const url = pullUrl(order.source, order.stream);
  return copy?.publish.sessions.find((each) => isOpenSession(each) && each.cascade?.sourceUrl === url);
}

interface Arrival {
  readonly peerSession: string | null;
}

/** The relay's publisher on its target, once it is connected; null before. */
function arrivalOf(order: RelayOrder, streams: readonly Stream[]): Arrival | null {
  if (order.mode === 'pull') {
    const link = linkOf(order, streams);
    return link?.state === 'connected' ? { peerSession: sessionOfUrl(link.cascade?.sessionUrl) } : null;
  }
  const copy = streams.find((each) => each.id === order.stream);
  const publisher = copy?.publish.sessions.find((each) => isOpenSession(each) && each.state === 'connected');
  return publisher ? { peerSession: publisher.id } : null;
}

function callError(
  node: NodeAddress,
  outcome: NodeOutcome & { isOk: false },
  Kind: typeof AppError = AppError,
): AppError {
  const code = outcome.kind === 'timeout' ? 'node_timeout' : 'node_unreachable';
  return new Kind(code, `Node ${node.alias}: ${outcome.reason}`);
}

import type { IncomingHttpHeaders } from 'node:http';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import { KeyedMutex } from '../base/keyed-mutex.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import type { NodeAddress } from '../nodes/node-client.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { parseStream } from '../nodes/parse-node-json.ts';
import { describeCandidates } from './candidates.ts';
import type { CascadePlanner } from './cascade-planner.ts';
import { HandOver } from './hand-over.ts';
import type { IceServers } from './ice-servers.ts';
import { splitLinks } from './link-header.ts';
import { type ForwardedReply, headerSafe, type NodeProxy } from './node-proxy.ts';
import type { PendingSessions, Reservation } from './pending-sessions.ts';
import { choosePlayNode, choosePublishNode, type PlayChoice } from './placement.ts';
import type { RecordedCheck } from './recorded-check.ts';
import { rewriteAnswer } from './sdp-answer.ts';
import { sessionOfLocation, sessionPath, withUsableLayerLink } from './session-location.ts';
import type { SessionRoutes } from './session-routes.ts';
import type { SharedPlaces } from './shared-places.ts';
import type { StreamFinder } from './stream-finder.ts';
import { judgePublisher, type ListedPublisher } from './take-over.ts';

/** An SDP offer as a client sent it. */
export interface Offer {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
  /** Who it comes from, and whose the session will be. */
  readonly owner: string | null;
}

/** A node's reply to an offer, made ready for the client. */
export interface OfferReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

export interface OfferRouterOptions {
  readonly readSnapshots: () => readonly NodeSnapshot[];
  readonly finder: StreamFinder;
  readonly proxy: NodeProxy;
  readonly pending: PendingSessions;
  readonly places: SharedPlaces;
  readonly sessions: SessionRoutes;
  readonly planner: CascadePlanner;
  readonly iceServers: IceServers;
  readonly isRecorded: RecordedCheck;
  readonly config: Config['whip'];
  readonly limits: RoutingLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long calls to nodes may take, the reading of the reply included. */
export interface RoutingLimits {
  /** Offers: nodes may wait for a STUN server that does not answer, or for a source that has to be started. */
  readonly offerMs: number;
  /** Everything else. */
  readonly sessionMs: number;
}

export const DEFAULT_LIMITS: RoutingLimits = { offerMs: 35 * MS_PER_SECOND, sessionMs: 10 * MS_PER_SECOND };

type OfferKind = 'publish' | 'play';

/** Offers and answers; a browser's are around 10 KiB. */
export const SDP_LIMIT_BYTES = 256 * 1024;
const MAX_STREAM_BYTES = 4 * 1024 * 1024;
/** Each relay that fills up while viewers wait makes another one necessary. */
const MAX_RELAYS_PER_VIEWER = 4;
/** A publisher that has just come is seen to be connected at one of the next polls; only then it can be relayed. */
const STARTING_MS = 10 * MS_PER_SECOND;
const LOOK_EVERY_MS = 200;
/** Before a node is called full, those are waited for that have a place there and no answer yet. */
const UNANSWERED_MS = MS_PER_SECOND;
const UNANSWERED_LOOK_MS = 50;

/** Sends publishers and viewers to nodes. */
export class OfferRouter implements Closeable {
  readonly #publishers = new KeyedMutex();
  readonly #undoing = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(private readonly options: OfferRouterOptions) {}

  /**
   * Hands the offer to the node that suits the stream best (one of `only`, if it is not empty).
   *
   * Publishers of one stream are placed one after the other. A node that certainly did not take the offer is passed
   * over. Throws `no_available_node` when there is none.
   */
  publish(stream: string, offer: Offer, only: readonly string[], signal: AbortSignal): Promise<OfferReply> {
    return this.#publishers.run(stream, signal, async () => {
      const handOver = new HandOver();
      let hasMet = false;
      for (;;) {
        const { choice: alias, place } = await this.options.places.take(
          'publish',
          stream,
          () => choosePublishNode(handOver.without(this.#candidates(stream)), only),
          (choice) => choice,
        );
        if (alias === null && !hasMet) {
          hasMet = true;
          if (await this.options.finder.meetNodes(signal)) continue;
        }
        if (alias === null || !place) return handOver.giveUp('no_available_node', 'no available node');
        const reply = await handOver.try(alias, () => this.#publishOn(alias, stream, offer, signal, place));
        if (reply) return reply;
      }
    });
  }

  /** Hands the offer to this node. Throws `no_available_node` when there is no such node. */
  publishOn(alias: string, stream: string, offer: Offer, signal: AbortSignal): Promise<OfferReply> {
    return this.#publishers.run(stream, signal, () => this.#publishOn(alias, stream, offer, signal));
  }

  /**
   * Hands the offer to a node that carries the stream and has room, having it relayed to another where all are full.
   *
   * A stream that no node listed so far is asked for. A node that certainly did not take the offer is passed over.
   * Throws `stream_not_found` when no usable node (of `only`) has the stream, else as the cascade planner does.
   */
  async play(
    stream: string,
    offer: Offer,
    only: readonly string[],
    signal: AbortSignal,
  ): Promise<OfferReply> {
    const { clock, finder, pending, planner } = this.options;
    const handOver = new HandOver();
    const startMs = clock.monotonicMs();
    let relayCount = 0;
    let isSearched = false;
    let fullSinceMs: number | null = null;
    while (relayCount <= MAX_RELAYS_PER_VIEWER) {
      const { choice, place } = await this.#takeForViewer(stream, () =>
        choosePlayNode(handOver.without(this.#candidates(stream)), only),
      );
      if (choice.kind === 'unknown') {
        if (handOver.hasFailed || isSearched || !(await finder.find(stream, signal))) {
          return handOver.giveUp('stream_not_found', 'resource not exists');
        }
        isSearched = true;
        continue;
      }
      if (choice.kind === 'node') {
        const { alias } = choice;
        const call = () => this.#exchange('play', alias, stream, offer, signal, place);
        const reply = await handOver.try(alias, call, isNotTaken);
        if (reply) return reply;
        // It may have lost the stream since it was polled. Rejects never: nobody stops it.
        void finder.refresh(alias, stream);
        continue;
      }
      if (choice.isStarting && clock.monotonicMs() - startMs < STARTING_MS) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        signal.throwIfAborted();
        continue;
      }
      fullSinceMs ??= clock.monotonicMs();
      if (pending.unanswered(stream) !== 'nobody' && clock.monotonicMs() - fullSinceMs < UNANSWERED_MS) {
        await clock.sleep(UNANSWERED_LOOK_MS, signal);
        signal.throwIfAborted();
        continue;
      }
      const excluding = [...choice.excluding, ...handOver.failed];
      const alias = await planner.ensureRelay(stream, { excluding, signal });
      pending.noteRelay(alias, stream);
      relayCount++;
    }
    throw new AppError(
      'no_available_node',
      'no available node: each relay was full before this viewer got in',
    );
  }

  /** Hands the offer to this node, full or not. Throws `no_available_node` when there is no such node. */
  async playFrom(alias: string, stream: string, offer: Offer, signal: AbortSignal): Promise<OfferReply> {
    return this.#exchange('play', alias, stream, offer, signal);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#undoing);
  }

  /** Other managers are asked only where their viewers make a difference: what is full here is full with them, too. */
  async #takeForViewer(
    stream: string,
    choose: () => PlayChoice,
  ): Promise<{ readonly choice: PlayChoice; readonly place: Reservation | null }> {
    const { pending, places } = this.options;
    const choice = choose();
    if (choice.kind !== 'node' && pending.unanswered(stream) !== 'foreign') return { choice, place: null };
    return places.take('play', stream, choose, (chosen) => (chosen.kind === 'node' ? chosen.alias : null));
  }

  async #publishOn(
    alias: string,
    stream: string,
    offer: Offer,
    signal: AbortSignal,
    place: Reservation | null = null,
  ): Promise<OfferReply> {
    const reply = await this.#exchange('publish', alias, stream, offer, signal, place);
    if (reply.status !== 409 || !this.options.config.take_over) return reply;
    const isFree = await this.#freePlace(this.#node(alias), stream, signal);
    return isFree ? this.#exchange('publish', alias, stream, offer, signal) : reply;
  }

  /** `taken`: the place that was chosen for it; without one a place is taken whether there is room or not. */
  async #exchange(
    kind: OfferKind,
    alias: string,
    stream: string,
    offer: Offer,
    signal: AbortSignal,
    taken: Reservation | null = null,
  ): Promise<OfferReply> {
    const { places, proxy, sessions } = this.options;
    // Before the first await: whoever chooses next counts this one.
    const place = taken ?? places.reserve(kind, alias, stream);
    let session: string | null = null;
    let node: NodeAddress | undefined;
    try {
      node = this.#node(alias);
      const reply = await proxy.call(node, {
        method: 'POST',
        path: `/${kind === 'publish' ? 'whip' : 'whep'}/${encodeURIComponent(stream)}`,
        headers: offer.headers,
        body: offer.body,
        timeoutMs: this.options.limits.offerMs,
        signal,
      });
      const isMade = reply.status >= 200 && reply.status < 300;
      session = isMade ? sessionOfLocation(textOf(reply.headers.location)) : null;
      const answer = await reply.text(SDP_LIMIT_BYTES);
      const ready = isMade
        ? await this.#finish(kind, stream, session, reply, answer, signal)
        : { status: reply.status, headers: reply.headers, body: answer };
      signal.throwIfAborted();
      if (session === null) {
        place.release();
      } else {
        place.confirm(session);
        sessions.remember(stream, session, alias, offer.owner);
        // Lists show a new stream before its node is polled. It rejects never: nobody stops it.
        if (kind === 'publish') void this.options.finder.refresh(alias, stream);
      }
      return ready;
    } catch (error) {
      place.release();
      if (node && session !== null) this.#undo(node, stream, session);
      throw error;
    }
  }

  /** The reply to an offer that was taken: codecs in order, a `Location` that works here, more ICE servers. */
  async #finish(
    kind: OfferKind,
    stream: string,
    session: string | null,
    reply: ForwardedReply,
    answer: string,
    signal: AbortSignal,
  ): Promise<OfferReply> {
    const { config, iceServers, isRecorded } = this.options;
    const sent = splitLinks([reply.headers.link ?? []].flat());
    const links = await iceServers.extend(
      session === null ? sent : withUsableLayerLink(sent, stream, session),
      signal,
    );
    const { link: _, ...headers } = reply.headers;
    const isRtxRemoved = config.rtx === 'off' || (config.rtx === 'recorded-off' && isRecorded(stream));
    return {
      status: reply.status,
      headers: {
        ...headers,
        ...(session === null ? {} : { location: sessionPath(stream, session) }),
        ...(links.length > 0 ? { link: links.map(headerSafe) } : {}),
      },
      body:
        kind === 'publish' ? rewriteAnswer(answer, { codecOrder: config.codec_order, isRtxRemoved }) : answer,
    };
  }

  /** Ends the publisher that holds the place if it is dead. Answers whether the place is free now. */
  async #freePlace(node: NodeAddress, stream: string, signal: AbortSignal): Promise<boolean> {
    const { clock, logger, proxy, sessions } = this.options;
    const verdict = await judgePublisher(() => this.#lookAtPublisher(node, stream, signal), clock, signal);
    if (verdict.kind !== 'dead') return verdict.kind === 'gone';
    const { reason, session } = verdict;
    await this.options.planner.endFrom?.(stream, node.alias);
    const reply = await proxy.call(node, {
      method: 'DELETE',
      path: sessionPath(stream, session),
      timeoutMs: this.options.limits.sessionMs,
      signal,
    });
    await reply.dump();
    const isEnded = reply.status < 300 || reply.status === 404;
    logger.info({ alias: node.alias, stream, session, reason, isEnded }, 'A dead publisher makes place');
    if (isEnded) sessions.forget(stream, session);
    return isEnded;
  }

  async #lookAtPublisher(
    node: NodeAddress,
    stream: string,
    signal: AbortSignal,
  ): Promise<ListedPublisher | null> {
    const path = `/api/streams/${encodeURIComponent(stream)}`;
    const reply = await this.options.proxy.call(node, {
      method: 'GET',
      path,
      timeoutMs: this.options.limits.sessionMs,
      signal,
    });
    const text = await reply.text(MAX_STREAM_BYTES);
    if (reply.status === 404) return null;
    try {
      const json: unknown = JSON.parse(text);
      const session = parseStream(json).publish.sessions.find(({ state }) => state !== 'closed');
      return session ? { session, hasCounters: hasCounters(json) } : null;
    } catch (error) {
      throw new AppError(
        'node_unreachable',
        `Node ${node.alias} does not say who publishes: ${errorMessage(error)}.`,
        { cause: error },
      );
    }
  }

  /** A session whose answer never reached the client would hold its place for nothing. */
  #undo(node: NodeAddress, stream: string, session: string): void {
    const undoing = this.options.proxy
      .call(node, {
        method: 'DELETE',
        path: sessionPath(stream, session),
        timeoutMs: this.options.limits.sessionMs,
        signal: this.#stop.signal,
      })
      .then((reply) => reply.dump())
      .catch((error: unknown) => {
        this.options.logger.debug({ err: error, alias: node.alias, stream }, 'A session could not be undone');
      })
      .finally(() => this.#undoing.delete(undoing));
    this.#undoing.add(undoing);
  }

  #candidates(stream: string) {
    return describeCandidates(this.options.readSnapshots(), stream, this.options.pending);
  }

  #node(alias: string): NodeAddress {
    const found = this.options.readSnapshots().find(({ node }) => node.alias === alias);
    if (found) return found.node;
    throw new AppError(
      'no_available_node',
      `no available node: there is none called ${JSON.stringify(alias)}`,
    );
  }
}

/** Nodes of HEAD send counters with each session, older ones none at all. */
function hasCounters(json: unknown): boolean {
  const { publish } = json as { publish?: { sessions?: { stats?: unknown }[] } };
  return publish?.sessions?.some(({ stats }) => stats !== undefined) ?? false;
}

/**
 * The node has no such stream any more, or a proxy in front of it has not reached it. It may have been lost on the way
 * back, which costs no more than a viewer's session that never connects; a publisher of which that is not certain
 * holds the name of its stream.
 */
function isNotTaken({ status }: OfferReply): boolean {
  return status === 404 || status === 502 || status === 503;
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

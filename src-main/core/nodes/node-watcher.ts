import { isDeepStrictEqual } from 'node:util';
import type { Dispatcher } from 'undici';
import type { NodeOrigin, NodeSample } from '../../../src-shared/model/node-config.ts';
import type { Strategy, Stream } from '../../../src-shared/model/node-json.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { isAbortError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { type ClockOffset, knownOffsetMs, narrowClockOffset } from './clock-offset.ts';
import { followEvents } from './follow-events.ts';
import { detectGeneration, type NodeIdentity, whyManager } from './generation.ts';
import { keepUnchanged } from './keep-unchanged.ts';
import {
  callFailure,
  type GetOptions,
  getNodeJson,
  type NodeAddress,
  type NodeFailure,
  type NodeReply,
} from './node-client.ts';
import {
  healthAfterAnswer,
  healthAfterFailure,
  isUsable,
  type NodeHealth,
  unknownHealth,
} from './node-health.ts';
import { parseStrategy, parseStreams } from './parse-node-json.ts';
import { noteGrowth, type PublisherGrowth, silentStreams } from './publisher-growth.ts';
import { nodeLoad, type StreamLoad } from './stream-load.ts';

/** In place of a URL that cannot be read now: a name that no resolver knows. */
export const UNREADABLE_URL = 'http://unreadable.invalid';

/** A node to watch. */
export interface WatchedNode extends NodeAddress {
  readonly mode: 'poll' | 'sse';
  readonly site: string;
  /** Name of the storage it records to; absent or empty: the default one. */
  readonly storage?: string;
  readonly origin: NodeOrigin;
  /** Why its token or its URL cannot be read now, in words; it is asked without a token meanwhile. */
  readonly tokenProblem?: string | null;
}

/** What is known of a node now; replaced as a whole at each change. */
export interface NodeSnapshot {
  readonly node: WatchedNode;
  readonly health: NodeHealth;
  readonly identity: NodeIdentity | null;
  readonly strategy: Strategy | null;
  /** An unchanged stream is the same object as in the snapshot before. */
  readonly streams: readonly Stream[];
  /** Other nodes that pull from it are counted as viewers here. */
  readonly load: StreamLoad;
  /** What each publisher has sent, by stream; see `isLivePublisher`. */
  readonly growth: ReadonlyMap<string, PublisherGrowth>;
  /** See `silentStreams`. */
  readonly silent: ReadonlySet<string>;
  readonly lastSeenMs: number | null;
  readonly latencyMs: number | null;
  /** Up to 60, oldest first. */
  readonly samples: readonly NodeSample[];
  readonly clockOffset: ClockOffset | null;
  /** Why its events cannot be followed, in words; it is polled meanwhile. */
  readonly feedProblem: string | null;
}

export interface WatcherOptions {
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  /** Pause between polls of a node that answers; asked before each. */
  readonly pollIntervalMs: () => number;
  /** Before the first poll. */
  readonly startDelayMs: number;
  /** The longest a node may take to answer. */
  readonly callTimeoutMs?: number | undefined;
  /** How many of its viewers are other nodes which pull from it. */
  readonly readPulledCount: () => number;
  readonly onChange: (snapshot: NodeSnapshot) => void;
}

const CALL_TIMEOUT_MS = 5 * MS_PER_SECOND;
/** Version and strategy too: a node may be restarted as another one between two polls. */
const IDENTITY_EVERY_MS = MS_PER_MINUTE;
const MAX_BACK_OFF_MS = 15 * MS_PER_SECOND;
/** A wrong token does not become right by asking often. */
const AUTH_RETRY_MS = 30 * MS_PER_SECOND;
/** After one lost answer the next tells soon whether the node is dead. */
const SECOND_TRY_MS = MS_PER_SECOND;
const HISTORY_LENGTH = 60;
/** How long, and how often after an event, a node is asked what became of those who came. */
const LOOK_AGAIN_MS = MS_PER_SECOND;
const LOOKS_AFTER_EVENT = 10;

/**
 * Watches one node in the background: polls it, or listens to its events and polls it seldom.
 *
 * Nothing here throws: a node that hangs, lies or dies changes only its own snapshot.
 */
export class NodeWatcher implements Closeable {
  #snapshot: NodeSnapshot;
  readonly #stop = new AbortController();
  readonly #loops: Promise<unknown>;
  /** Ends the pause before the next poll. */
  #wake = new AbortController();
  #identityReadMs = Number.NEGATIVE_INFINITY;
  /** Snapshots that the feed has brought. */
  #eventCount = 0;
  #looksLeft = 0;
  #isLookDue = false;
  /** What it lists are streams of other nodes. */
  #isManager = false;
  #lastBody: Buffer | undefined;
  #polledStreams: readonly Stream[] = [];

  constructor(
    node: WatchedNode,
    private readonly options: WatcherOptions,
  ) {
    this.#snapshot = {
      node,
      health: unknownHealth(options.clock.nowMs()),
      identity: null,
      strategy: null,
      streams: [],
      load: nodeLoad([]),
      growth: new Map(),
      silent: new Set(),
      lastSeenMs: null,
      latencyMs: null,
      samples: [],
      clockOffset: null,
      feedProblem: null,
    };
    const loops = [this.#run(() => this.#pollLoop())];
    if (node.mode === 'sse') loops.push(this.#run(() => this.#feedLoop()));
    this.#loops = Promise.all(loops);
  }

  get snapshot(): NodeSnapshot {
    return this.#snapshot;
  }

  /** Takes over what the node was asked about one stream; its next list counts again. */
  noteStream(stream: Stream): void {
    const others = this.#snapshot.streams.filter(({ id }) => id !== stream.id);
    this.#set(this.#withStreams([...others, stream]));
  }

  /** Takes over that the node has said to have no such stream; its next list counts again. */
  noteGone(id: string): void {
    const { streams } = this.#snapshot;
    const others = streams.filter((stream) => stream.id !== id);
    if (others.length < streams.length) this.#set(this.#withStreams(others));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#loops;
  }

  async #run(loop: () => Promise<void>): Promise<void> {
    try {
      await loop();
    } catch (error) {
      if (!isAbortError(error)) this.options.logger.error({ err: error }, 'Watching a node ended');
    }
  }

  async #pollLoop(): Promise<void> {
    const { signal } = this.#stop;
    // Many nodes do not all start in the same instant, nor are they asked in the same one later.
    await this.options.clock.sleep(this.options.startDelayMs, signal);
    while (!signal.aborted) {
      await this.#poll();
      if (signal.aborted) return;
      this.#wake = new AbortController();
      await this.options.clock.sleep(this.#pauseMs(), this.#wake.signal);
    }
  }

  async #poll(): Promise<void> {
    // Both are taken before asking: a feed that ends meanwhile forgets them.
    const knownBody = this.#lastBody;
    const knownStreams = this.#polledStreams;
    const eventCount = this.#eventCount;
    const reply = await this.#get('/api/streams/', { knownBody });
    if (!reply.isOk) return this.#fail(reply);
    let listed: readonly Stream[];
    try {
      listed = reply.body === knownBody ? knownStreams : parseStreams(reply.json);
    } catch (error) {
      return this.#fail(callFailure(error, this.#timeoutMs));
    }
    const wasUsable = isUsable(this.#snapshot.health.state);
    const manager = wasUsable ? null : await whyManager(this.#snapshot.node, this.#getOptions());
    this.#isManager = manager !== null;
    if (manager) {
      this.#set(this.#withStreams([]));
      return this.#fail(manager);
    }
    // An event that came meanwhile is newer. Otherwise the answer counts: not all that happens is an event.
    const isNewest = eventCount === this.#eventCount;
    if (isNewest) this.#remember(reply.body, listed);
    this.#answered(reply, isNewest ? listed : this.#snapshot.streams);
    this.#lookAgainSoon();
    await this.#readIdentityAndStrategy(!wasUsable);
  }

  #remember(body: Buffer, streams: readonly Stream[]): void {
    this.#lastBody = body;
    this.#polledStreams = streams;
  }

  async #readIdentityAndStrategy(hasComeBack: boolean): Promise<void> {
    const { clock, logger } = this.options;
    const isDue = clock.monotonicMs() - this.#identityReadMs >= IDENTITY_EVERY_MS;
    if (!hasComeBack && !isDue && this.#snapshot.identity) return;
    const identity = await detectGeneration(this.#snapshot.node, this.#getOptions()).catch(
      (error: unknown) => {
        this.#stop.signal.throwIfAborted();
        logger.warn({ err: error }, 'The version of a node cannot be read');
        return null;
      },
    );
    if (identity && !isDeepStrictEqual(identity, this.#snapshot.identity)) this.#set({ identity });
    const reply = await this.#get('/api/strategy/');
    if (!reply.isOk) return;
    try {
      const strategy = parseStrategy(reply.json);
      if (!isDeepStrictEqual(strategy, this.#snapshot.strategy)) this.#set({ strategy });
      if (identity) this.#identityReadMs = clock.monotonicMs() - Math.random() * (IDENTITY_EVERY_MS / 4);
    } catch (error) {
      logger.warn({ err: error }, 'The strategy of a node cannot be read');
    }
  }

  #feedLoop(): Promise<void> {
    const { clock, dispatcher } = this.options;
    return followEvents(this.#snapshot.node, {
      clock,
      dispatcher,
      signal: this.#stop.signal,
      onStreams: (streams) => {
        if (this.#isManager) return;
        this.#eventCount += 1;
        this.#looksLeft = LOOKS_AFTER_EVENT;
        this.#set({ ...this.#withStreams(streams), lastSeenMs: clock.nowMs() });
        this.#lookAgainSoon();
      },
      onBroken: (feedProblem) => {
        // A node that was restarted may be another version, and polls must be believed again.
        this.#identityReadMs = Number.NEGATIVE_INFINITY;
        this.#lastBody = undefined;
        if (feedProblem !== null && feedProblem !== this.#snapshot.feedProblem) this.#set({ feedProblem });
        // Whether the node is still there is for a poll to say, at once.
        this.#wake.abort();
      },
      onSteady: () => {
        if (this.#snapshot.feedProblem !== null) this.#set({ feedProblem: null });
      },
    });
  }

  /** Nodes before HEAD tell by events who comes, and not that it is connected: that is asked for. */
  #lookAgainSoon(): void {
    const { identity, streams } = this.#snapshot;
    if (identity?.generation === 'head' || this.#isLookDue || this.#looksLeft === 0) return;
    if (!streams.some(isSettling)) return;
    this.#isLookDue = true;
    this.#looksLeft -= 1;
    const look = () => {
      this.#isLookDue = false;
      this.#wake.abort();
    };
    void this.options.clock.sleep(LOOK_AGAIN_MS, this.#stop.signal).then(look, look);
  }

  #answered(reply: NodeReply & { isOk: true }, streams: readonly Stream[]): void {
    const { clock } = this.options;
    const latencyMs = Math.round(reply.roundTripMs * 10) / 10;
    const { dateMs, roundTripMs, sentAtMs } = reply;
    const change = this.#withStreams(streams);
    const known = this.#snapshot.clockOffset;
    const clockOffset = dateMs === null ? known : narrowClockOffset(known, { dateMs, roundTripMs, sentAtMs });
    this.#set({
      ...change,
      health: healthAfterAnswer(this.#snapshot.health, reply.roundTripMs, clock.nowMs()),
      lastSeenMs: clock.nowMs(),
      latencyMs,
      samples: this.#withSample(latencyMs, clockOffset && knownOffsetMs(clockOffset), change.load),
      clockOffset,
    });
  }

  #withStreams(list: readonly Stream[]): Pick<NodeSnapshot, 'streams' | 'load' | 'growth' | 'silent'> {
    const { load, silent, streams: before } = this.#snapshot;
    const nowMs = this.options.clock.nowMs();
    const streams = keepUnchanged(before, list);
    const growth =
      streams === before ? this.#snapshot.growth : noteGrowth(this.#snapshot.growth, streams, nowMs);
    return {
      streams,
      load: streams === before ? load : nodeLoad(streams),
      growth,
      silent: silentStreams(silent, streams, growth, nowMs),
    };
  }

  #fail(seen: NodeFailure): void {
    const { tokenProblem, url } = this.#snapshot.node;
    const isForToken = tokenProblem && (seen.kind === 'unauthorized' || url === UNREADABLE_URL);
    const failure = isForToken ? { ...seen, reason: tokenProblem } : seen;
    const idle = { viewerCount: 0, bitrateInBps: 0, bitrateOutBps: 0 };
    this.#lastBody = undefined;
    this.#set({
      health: healthAfterFailure(this.#snapshot.health, failure, this.options.clock.nowMs()),
      latencyMs: null,
      samples: this.#withSample(null, null, idle),
    });
  }

  #withSample(latencyMs: number | null, clockOffsetMs: number | null, load: StreamLoad): NodeSample[] {
    const { clock, readPulledCount } = this.options;
    const viewerCount = Math.max(0, load.viewerCount - readPulledCount());
    const sample = { atMs: clock.nowMs(), latencyMs, clockOffsetMs, ...load, viewerCount };
    return [...this.#snapshot.samples.slice(1 - HISTORY_LENGTH), sample];
  }

  #set(change: Partial<NodeSnapshot>): void {
    const before = this.#snapshot.health.state;
    this.#snapshot = { ...this.#snapshot, ...change };
    const { health } = this.#snapshot;
    if (health.state !== before) {
      this.options.logger.info({ state: health.state, reason: health.reason }, 'Node changed');
    }
    this.options.onChange(this.#snapshot);
  }

  #pauseMs(): number {
    const pollIntervalMs = this.options.pollIntervalMs();
    const { failuresInRow, state } = this.#snapshot.health;
    if (state === 'auth-failed') return AUTH_RETRY_MS;
    if (failuresInRow === 1) return Math.min(SECOND_TRY_MS, pollIntervalMs);
    const backOffMs = pollIntervalMs * 2 ** Math.min(failuresInRow, 3);
    return Math.min(backOffMs, Math.max(MAX_BACK_OFF_MS, pollIntervalMs)) * (0.9 + Math.random() / 5);
  }

  get #timeoutMs(): number {
    return this.options.callTimeoutMs ?? CALL_TIMEOUT_MS;
  }

  #get(path: string, known?: Pick<GetOptions, 'knownBody'>): Promise<NodeReply> {
    return getNodeJson(this.#snapshot.node, path, { ...this.#getOptions(), ...known });
  }

  #getOptions(): GetOptions {
    const { clock, dispatcher } = this.options;
    return { clock, dispatcher, timeoutMs: this.#timeoutMs, signal: this.#stop.signal };
  }
}

/** Whether somebody of the stream is there and not connected yet. */
function isSettling({ publish, subscribe }: Stream): boolean {
  return [...publish.sessions, ...subscribe.sessions].some(
    ({ state }) => state === 'new' || state === 'connecting',
  );
}

import type { Dispatcher } from 'undici';
import type { Strategy, Stream } from '../../../src-shared/model/node-json.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { isAbortError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { type ClockOffset, narrowClockOffset } from './clock-offset.ts';
import { detectGeneration, type NodeIdentity } from './generation.ts';
import {
  callFailure,
  getNodeJson,
  type NodeAddress,
  type NodeFailure,
  type NodeReply,
} from './node-client.ts';
import { healthAfterAnswer, healthAfterFailure, isUsable, type NodeHealth } from './node-health.ts';
import { parseStrategy, parseStreams } from './parse-node-json.ts';
import { followStreamFeed } from './stream-feed.ts';

/** A node to watch. */
export interface WatchedNode extends NodeAddress {
  readonly mode: 'poll' | 'sse';
  readonly site: string;
  readonly origin: 'config' | 'demo';
}

/** What is known of a node now; replaced as a whole at each change. */
export interface NodeSnapshot {
  readonly node: WatchedNode;
  readonly health: NodeHealth;
  readonly identity: NodeIdentity | null;
  readonly strategy: Strategy | null;
  readonly streams: readonly Stream[];
  readonly lastSeenMs: number | null;
  readonly latencyMs: number | null;
  readonly latencyHistoryMs: readonly (number | null)[];
  readonly clockOffset: ClockOffset | null;
}

export interface WatcherOptions {
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  /** Pause between polls of a node that answers. */
  readonly pollIntervalMs: number;
  readonly onChange: (snapshot: NodeSnapshot) => void;
}

const CALL_TIMEOUT_MS = 5 * MS_PER_SECOND;
const STRATEGY_EVERY_MS = MS_PER_MINUTE;
const MAX_BACK_OFF_MS = 15 * MS_PER_SECOND;
/** A wrong token does not become right by asking often. */
const AUTH_RETRY_MS = 30 * MS_PER_SECOND;
const HISTORY_LENGTH = 60;

/**
 * Watches one node in the background: polls it, or listens to its events and polls it seldom.
 *
 * Nothing here throws: a node that hangs, lies or dies changes only its own snapshot.
 */
export class NodeWatcher implements Closeable {
  #snapshot: NodeSnapshot;
  readonly #stop = new AbortController();
  readonly #loops: Promise<unknown>;
  #strategyReadMs = Number.NEGATIVE_INFINITY;
  #isFeedOpen = false;

  constructor(
    node: WatchedNode,
    private readonly options: WatcherOptions,
  ) {
    this.#snapshot = {
      node,
      health: { state: 'unknown', sinceMs: options.clock.nowMs(), reason: null, failuresInRow: 0 },
      identity: null,
      strategy: null,
      streams: [],
      lastSeenMs: null,
      latencyMs: null,
      latencyHistoryMs: [],
      clockOffset: null,
    };
    const loops = [this.#run(() => this.#pollLoop())];
    if (node.mode === 'sse') loops.push(this.#run(() => this.#feedLoop()));
    this.#loops = Promise.all(loops);
  }

  get snapshot(): NodeSnapshot {
    return this.#snapshot;
  }

  async close(): Promise<void> {
    this.#stop.abort();
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
    // Many nodes do not all start in the same instant.
    await this.options.clock.sleep(Math.random() * Math.min(1000, this.options.pollIntervalMs), signal);
    while (!signal.aborted) {
      await this.#poll();
      await this.options.clock.sleep(this.#pauseMs(), signal);
    }
  }

  async #poll(): Promise<void> {
    const reply = await this.#get('/api/streams/');
    if (!reply.isOk) return this.#fail(reply);
    let streams: Stream[];
    try {
      streams = parseStreams(reply.json);
    } catch (error) {
      return this.#fail(callFailure(error, CALL_TIMEOUT_MS));
    }
    const wasUsable = isUsable(this.#snapshot.health.state);
    this.#answered(reply, this.#isFeedOpen ? this.#snapshot.streams : streams);
    await this.#readIdentityAndStrategy(!wasUsable);
  }

  /** Version and strategy are read again when a node comes back: it may have been restarted as another one. */
  async #readIdentityAndStrategy(hasComeBack: boolean): Promise<void> {
    const { clock } = this.options;
    if (hasComeBack || !this.#snapshot.identity) {
      const identity = await detectGeneration(this.#snapshot.node, this.#getOptions()).catch(
        (error: unknown) => {
          this.#stop.signal.throwIfAborted();
          this.options.logger.warn({ err: error }, 'The version of a node cannot be read');
          return null;
        },
      );
      if (identity) this.#set({ identity });
    }
    if (hasComeBack || clock.monotonicMs() - this.#strategyReadMs >= STRATEGY_EVERY_MS) {
      const reply = await this.#get('/api/strategy/');
      if (!reply.isOk) return;
      this.#strategyReadMs = clock.monotonicMs();
      try {
        this.#set({ strategy: parseStrategy(reply.json) });
      } catch (error) {
        this.options.logger.warn({ err: error }, 'The strategy of a node cannot be read');
      }
    }
  }

  async #feedLoop(): Promise<void> {
    const { signal } = this.#stop;
    let backOffMs = MS_PER_SECOND;
    while (!signal.aborted) {
      const failure = await followStreamFeed(this.#snapshot.node, {
        dispatcher: this.options.dispatcher,
        signal,
        onStreams: (streams) => this.#set({ streams, lastSeenMs: this.options.clock.nowMs() }),
        onAlive: () => {
          this.#isFeedOpen = true;
          backOffMs = MS_PER_SECOND;
        },
      });
      this.#isFeedOpen = false;
      if (isUsable(this.#snapshot.health.state)) this.#fail(failure);
      const isRefused = failure.kind === 'unauthorized';
      await this.options.clock.sleep(
        (isRefused ? AUTH_RETRY_MS : backOffMs) * (0.75 + Math.random() / 2),
        signal,
      );
      backOffMs = Math.min(backOffMs * 2, MAX_BACK_OFF_MS);
    }
  }

  #answered(reply: NodeReply & { isOk: true }, streams: readonly Stream[]): void {
    const { clock } = this.options;
    const latencyMs = Math.round(reply.roundTripMs * 10) / 10;
    const { dateMs, roundTripMs, sentAtMs } = reply;
    this.#set({
      streams,
      health: healthAfterAnswer(this.#snapshot.health, reply.roundTripMs, clock.nowMs()),
      lastSeenMs: clock.nowMs(),
      latencyMs,
      latencyHistoryMs: this.#withLatency(latencyMs),
      ...(dateMs === null
        ? {}
        : { clockOffset: narrowClockOffset(this.#snapshot.clockOffset, { dateMs, roundTripMs, sentAtMs }) }),
    });
  }

  #fail(failure: NodeFailure): void {
    this.#set({
      health: healthAfterFailure(this.#snapshot.health, failure, this.options.clock.nowMs()),
      latencyMs: null,
      latencyHistoryMs: this.#withLatency(null),
    });
  }

  #withLatency(latencyMs: number | null): (number | null)[] {
    return [...this.#snapshot.latencyHistoryMs.slice(1 - HISTORY_LENGTH), latencyMs];
  }

  #set(change: Partial<NodeSnapshot>): void {
    const before = this.#snapshot.health.state;
    this.#snapshot = { ...this.#snapshot, ...change };
    const { health, node } = this.#snapshot;
    if (health.state !== before) {
      this.options.logger.info(
        { alias: node.alias, state: health.state, reason: health.reason },
        'Node changed',
      );
    }
    this.options.onChange(this.#snapshot);
  }

  #pauseMs(): number {
    const { pollIntervalMs } = this.options;
    const { failuresInRow, state } = this.#snapshot.health;
    if (state === 'auth-failed') return AUTH_RETRY_MS;
    const backOffMs = pollIntervalMs * 2 ** Math.min(failuresInRow, 3);
    return Math.min(backOffMs, Math.max(MAX_BACK_OFF_MS, pollIntervalMs)) * (0.9 + Math.random() / 5);
  }

  #get(path: string): Promise<NodeReply> {
    return getNodeJson(this.#snapshot.node, path, this.#getOptions());
  }

  #getOptions() {
    const { clock, dispatcher } = this.options;
    return { clock, dispatcher, timeoutMs: CALL_TIMEOUT_MS, signal: this.#stop.signal };
  }
}

import type { Codec } from '../../../src-shared/model/node-json.ts';
import type { Clock } from '../../core/base/clock.ts';
import { type Generation, isAtLeast } from './node-options.ts';
import type { NodeSession } from './node-session.ts';

/** How long HEAD lists a session that has ended. */
const CLOSED_KEPT_MS = 30_000;
const REAPED_AFTER_MS = 5000;

export interface NodeStream {
  readonly id: string;
  readonly createdAtMs: number;
  readonly isProvisioned: boolean;
  publisher: NodeSession | undefined;
  /** The publisher that left last; HEAD lists it for a while. */
  lastPublisher: NodeSession | undefined;
  publishLeaveAtMs: number;
  /** Open ones and, at HEAD, those that ended lately. */
  subscribers: NodeSession[];
  subscribeLeaveAtMs: number;
  codecs: Codec[];
  /** Bytes and packets of sessions that are listed no more. */
  readonly gone: { publish: Totals; subscribe: Totals };
}

interface Totals {
  bytes: number;
  packets: number;
}

/** What happened to a stream; `progressed` is a session that connected or fell silent, without coming or going. */
export type StreamEvent = 'created' | 'changed' | 'progressed' | 'deleted';

/** The streams of a node and what becomes of them. */
export class NodeStreams {
  readonly #streams = new Map<string, NodeStream>();
  readonly #listeners = new Set<(event: StreamEvent, id: string) => void>();

  constructor(
    readonly generation: Generation,
    readonly clock: Clock,
  ) {}

  /** Calls `listener` after every event; answers with a function that ends this. */
  onEvent(listener: (event: StreamEvent, id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners that a session of the stream is in another state, or sends something else. */
  progressed(id: string): void {
    this.#emit('progressed', id);
  }

  find(id: string): NodeStream | undefined {
    return this.#streams.get(id);
  }

  /** In no particular order. */
  all(): NodeStream[] {
    return [...this.#streams.values()];
  }

  /** The stream with this id, made now if there is none. */
  ensure(id: string, { isProvisioned = false }: { isProvisioned?: boolean } = {}): NodeStream {
    const existing = this.#streams.get(id);
    if (existing) return existing;
    const nowMs = this.clock.nowMs();
    const stream: NodeStream = {
      id,
      createdAtMs: nowMs,
      isProvisioned,
      publisher: undefined,
      lastPublisher: undefined,
      publishLeaveAtMs: 0,
      subscribers: [],
      // Equal to the creation time while nobody ever subscribed: as the real node has it.
      subscribeLeaveAtMs: nowMs,
      codecs: [],
      gone: { publish: { bytes: 0, packets: 0 }, subscribe: { bytes: 0, packets: 0 } },
    };
    this.#streams.set(id, stream);
    this.#emit('created', id);
    return stream;
  }

  /** Removes the stream and ends all its sessions. */
  remove(id: string): boolean {
    const stream = this.#streams.get(id);
    if (!stream) return false;
    this.#streams.delete(id);
    for (const session of [stream.publisher, ...stream.subscribers]) session?.end();
    this.#emit('deleted', id);
    return true;
  }

  attachPublisher(stream: NodeStream, session: NodeSession): void {
    stream.publisher = session;
    stream.publishLeaveAtMs = 0;
    session.state = 'connecting';
    this.#emit('changed', stream.id);
  }

  attachSubscriber(stream: NodeStream, session: NodeSession): void {
    stream.subscribers.push(session);
    stream.subscribeLeaveAtMs = 0;
    session.state = 'connecting';
    this.#emit('changed', stream.id);
  }

  /** Takes the publisher away; the stream stays. */
  detachPublisher(stream: NodeStream): void {
    const session = stream.publisher;
    if (!session) return;
    session.end();
    if (stream.lastPublisher) count(stream.gone.publish, stream.lastPublisher);
    stream.lastPublisher = session;
    stream.publisher = undefined;
    stream.publishLeaveAtMs = this.clock.nowMs();
    stream.codecs = [];
    this.#emit('changed', stream.id);
  }

  /** Ends a subscriber. At HEAD the last one of a stream that nobody publishes takes the stream with it. */
  detachSubscriber(stream: NodeStream, session: NodeSession): void {
    session.end();
    if (!isAtLeast(this.generation, 'head'))
      stream.subscribers = stream.subscribers.filter((s) => s !== session);
    if (!stream.subscribers.some((each) => each.isOpen)) stream.subscribeLeaveAtMs = this.clock.nowMs();
    const isOrphan = !stream.publisher && !stream.subscribers.some((each) => each.isOpen);
    if (isOrphan && isAtLeast(this.generation, 'head') && !stream.isProvisioned) this.remove(stream.id);
    else this.#emit('changed', stream.id);
  }

  /** Forgets sessions that ended long ago. Called every second. */
  forgetClosed(): void {
    const oldestMs = this.clock.nowMs() - CLOSED_KEPT_MS;
    const isOld = (session: NodeSession) => !session.isOpen && session.leaveAtMs < oldestMs;
    for (const stream of this.#streams.values()) {
      const old = stream.subscribers.filter(isOld);
      for (const session of old) count(stream.gone.subscribe, session);
      if (old.length > 0) stream.subscribers = stream.subscribers.filter((each) => !isOld(each));
      if (stream.lastPublisher && isOld(stream.lastPublisher)) {
        count(stream.gone.publish, stream.lastPublisher);
        stream.lastPublisher = undefined;
      }
    }
  }

  /** Deletes what the strategy's limits (ms, negative is off) and HEAD's orphan reaper say. Called every second. */
  reap(limits: { whipMs: number; whepMs: number; canReapOrphans: boolean }): void {
    const nowMs = this.clock.nowMs();
    for (const stream of this.all()) {
      if (stream.isProvisioned) continue;
      const isOver = (leaveAtMs: number, limitMs: number) =>
        limitMs >= 0 && leaveAtMs > 0 && nowMs - leaveAtMs > limitMs;
      const isOrphan =
        limits.canReapOrphans &&
        isAtLeast(this.generation, 'head') &&
        !stream.publisher &&
        !stream.subscribers.some((each) => each.isOpen) &&
        nowMs - stream.subscribeLeaveAtMs > REAPED_AFTER_MS;
      if (
        isOver(stream.publishLeaveAtMs, limits.whipMs) ||
        isOver(stream.subscribeLeaveAtMs, limits.whepMs) ||
        isOrphan
      ) {
        this.remove(stream.id);
      }
    }
  }

  /** Takes a new bitrate sample everywhere. Called every two seconds. */
  sample(): void {
    for (const stream of this.#streams.values()) {
      for (const session of [stream.publisher, ...stream.subscribers]) session?.sample();
    }
  }

  toJson(stream: NodeStream): object {
    const { generation } = this;
    const isHead = isAtLeast(generation, 'head');
    const publishers = [stream.publisher ?? (isHead ? stream.lastPublisher : undefined)];
    const sessions = (all: (NodeSession | undefined)[]) =>
      all.filter((each) => each !== undefined).map((each) => each.toJson(generation));
    return {
      id: stream.id,
      createdAt: stream.createdAtMs,
      publish: { leaveAt: stream.publishLeaveAtMs, sessions: sessions(publishers) },
      subscribe: { leaveAt: stream.subscribeLeaveAtMs, sessions: sessions(stream.subscribers) },
      codecs: stream.codecs,
      ...(isHead
        ? {
            provisioned: stream.isProvisioned,
            onDemand: false,
            stats: {
              publish: sum(stream.gone.publish, [stream.publisher, stream.lastPublisher]),
              subscribe: sum(stream.gone.subscribe, stream.subscribers),
            },
            statsScope: 'node',
          }
        : {}),
    };
  }

  #emit(event: StreamEvent, id: string): void {
    for (const listener of [...this.#listeners]) listener(event, id);
  }
}

function count(totals: Totals, session: NodeSession): void {
  const { bytes, packets } = session.stats();
  totals.bytes += bytes;
  totals.packets += packets;
}

function sum(gone: Totals, sessions: (NodeSession | undefined)[]): object {
  const total = { ...gone, bitrate: 0 };
  for (const session of sessions) {
    if (!session) continue;
    const { bytes, packets, bitrate } = session.stats();
    total.bytes += bytes;
    total.packets += packets;
    total.bitrate += bitrate;
  }
  return total;
}

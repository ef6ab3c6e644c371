import type { Stream } from '../../../src-shared/model/node-json.ts';
import { isOpenSession } from '../../../src-shared/util/session-state.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { orAbort, timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { isAbortError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { awaitNodes } from '../nodes/await-nodes.ts';
import { isUnasked, isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { parseStream } from '../nodes/parse-node-json.ts';
import type { NodeProxy } from './node-proxy.ts';

export interface StreamFinderOptions {
  readonly readSnapshots: () => readonly NodeSnapshot[];
  /** Told what each node says that has the stream. */
  readonly noteStream: (alias: string, stream: Stream) => void;
  /** Told of each node that says to have no such stream. */
  readonly noteGone: (alias: string, id: string) => void;
  readonly proxy: NodeProxy;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A viewer waits so long at most before hearing that a stream is nowhere. */
const SEARCH_MS = 2 * MS_PER_SECOND;
const ASK_AT_ONCE = 32;
/** Of different streams; who asks for more names at once gets what is known already. */
const MAX_SEARCHES = 4;
/** A player that tries again and again does not make the nodes be asked each time. */
const MISS_KEPT_MS = MS_PER_SECOND;
const MAX_MISSES = 1000;
const MAX_STREAM_BYTES = 4 * 1024 * 1024;

/** Looks for streams that began or ended after their node was polled last, by asking the nodes that answer. */
export class StreamFinder implements Closeable {
  readonly #searches = new Map<string, Promise<boolean>>();
  /** Streams that were nowhere, and until when that counts. */
  readonly #missesUntilMs = new Map<string, number>();
  readonly #stop = new AbortController();

  constructor(private readonly options: StreamFinderOptions) {}

  /**
   * Whether a node has the stream; `noteStream` was told of it then. Those who ask at the same time share one search.
   *
   * Rejects only with the reason of `signal`.
   */
  find(stream: string, signal: AbortSignal): Promise<boolean> {
    const nowMs = this.options.clock.monotonicMs();
    const running = this.#searches.get(stream);
    if (running) return orAbort(running, signal);
    if (nowMs < (this.#missesUntilMs.get(stream) ?? 0) || this.#searches.size >= MAX_SEARCHES) {
      return Promise.resolve(false);
    }
    const search = this.#search(stream, true).finally(() => this.#searches.delete(stream));
    this.#searches.set(stream, search);
    return orAbort(search, signal);
  }

  /**
   * Asks every node that answers, also once one has the stream; `noteStream` is told of each that has.
   *
   * Rejects only with the reason of `signal`.
   */
  async findAll(stream: string, signal: AbortSignal): Promise<void> {
    await orAbort(this.#search(stream, false), signal);
  }

  /**
   * Whether this node has the stream; `noteStream` was told of it then, else `noteGone` if the node said so.
   *
   * Rejects only with the reason of `signal`.
   */
  async refresh(alias: string, stream: string, signal?: AbortSignal): Promise<boolean> {
    const snapshot = this.options.readSnapshots().find(({ node }) => node.alias === alias);
    if (!snapshot) return false;
    const limit = timeLimit(SEARCH_MS, signal, this.#stop.signal);
    try {
      const copy = await this.#askNode(snapshot, stream, limit.signal);
      signal?.throwIfAborted();
      if (!copy) return false;
      this.#missesUntilMs.delete(stream);
      await this.#meet(limit.signal, alias);
      return true;
    } finally {
      limit.release();
    }
  }

  /**
   * Waits for nodes that nobody has asked yet, 2 s at most: just after a start no node can be chosen. Whether there was
   * any.
   *
   * Rejects only with the reason of `signal`.
   */
  async meetNodes(signal: AbortSignal): Promise<boolean> {
    const limit = timeLimit(SEARCH_MS, signal, this.#stop.signal);
    const hasWaited = await this.#meet(limit.signal);
    limit.release();
    signal.throwIfAborted();
    return hasWaited;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#searches.values());
  }

  async #search(stream: string, endsWithPublisher: boolean): Promise<boolean> {
    const { clock, readSnapshots } = this.options;
    const queue = readSnapshots().filter(({ health }) => isUsable(health.state));
    const found = new AbortController();
    const limit = timeLimit(SEARCH_MS, found.signal, this.#stop.signal);
    let isFound = false;
    const ask = async () => {
      for (let next = queue.shift(); next && !limit.signal.aborted; next = queue.shift()) {
        const copy = await this.#askNode(next, stream, limit.signal);
        if (!copy) continue;
        isFound = true;
        // An empty stream may be only what an earlier viewer made on the wrong node.
        if (endsWithPublisher && copy.publish.sessions.some(isOpenSession)) found.abort();
      }
    };
    await Promise.all(Array.from({ length: ASK_AT_ONCE }, ask));
    // The first answer of a node tells all its streams.
    if (!isFound && (await this.#meet(limit.signal))) {
      isFound = readSnapshots().some(
        ({ health, streams }) => isUsable(health.state) && streams.some(({ id }) => id === stream),
      );
    }
    limit.release();
    if (!isFound) this.#noteMiss(stream, clock.monotonicMs());
    return isFound;
  }

  /** Waits for nodes that nobody has asked yet (only that of `alias`). */
  #meet(signal: AbortSignal, alias?: string): Promise<boolean> {
    const { clock, readSnapshots } = this.options;
    const isAwaited = ({ health, node }: NodeSnapshot) =>
      isUnasked(health) && (alias === undefined || node.alias === alias);
    return awaitNodes(readSnapshots, isAwaited, clock, signal);
  }

  async #askNode({ node }: NodeSnapshot, stream: string, signal: AbortSignal): Promise<Stream | null> {
    const { noteGone, noteStream } = this.options;
    try {
      const reply = await this.options.proxy.call(node, {
        method: 'GET',
        path: `/api/streams/${encodeURIComponent(stream)}`,
        timeoutMs: SEARCH_MS,
        signal,
      });
      const text = await reply.text(MAX_STREAM_BYTES);
      if (reply.status === 404) noteGone(node.alias, stream);
      if (reply.status !== 200) return null;
      const copy = parseStream(JSON.parse(text));
      noteStream(node.alias, copy);
      return copy;
    } catch (error) {
      if (!isAbortError(error)) {
        this.options.logger.debug({ err: error, alias: node.alias }, 'A node was asked for a stream in vain');
      }
      return null;
    }
  }

  #noteMiss(stream: string, nowMs: number): void {
    if (this.#missesUntilMs.size >= MAX_MISSES) this.#missesUntilMs.clear();
    this.#missesUntilMs.set(stream, nowMs + MISS_KEPT_MS);
  }
}

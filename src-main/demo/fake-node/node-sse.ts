import type { ServerResponse } from 'node:http';
import type { NodeCall } from './node-http.ts';
import { isAtLeast } from './node-options.ts';
import type { NodeParts } from './node-parts.ts';
import type { Route } from './node-router.ts';
import type { NodeStream, StreamEvent } from './node-streams.ts';

const KEEP_ALIVE_MS = 15_000;
/** A reader that is this far behind gets the next snapshot instead of every one. */
const BACKLOG_LIMIT_BYTES = 1024 * 1024;

interface Listener {
  readonly response: ServerResponse;
  /** Streams it asked for; undefined means all. */
  readonly wanted: ReadonlySet<string> | undefined;
  lastText: string | undefined;
  lastSentMs: number;
}

/** The event stream of a node: always full snapshots, never changes. */
export class NodeSse {
  readonly #listeners = new Set<Listener>();
  readonly #isHead: boolean;
  #isScheduled = false;

  constructor(readonly parts: NodeParts) {
    this.#isHead = isAtLeast(parts.options.generation, 'head');
    parts.streams.onEvent((event, id) => this.#onEvent(event, id));
  }

  route(): Route {
    return { pattern: '/api/sse/streams', methods: { GET: (call) => this.#open(call) } };
  }

  /** Sends what the counters changed; only HEAD does. Called every two seconds. */
  onStatsTick(): void {
    if (this.#isHead) for (const listener of this.#listeners) this.#send(listener);
  }

  /** Sends a comment to those who have heard nothing for long. Called every second. */
  keepAlive(): void {
    const nowMs = this.parts.clock.nowMs();
    for (const listener of this.#listeners) {
      if (nowMs - listener.lastSentMs >= KEEP_ALIVE_MS) this.#write(listener, ':\n\n');
    }
  }

  /** Ends all responses, as a node does that shuts down. */
  close(): void {
    for (const listener of this.#listeners) listener.response.end();
    this.#listeners.clear();
  }

  #open({ response, query, signal }: NodeCall): undefined {
    // Unlike in the list, a blank name counts: it matches nothing.
    const wanted = query.has('streams') ? new Set(query.getAll('streams')) : undefined;
    const lastSentMs = this.parts.clock.nowMs();
    const listener: Listener = { response, wanted, lastText: undefined, lastSentMs };
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    response.flushHeaders();
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
    if (this.#isHead) this.#send(listener);
  }

  #onEvent(event: StreamEvent, id: string): void {
    if (!this.#isHead) {
      // Older nodes tell who comes and goes, and nothing of what becomes of them: `captures`, v0.9.0.
      if (event === 'progressed') return;
      for (const listener of this.#listeners) if (isWanted(listener, id)) this.#send(listener);
      return;
    }
    // HEAD builds its snapshot a moment after the event, so that one cause gives one message.
    if (this.#isScheduled || this.#listeners.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      for (const listener of this.#listeners) this.#send(listener);
    });
  }

  #send(listener: Listener): void {
    if (listener.response.writableLength > BACKLOG_LIMIT_BYTES) return;
    const text = JSON.stringify(this.#snapshot(listener));
    if (this.#isHead && text === listener.lastText) return;
    listener.lastText = text;
    this.#write(listener, `data: ${text}\n\n`);
  }

  #write(listener: Listener, text: string): void {
    listener.lastSentMs = this.parts.clock.nowMs();
    listener.response.write(text);
  }

  #snapshot(listener: Listener): object[] {
    const { streams } = this.parts;
    const wanted = streams.all().filter((stream) => isWanted(listener, stream.id));
    if (!this.#isHead) return wanted.map((stream) => streams.toJson(stream));
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    const sorted = (stream: NodeStream) => ({ ...stream, subscribers: [...stream.subscribers].sort(byId) });
    return wanted.sort(byId).map((stream) => streams.toJson(sorted(stream)));
  }
}

function isWanted(listener: Listener, id: string): boolean {
  return listener.wanted === undefined || listener.wanted.has(id);
}

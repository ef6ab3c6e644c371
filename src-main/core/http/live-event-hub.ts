import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LiveEventName, LiveEvents } from '../../../src-shared/contract/events.ts';
import type { Closeable } from '../base/lifecycle.ts';

const KEEP_ALIVE_MS = 15_000;
/** A client that reads nothing for so long in bytes is dropped: it reconnects and reads the state anew. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Sends live events to every connected window; holds no history. */
export class LiveEventHub implements Closeable {
  readonly #clients = new Set<FastifyReply['raw']>();
  readonly #firstClientListeners = new Set<() => void>();
  readonly #keepAlive = setInterval(() => this.#write(':\n\n'), KEEP_ALIVE_MS).unref();

  /** Number of connected windows; work for nobody can be left out. */
  get clientCount(): number {
    return this.#clients.size;
  }

  /** Calls `listener` when a window connects and none was connected, before it can read anything. */
  onFirstClient(listener: () => void): void {
    this.#firstClientListeners.add(listener);
  }

  publish<N extends LiveEventName>(name: N, data: LiveEvents[N]): void {
    if (this.#clients.size === 0) return;
    this.#write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Takes over the reply of an event request until the client goes away. */
  connect(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const raw = reply.raw;
    reply.hijack();
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    if (this.#clients.size === 0) for (const listener of this.#firstClientListeners) listener();
    raw.write(':\n\n');
    request.raw.socket.setNoDelay(true);
    this.#clients.add(raw);
    raw.once('close', () => this.#clients.delete(raw));
    return reply;
  }

  close(): void {
    clearInterval(this.#keepAlive);
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  #write(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > MAX_BUFFERED_BYTES) client.destroy();
      else client.write(text);
    }
  }
}

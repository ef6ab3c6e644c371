import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LiveEventName, LiveEvents } from '../../../src-shared/contract/events.ts';
import type { Closeable } from '../base/lifecycle.ts';
import { visibleEvent } from './live-event-view.ts';
import type { Principal } from './principal.ts';

const KEEP_ALIVE_MS = 15_000;
/** A client that reads nothing for so long in bytes is dropped: it reconnects and reads the state anew. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Sends live events to every connected window; holds no history. */
export class LiveEventHub implements Closeable {
  /** Connections and whose they are. */
  readonly #clients = new Map<FastifyReply['raw'], Principal | null>();
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
    const whole = messageOf(name, data);
    for (const [raw, principal] of this.#clients) {
      const visible = visibleEvent(principal, name, data);
      if (visible !== null) this.#send(raw, visible === data ? whole : messageOf(name, visible));
    }
  }

  /** Takes over the reply of an event request until the client goes away; it is sent what `principal` may see. */
  connect(request: FastifyRequest, reply: FastifyReply, principal: Principal | null): FastifyReply {
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
    this.#clients.set(raw, principal);
    raw.once('close', () => this.#clients.delete(raw));
    return reply;
  }

  close(): void {
    clearInterval(this.#keepAlive);
    for (const client of this.#clients.keys()) client.end();
    this.#clients.clear();
  }

  #write(text: string): void {
    for (const client of this.#clients.keys()) this.#send(client, text);
  }

  #send(client: FastifyReply['raw'], text: string): void {
    if (client.writableLength > MAX_BUFFERED_BYTES) client.destroy();
    else client.write(text);
  }
}

function messageOf<N extends LiveEventName>(name: N, data: LiveEvents[N]): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

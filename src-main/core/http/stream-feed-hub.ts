import type { FastifyReply, FastifyRequest } from 'fastify';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Cluster } from '../nodes/cluster.ts';

const SEND_EVERY_MS = MS_PER_SECOND;
const KEEP_ALIVE_MS = 15 * MS_PER_SECOND;
/** A client that reads nothing for this long is dropped. */
const STUCK_MS = 60 * MS_PER_SECOND;

interface Client {
  readonly raw: FastifyReply['raw'];
  /** Streams it asked for; null for all. */
  readonly wanted: readonly string[] | null;
  /** Which streams it may know of; null for all. */
  readonly maySee: ((stream: string) => boolean) | null;
  last: Buffer | string | null;
  /** Of the cluster's streams when `last` was built, for those with a filter. */
  version: number;
  writtenMs: number;
}

/**
 * The streams of the cluster as a node's own event stream: each message is a full snapshot, the first comes at once,
 * the next ones when something changed, at most one a second.
 *
 * A client that reads slowly gets the newest snapshot once it has read the one before, never a queue of them.
 */
export class StreamFeedHub implements Closeable {
  readonly #clients = new Set<Client>();
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly cluster: Cluster) {
    this.#timer = setInterval(() => this.#sendAll(), SEND_EVERY_MS).unref();
  }

  /** Takes over the reply until the client goes away. */
  connect(
    request: FastifyRequest,
    reply: FastifyReply,
    { maySee, wanted }: Pick<Client, 'maySee' | 'wanted'>,
  ): FastifyReply {
    const { raw } = reply;
    reply.hijack();
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    request.raw.socket.setNoDelay(true);
    const client: Client = { raw, wanted, maySee, last: null, version: -1, writtenMs: performance.now() };
    this.#clients.add(client);
    raw.once('close', () => this.#clients.delete(client));
    this.#send(client);
    return reply;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { raw } of this.#clients) raw.end();
    this.#clients.clear();
  }

  #sendAll(): void {
    for (const client of this.#clients) this.#send(client);
  }

  #send(client: Client): void {
    const { raw } = client;
    const silentMs = performance.now() - client.writtenMs;
    if (raw.writableLength > 0) {
      if (silentMs > STUCK_MS) raw.destroy();
      return;
    }
    const text = this.#changedText(client);
    if (text !== null) {
      raw.write('data: ');
      raw.write(text);
      raw.write('\n\n');
    } else if (silentMs >= KEEP_ALIVE_MS) raw.write(':\n\n');
    else return;
    client.writtenMs = performance.now();
  }

  /** The snapshot where it is another one than the last, else null. */
  #changedText(client: Client): Buffer | string | null {
    const isFiltered = client.wanted !== null || client.maySee !== null;
    const text = isFiltered ? this.#textOf(client) : this.cluster.streamsText.read().bytes;
    if (text === null || isEqual(text, client.last)) return null;
    client.last = text;
    return text;
  }

  #textOf(client: Client): string | null {
    const version = this.cluster.streamsVersion;
    if (version === client.version) return null;
    client.version = version;
    const wanted = client.wanted ?? this.cluster.streamIds();
    return this.cluster.mergedStreamsTextOf(client.maySee ? wanted.filter(client.maySee) : wanted);
  }
}

function isEqual(a: Buffer | string, b: Buffer | string | null): boolean {
  if (typeof a === 'string' || typeof b === 'string' || b === null) return a === b;
  return a === b || a.equals(b);
}

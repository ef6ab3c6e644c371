import type { IncomingHttpHeaders } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { type Dispatcher, request, errors as undiciErrors } from 'undici';
import { timeLimit } from '../base/abort.ts';
import { AppError, errorCode } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import { directDispatcher, type MakeDispatcher } from '../base/outgoing.ts';
import {
  callFailure,
  type NodeAddress,
  type NodeFailureKind,
  nodeHeaders,
  statusFailure,
} from '../nodes/node-client.ts';

/** A node gave no answer that can go on to a client. */
export class NodeCallError extends AppError {
  constructor(
    code: 'node_timeout' | 'node_unreachable',
    message: string,
    /** Whether the node certainly did nothing, so that another one may be asked instead. */
    readonly isUntouched: boolean,
    cause?: unknown,
  ) {
    super(code, message, cause === undefined ? {} : { cause });
  }
}

export interface ForwardedCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path on the node, percent-encoded. */
  readonly path: string;
  /** Headers of the client; what concerns only the connection to us, or is secret, stays here. */
  readonly headers?: IncomingHttpHeaders;
  readonly body?: Buffer | Readable;
  /** For the whole call, reading of the reply included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a node answered. The body has to be read or dumped. */
export interface ForwardedReply {
  readonly status: number;
  /** Headers that may go on to a client, by lower-case name, safe to be written. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Readable;
  /** The body as text. Throws like `call`, and `node_unreachable` when it is longer than `limitBytes`. */
  text(limitBytes: number): Promise<string>;
  dump(): Promise<void>;
}

/** Headers that end at us: those of the connection, of our own access check, and of the browser's page. */
const KEPT_FROM_NODE = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te'],
  ...['trailer', 'transfer-encoding', 'upgrade', 'expect', 'host', 'authorization', 'cookie', 'origin'],
  ...['referer', 'accept-encoding', 'x-liveman-desktop'],
]);
const KEPT_FROM_CLIENT = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-connection', 'te', 'trailer', 'upgrade'],
  ...['transfer-encoding', 'content-length', 'date', 'server', 'vary', 'set-cookie', 'alt-svc'],
  ...['strict-transport-security', 'www-authenticate'],
]);
/** What would tell a browser how to show or keep a page: no node makes pages of ours. */
const PAGE_HEADERS =
  /^(?:content-disposition|refresh|(?:content-security|permissions|document|referrer)-policy|clear-site-data|cross-origin-.*|x-(?:content-type-options|frame-options|dns-prefetch-control)|service-worker.*|(?:x-)?sourcemap|report-to|reporting-endpoints|nel|speculation-rules|origin-agent-cluster|content-security-policy-report-only)$/;
/** What nodes answer with; anything else is shown as text. */
const NODE_TYPES = /^(?:application\/(?:sdp|trickle-ice-sdpfrag|(?:[\w.-]+\+)?json)|text\/plain)(?:;|$)/i;

const CONNECT_TIMEOUT_MS = 5000;

/** Hands requests of clients on to nodes, under the manager's own token. */
export class NodeProxy implements Closeable {
  readonly #dispatcher: Dispatcher;

  constructor(makeDispatcher: MakeDispatcher = directDispatcher) {
    this.#dispatcher = makeDispatcher({ connectTimeoutMs: CONNECT_TIMEOUT_MS, headersTimeoutMs: 0 });
  }

  /**
   * Calls a node. Throws `node_timeout` when it takes longer than allowed, `node_unreachable` for every other way
   * to get no answer or when it refuses our token, and the reason of `signal` when that aborts.
   */
  async call(node: NodeAddress, call: ForwardedCall): Promise<ForwardedReply> {
    const { body, method, signal, timeoutMs } = call;
    const limit = timeLimit(timeoutMs, signal);
    const fail = (error: unknown) => {
      limit.release();
      signal.throwIfAborted();
      throw nodeError(node.alias, error, timeoutMs);
    };
    let response: Dispatcher.ResponseData;
    try {
      response = await request(node.url + call.path, {
        dispatcher: this.#dispatcher,
        method,
        headers: { ...requestHeaders(call), ...nodeHeaders(node) },
        body: body ?? null,
        signal: limit.signal,
        bodyTimeout: 0,
      });
    } catch (error) {
      return fail(error);
    }
    const { statusCode: status } = response;
    response.body.once('close', limit.release);
    if (status === 401 || status === 403) {
      await response.body.dump().catch(() => {});
      throw new NodeCallError(
        'node_unreachable',
        `Node ${node.alias}: ${statusFailure(status).reason}`,
        true,
      );
    }
    return {
      status,
      headers: replyHeaders(response.headers),
      body: response.body,
      text: (limitBytes) => readText(response.body, limitBytes).catch(fail),
      dump: () => response.body.dump().catch(() => {}),
    };
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}

/** The stream, ended with `payload_too_large` after `limitBytes`. */
export function limitedBody(body: Readable, limitBytes: number): Readable {
  let sizeBytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _, done) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) done(tooLarge(limitBytes));
      else done(null, chunk);
    },
  });
  body.once('error', (error) => counter.destroy(error));
  return body.pipe(counter);
}

/** The whole body of a request. Throws `payload_too_large` after `limitBytes`. */
export async function readLimited(body: Readable, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A value that Node.js writes into a header: nodes put names there as they are. */
export function headerSafe(value: string): string {
  return value.replace(/[^\t\x20-\x7e]+/gu, encodeURIComponent);
}

function tooLarge(limitBytes: number): AppError {
  return new AppError('payload_too_large', `The body is larger than ${limitBytes} bytes.`);
}

function nodeError(alias: string, error: unknown, timeoutMs: number): AppError {
  if (error instanceof AppError) return error;
  const { kind, reason } = callFailure(error, timeoutMs);
  const code = kind === 'timeout' ? 'node_timeout' : 'node_unreachable';
  return new NodeCallError(code, `Node ${alias}: ${reason}`, hasNoConnection(error, kind), error);
}

const NO_ROUTE_CODES = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']);

/** Whether not even a connection came about, over which the request could have been sent. */
function hasNoConnection(error: unknown, kind: NodeFailureKind): boolean {
  return (
    error instanceof undiciErrors.ConnectTimeoutError ||
    ['refused', 'dns', 'tls'].includes(kind) ||
    NO_ROUTE_CODES.has(errorCode(error) ?? '')
  );
}

function requestHeaders({ headers = {} }: ForwardedCall): Record<string, string> {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const isPassed = (name: string) =>
    !KEPT_FROM_NODE.has(name) && !named.has(name) && !name.startsWith('sec-') && !name.startsWith(':');
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value !== undefined && isPassed(name) ? [[name, [value].flat().join(', ')]] : [],
    ),
  );
}

function replyHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const named = new Set(
    [headers.connection ?? ''].flat().flatMap((value) => value.toLowerCase().split(/\s*,\s*/)),
  );
  const isPassed = (name: string) =>
    !KEPT_FROM_CLIENT.has(name) &&
    !PAGE_HEADERS.test(name) &&
    !named.has(name) &&
    !name.startsWith('access-control-');
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value !== undefined && isPassed(name)
        ? [[name, name === 'content-type' ? harmlessType(value) : safeValue(value)]]
        : [],
    ),
  );
}

function safeValue(value: string | string[]): string | string[] {
  return Array.isArray(value) ? value.map(headerSafe) : headerSafe(value);
}

function harmlessType(value: string | string[]): string {
  const [type = ''] = [value].flat();
  return NODE_TYPES.test(type) ? headerSafe(type) : 'text/plain; charset=utf-8';
}

async function readText(body: Readable, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new RangeError(`the answer is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

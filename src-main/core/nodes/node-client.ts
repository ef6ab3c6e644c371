import { type Dispatcher, request, errors as undiciErrors } from 'undici';
import { timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { errorCode, errorMessage } from '../base/errors.ts';

/** A node as declared: where it is and the token it wants (empty for none). */
export interface NodeAddress {
  readonly alias: string;
  /** Base URL without slash at the end. */
  readonly url: string;
  readonly token: string;
}

/** Why a node gave no usable answer. */
export type NodeFailureKind =
  | 'refused'
  | 'timeout'
  | 'dns'
  | 'tls'
  | 'unreachable'
  | 'unauthorized'
  | 'status'
  | 'not-a-node';

/** An unreachable node is data, not an exception: calls return one of these. */
export type NodeReply =
  | {
      readonly isOk: true;
      /** Null where the answer is the known one. */
      readonly json: unknown;
      /** What was parsed, to see cheaply that nothing changed; the known one itself where it is the same. */
      readonly body: Buffer;
      readonly roundTripMs: number;
      readonly sentAtMs: number;
      /** The node's clock by its Date header, whole seconds. */
      readonly dateMs: number | null;
    }
  | NodeFailure;

export interface NodeFailure {
  readonly isOk: false;
  readonly kind: NodeFailureKind;
  readonly status: number | null;
  /** What happened, in an operator's words. */
  readonly reason: string;
}

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/;

export interface GetOptions {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** The body of the last answer: an equal one is not parsed again. */
  readonly knownBody?: Buffer | undefined;
}

/** Headers every call to a node carries; no Authorization at all where the token is empty. */
export function nodeHeaders(node: NodeAddress): Record<string, string> {
  return node.token === '' ? {} : { authorization: `Bearer ${node.token}` };
}

/** GETs JSON from a node. Never rejects, except when `signal` was aborted from outside. */
export async function getNodeJson(node: NodeAddress, path: string, options: GetOptions): Promise<NodeReply> {
  const { clock, dispatcher, timeoutMs } = options;
  const sentAtMs = clock.nowMs();
  const startedMs = clock.monotonicMs();
  options.signal.throwIfAborted();
  const { release, signal } = timeLimit(timeoutMs, options.signal);
  try {
    const response = await request(node.url + path, { dispatcher, signal, headers: nodeHeaders(node) });
    const roundTripMs = clock.monotonicMs() - startedMs;
    const { statusCode } = response;
    if (statusCode !== 200) {
      await response.body.dump();
      return statusFailure(statusCode);
    }
    const { knownBody } = options;
    const body = await readBody(response.body);
    const isKnown = knownBody?.equals(body) === true;
    const date = response.headers.date;
    const dateMs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    return {
      isOk: true,
      json: isKnown ? null : JSON.parse(body.toString('utf8')),
      body: isKnown ? knownBody : body,
      roundTripMs,
      sentAtMs,
      dateMs: Number.isNaN(dateMs) ? null : dateMs,
    };
  } catch (error) {
    options.signal.throwIfAborted();
    return callFailure(error, timeoutMs);
  } finally {
    release();
  }
}

/** A failed status as an operator reads it. */
export function statusFailure(status: number): NodeFailure {
  if (status === 401 || status === 403) {
    const reason = `The node refuses our token (${status}). Enter the right one in its settings.`;
    return { isOk: false, kind: 'unauthorized', status, reason };
  }
  if (status === 404) {
    const reason =
      'Something answers there, but it is not a live777 node (404). Check the address and its path.';
    return { isOk: false, kind: 'not-a-node', status, reason };
  }
  if (status >= 300 && status < 400) {
    const reason = `It sends on to another address (${status}). Enter that one, for example with https://.`;
    return { isOk: false, kind: 'not-a-node', status, reason };
  }
  return { isOk: false, kind: 'status', status, reason: `The node answers ${status}. Its log says why.` };
}

/** A failed call as an operator reads it. */
export function callFailure(error: unknown, timeoutMs: number): NodeFailure {
  const code = errorCode(error) ?? errorCode((error as { cause?: unknown }).cause) ?? '';
  const fail = (kind: NodeFailureKind, reason: string): NodeFailure => ({
    isOk: false,
    kind,
    status: null,
    reason,
  });
  if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
    return fail('not-a-node', `It answers, but not as a live777 node does: ${errorMessage(error)}.`);
  }
  if (
    error instanceof Error &&
    (error.name === 'TimeoutError' || error instanceof undiciErrors.ConnectTimeoutError)
  ) {
    return fail(
      'timeout',
      `No answer within ${timeoutMs / 1000} s. It hangs, or a firewall drops the packets.`,
    );
  }
  if (code === 'ECONNREFUSED') return fail('refused', 'The connection is refused: nothing listens there.');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return fail('dns', 'Its host name is not known. Check the name and the name server.');
  }
  if (error instanceof undiciErrors.HTTPParserError) {
    return fail('not-a-node', 'Something answers there, but it does not speak HTTP. Check the port.');
  }
  if (TLS_CODE.test(code)) return fail('tls', `The TLS connection fails (${code}). Check the certificate.`);
  return fail('unreachable', `The connection breaks (${code || errorMessage(error)}).`);
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new RangeError('the answer is larger than 32 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

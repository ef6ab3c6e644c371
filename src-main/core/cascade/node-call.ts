import { type Dispatcher, request } from 'undici';
import { timeLimit } from '../base/abort.ts';
import { callFailure, type NodeAddress, type NodeFailure, nodeHeaders } from '../nodes/node-client.ts';

export interface NodeCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path on the node, percent-encoded. */
  readonly path: string;
  /** Sent as JSON; nothing is sent without it. */
  readonly json?: unknown;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly dispatcher: Dispatcher;
}

/** What a node answered to an order, or why it did not. */
export type NodeOutcome =
  | { readonly isOk: true; readonly status: number; readonly text: string }
  | (NodeFailure & {
      /** What the node said; empty where it said nothing. */
      readonly text: string;
    });

const MAX_TEXT_BYTES = 32 * 1024 * 1024;
const SHOWN_CHARS = 300;

/**
 * Calls a node under its own token. Every 2xx is success; everything else comes back as data, in words.
 *
 * Rejects only with the reason of `signal`.
 */
export async function callNode(node: NodeAddress, call: NodeCall): Promise<NodeOutcome> {
  const { dispatcher, json, method, path, timeoutMs } = call;
  call.signal.throwIfAborted();
  const { release, signal } = timeLimit(timeoutMs, call.signal);
  const body = json === undefined ? null : JSON.stringify(json);
  try {
    const response = await request(node.url + path, {
      dispatcher,
      method,
      signal,
      headers: { ...nodeHeaders(node), ...(body === null ? {} : { 'content-type': 'application/json' }) },
      body,
    });
    const text = await readText(response.body);
    const { statusCode: status } = response;
    if (status >= 200 && status < 300) return { isOk: true, status, text };
    return { ...refusal(status, text), text };
  } catch (error) {
    call.signal.throwIfAborted();
    return { ...callFailure(error, timeoutMs), text: '' };
  } finally {
    release();
  }
}

function refusal(status: number, text: string): NodeFailure {
  if (status === 401 || status === 403) {
    const reason = `It refuses our token (${status}). Put the right one at its entry.`;
    return { isOk: false, kind: 'unauthorized', status, reason };
  }
  const said = text.trim().replace(/\s+/g, ' ').slice(0, SHOWN_CHARS);
  const reason = `It answers ${status}${said === '' ? '' : `: ${said}`}.`;
  return { isOk: false, kind: 'status', status, reason };
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_TEXT_BYTES) throw new RangeError('the answer is larger than 32 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

import type { Dispatcher } from 'undici';
import type { Stream } from '../../../src-shared/model/node-json.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Closeable } from '../base/lifecycle.ts';
import { directDispatcher, type MakeDispatcher } from '../base/outgoing.ts';
import { callFailure, type NodeAddress, type NodeFailure } from '../nodes/node-client.ts';
import { parseStreams } from '../nodes/parse-node-json.ts';
import { callNode, type NodeOutcome } from './node-call.ts';

/** Nodes with an unreachable STUN server need more than 15 s, and wait up to 30 s for each other. */
const CASCADE_TIMEOUT_MS = 35 * MS_PER_SECOND;
const SHORT_TIMEOUT_MS = 5 * MS_PER_SECOND;
const CONNECT_TIMEOUT_MS = 5 * MS_PER_SECOND;

export type StreamsOutcome = { readonly isOk: true; readonly streams: Stream[] } | NodeFailure;

/** The calls that make and end relays, each to one node under its own token. */
export class CascadeCalls implements Closeable {
  readonly #dispatcher: Dispatcher;

  constructor(makeDispatcher: MakeDispatcher = directDispatcher) {
    this.#dispatcher = makeDispatcher({
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      headersTimeoutMs: CASCADE_TIMEOUT_MS + MS_PER_SECOND,
    });
  }

  /** Tells `source` to publish the stream on `target`. Done means that they have agreed, not that media flow. */
  push(source: NodeAddress, target: NodeAddress, stream: string, signal: AbortSignal): Promise<NodeOutcome> {
    const json = { sourceUrl: null, targetUrl: pushUrl(target, stream), token: bearer(target) };
    return this.#order(source, stream, json, signal);
  }

  /** Tells `target` to fetch the stream from `source`. Done means that they have agreed, not that media flow. */
  pull(source: NodeAddress, target: NodeAddress, stream: string, signal: AbortSignal): Promise<NodeOutcome> {
    const json = { sourceUrl: pullUrl(source, stream), targetUrl: null, token: bearer(source) };
    return this.#order(target, stream, json, signal);
  }

  /** Ends a session; ending a publisher deletes the stream on its node. A session that is gone is success. */
  async endSession(
    node: NodeAddress,
    stream: string,
    session: string,
    signal: AbortSignal,
  ): Promise<NodeOutcome> {
    const outcome = await callNode(node, {
      method: 'DELETE',
      path: `/session/${encodeURIComponent(stream)}/${encodeURIComponent(session)}`,
      timeoutMs: SHORT_TIMEOUT_MS,
      signal,
      dispatcher: this.#dispatcher,
    });
    return !outcome.isOk && outcome.status === 404
      ? { isOk: true, status: 404, text: outcome.text }
      : outcome;
  }

  /** Removes a stream and ends its sessions. */
  deleteStream(node: NodeAddress, stream: string, signal: AbortSignal): Promise<NodeOutcome> {
    return callNode(node, {
      method: 'DELETE',
      path: `/api/streams/${encodeURIComponent(stream)}`,
      timeoutMs: SHORT_TIMEOUT_MS,
      signal,
      dispatcher: this.#dispatcher,
    });
  }

  /** The streams of a node as it lists them now. */
  async readStreams(node: NodeAddress, signal: AbortSignal): Promise<StreamsOutcome> {
    const outcome = await callNode(node, {
      method: 'GET',
      path: '/api/streams/',
      timeoutMs: SHORT_TIMEOUT_MS,
      signal,
      dispatcher: this.#dispatcher,
    });
    if (!outcome.isOk) return outcome;
    try {
      return { isOk: true, streams: parseStreams(JSON.parse(outcome.text)) };
    } catch (error) {
      return callFailure(error, SHORT_TIMEOUT_MS);
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  #order(node: NodeAddress, stream: string, json: object, signal: AbortSignal): Promise<NodeOutcome> {
    const path = `/api/cascade/${encodeURIComponent(stream)}`;
    return callNode(node, {
      method: 'POST',
      path,
      json,
      timeoutMs: CASCADE_TIMEOUT_MS,
      signal,
      dispatcher: this.#dispatcher,
    });
  }
}

/** Where a pushing node publishes the stream. */
export function pushUrl(target: NodeAddress, stream: string): string {
  return `${target.url}/whip/${encodeURIComponent(stream)}`;
}

/** Where a pulling node watches the stream. */
export function pullUrl(source: NodeAddress, stream: string): string {
  return `${source.url}/whep/${encodeURIComponent(stream)}`;
}

/** Nodes put this into the Authorization header as it is; null leaves the header out. */
function bearer(node: NodeAddress): string | null {
  return node.token === '' ? null : `Bearer ${node.token}`;
}

import { createParser } from 'eventsource-parser';
import { type Dispatcher, request } from 'undici';
import type { Stream } from '../../../src-shared/model/node-json.ts';
import {
  callFailure,
  type NodeAddress,
  type NodeFailure,
  nodeHeaders,
  statusFailure,
} from './node-client.ts';
import { parseStreams } from './parse-node-json.ts';

export interface FeedOptions {
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly onStreams: (streams: Stream[]) => void;
  /** Anything heard, keep-alives too. */
  readonly onAlive: () => void;
  /** After this long without a word the connection is given up; 45 s unless said otherwise. */
  readonly silenceMs?: number;
}

/** Nodes send a keep-alive after 15 s of silence: three missed ones mean that the connection is dead. */
const SILENCE_MS = 45_000;
const CONNECT_MS = 10_000;
const MAX_MESSAGE_CHARS = 32 * 1024 * 1024;

/** Listens to a node's stream events until the connection ends; returns why it ended. */
export async function followStreamFeed(node: NodeAddress, options: FeedOptions): Promise<NodeFailure> {
  const { dispatcher, onAlive, onStreams, silenceMs = SILENCE_MS } = options;
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(new DOMException('silent', 'TimeoutError')), CONNECT_MS);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new DOMException('silent', 'TimeoutError')), silenceMs);
    onAlive();
  };
  try {
    const response = await request(`${node.url}/api/sse/streams`, {
      dispatcher,
      signal,
      headers: { ...nodeHeaders(node), accept: 'text/event-stream' },
      bodyTimeout: 0,
      headersTimeout: CONNECT_MS,
    });
    if (response.statusCode !== 200) {
      await response.body.dump();
      return statusFailure(response.statusCode);
    }
    let pendingChars = 0;
    const parser = createParser({
      onEvent: (event) => {
        pendingChars = 0;
        onStreams(parseStreams(JSON.parse(event.data)));
      },
    });
    heard();
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      heard();
      const text = decoder.decode(chunk, { stream: true });
      pendingChars = text === ':\n\n' ? pendingChars : pendingChars + text.length;
      if (pendingChars > MAX_MESSAGE_CHARS) throw new RangeError('an event is larger than 32 MB');
      parser.feed(text);
    }
    return { isOk: false, kind: 'unreachable', status: null, reason: 'The node closed its event stream.' };
  } catch (error) {
    options.signal.throwIfAborted();
    return callFailure(error, silenceMs);
  } finally {
    clearTimeout(timer);
  }
}

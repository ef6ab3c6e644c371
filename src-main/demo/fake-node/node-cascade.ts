import { STATUS_CODES } from 'node:http';
import { errorMessage } from '../../core/base/errors.ts';
import { type NodeCall, NodeError, type Reply, readJson, reply, wrongShape } from './node-http.ts';
import type { NodeParts } from './node-parts.ts';
import type { Route } from './node-router.ts';
import { cascadeOffer, codecNamed } from './node-sdp.ts';
import { NodeSession } from './node-session.ts';
import type { NodeStream } from './node-streams.ts';

const PEER_LIMIT_MS = 30_000;

/** `POST /api/cascade/{stream}`: really calls the other node and answers once signalling is done. */
export function cascadeRoute(parts: NodeParts): Route {
  return {
    pattern: '/api/cascade/{stream}',
    methods: {
      POST: async (call) => {
        const body = await readJson(call);
        const sourceUrl = optionalText(body.sourceUrl);
        const targetUrl = optionalText(body.targetUrl);
        const token = optionalText(body.token);
        if (sourceUrl === undefined && targetUrl === undefined) {
          throw new NodeError(500, 'src and dst cannot be empty at the same time');
        }
        if (sourceUrl !== undefined && targetUrl !== undefined) {
          throw new NodeError(500, 'src and dst cannot be non-empty at the same time');
        }
        return sourceUrl !== undefined
          ? pull(parts, call, sourceUrl, token)
          : push(parts, call, targetUrl!, token);
      },
    },
  };
}

/** Becomes the stream's publisher by watching it on another node. */
async function pull(parts: NodeParts, call: NodeCall, sourceUrl: string, token?: string): Promise<Reply> {
  const { streams, options, strategy } = parts;
  const id = call.params.stream!;
  const existing = streams.find(id);
  if (!existing && !strategy.auto_create_whip) throw new NodeError(404, 'stream not exists');
  if (existing?.publisher) throw new NodeError(409, 'A connection has already been established');
  const stream = streams.ensure(id);
  const sessionUrl = await offerTo(sourceUrl, cascadeOffer([], 'recvonly'), token, call.signal);
  const session = new NodeSession(options.generation, parts.clock, { cascade: { sourceUrl, sessionUrl } });
  streams.attachPublisher(stream, session);
  connectLater(parts, stream, session, () => {
    stream.codecs = [codecNamed('h264'), codecNamed('opus')];
  });
  return reply.text(200, '');
}

/** Publishes the stream on another node and lists itself as a subscriber. */
async function push(parts: NodeParts, call: NodeCall, targetUrl: string, token?: string): Promise<Reply> {
  const { streams, options, strategy } = parts;
  const stream = streams.find(call.params.stream!);
  if (!stream) throw new NodeError(404, 'stream not exists');
  const offer = cascadeOffer(stream.codecs, 'sendonly', stream.publisher?.rateBps);
  const sessionUrl = await offerTo(targetUrl, offer, token, call.signal);
  const session = new NodeSession(options.generation, parts.clock, {
    cascade: { targetUrl, sessionUrl },
    onEnd: () => void endAtPeer(sessionUrl, token, parts.closed),
  });
  streams.attachSubscriber(stream, session);
  connectLater(parts, stream, session, () => {});
  if (strategy.cascade_push_close_sub) {
    const others = stream.subscribers.filter((each) => each.isOpen && !each.details.cascade);
    for (const subscriber of others) streams.detachSubscriber(stream, subscriber);
  }
  return reply.text(200, '');
}

function connectLater(parts: NodeParts, stream: NodeStream, session: NodeSession, then: () => void): void {
  parts.later(parts.connectDelayMs, () => {
    if (!session.isOpen) return;
    session.connect(stream.publisher && stream.publisher !== session ? stream.publisher.rateBps : 500_000);
    then();
    parts.streams.changed(stream.id);
  });
}

/** Sends the offer and answers with the URL of the session that the peer made. */
async function offerTo(
  url: string,
  offer: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', ...authorization(token) },
    body: offer,
    signal: AbortSignal.any([signal, AbortSignal.timeout(PEER_LIMIT_MS)]),
  }).catch((error: unknown) => {
    throw new NodeError(500, `error sending request for url (${url}): ${errorMessage(error)}`);
  });
  const body = await response.text();
  if (response.status !== 201) {
    const status = `${response.status} ${STATUS_CODES[response.status] ?? ''}`.trim();
    throw new NodeError(500, `[HTTP] ${status}\n==> Body BEGIN\n${body}\n==> Body END`);
  }
  const location = response.headers.get('location');
  if (!location) throw new NodeError(500, 'Location is required');
  return new URL(location, url).href;
}

async function endAtPeer(sessionUrl: string, token: string | undefined, closed: AbortSignal): Promise<void> {
  // Best effort, as on the real node: a peer that is gone needs no telling.
  await fetch(sessionUrl, {
    method: 'DELETE',
    headers: authorization(token),
    signal: AbortSignal.any([closed, AbortSignal.timeout(PEER_LIMIT_MS)]),
  }).then(
    (response) => response.body?.cancel(),
    () => {},
  );
}

/** The token goes out verbatim: whoever wants `Bearer` has to write it. */
function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: token };
}

function optionalText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongShape('invalid type, expected a string');
  return value;
}

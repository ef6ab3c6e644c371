import { STATUS_CODES } from 'node:http';
import type { Codec } from '../../../src-shared/model/node-json.ts';
import { errorMessage } from '../../core/base/errors.ts';
import { type NodeCall, NodeError, type Reply, readJson, reply, wrongShape } from './node-http.ts';
import type { NodeParts } from './node-parts.ts';
import { vanishFromPeer } from './node-peers.ts';
import type { Route } from './node-router.ts';
import { cascadeOffer, codecNamed } from './node-sdp.ts';
import { NodeSession } from './node-session.ts';
import type { NodeStream } from './node-streams.ts';
import { gatherCandidates, whenConnected } from './node-whip.ts';

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
  const session = new NodeSession(options.generation, parts.clock, { webrtc: options.webrtc });
  const real = await options.webrtc?.offerPull(id, session.id);
  const offer = real?.offer ?? cascadeOffer([], 'recvonly');
  await gatherCandidates(parts);
  const { answer, sessionUrl } = await offerTo(sourceUrl, offer, token, call.signal);
  session.cascade = { sourceUrl, sessionUrl };
  // The node it was pulled from is not told.
  session.onEnd(() => vanishFromPeer(sessionUrl));
  streams.attachPublisher(stream, session);
  connectLater(parts, stream, session, await real?.accept(answer), (sent) => {
    stream.codecs = sent ?? [codecNamed('h264'), codecNamed('opus')];
  });
  return reply.text(200, '');
}

/** Publishes the stream on another node and lists itself as a subscriber. */
async function push(parts: NodeParts, call: NodeCall, targetUrl: string, token?: string): Promise<Reply> {
  const { streams, options, strategy } = parts;
  const stream = streams.find(call.params.stream!);
  if (!stream) throw new NodeError(404, 'stream not exists');
  const session = new NodeSession(options.generation, parts.clock, { webrtc: options.webrtc });
  const real = await options.webrtc?.offerPush(stream.id, session.id);
  const offer = real?.offer ?? cascadeOffer(stream.codecs, 'sendonly', stream.publisher?.rateBps);
  await gatherCandidates(parts);
  const { answer, sessionUrl } = await offerTo(targetUrl, offer, token, call.signal);
  session.onEnd(() => void endAtPeer(sessionUrl, token, parts.closed));
  session.cascade = { targetUrl, sessionUrl };
  streams.attachSubscriber(stream, session);
  connectLater(parts, stream, session, await real?.accept(answer), () => {});
  if (strategy.cascade_push_close_sub) {
    const others = stream.subscribers.filter((each) => each.isOpen && !each.cascade);
    for (const subscriber of others) streams.detachSubscriber(stream, subscriber);
  }
  return reply.text(200, '');
}

function connectLater(
  parts: NodeParts,
  stream: NodeStream,
  session: NodeSession,
  real: { readonly connected: Promise<Codec[]> } | undefined,
  then: (sent?: Codec[]) => void,
): void {
  whenConnected(parts, real, (sent) => {
    if (!session.isOpen) return;
    session.connect(stream.publisher && stream.publisher !== session ? stream.publisher.rateBps : 500_000);
    then(sent);
    parts.streams.progressed(stream.id);
  });
}

/** Sends the offer and returns the peer's answer with the URL of the session that it made. */
async function offerTo(
  url: string,
  offer: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<{ answer: string; sessionUrl: string }> {
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
  return { answer: body, sessionUrl: new URL(location, url).href };
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

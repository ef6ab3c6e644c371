import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../base/errors.ts';
import { limitedBody, readLimited } from '../../routing/node-proxy.ts';
import { type Offer, type OfferReply, SDP_LIMIT_BYTES } from '../../routing/offer-router.ts';
import type { Routing } from '../../routing/routing.ts';
import { sessionPath } from '../../routing/session-location.ts';
import { demandDone } from '../../routing/stream-control.ts';
import type { Call, Handlers } from '../endpoint.ts';
import { MODE, mayOperate, ownerName, type Principal } from '../principal.ts';
import { asList } from './cluster-handlers.ts';

type SessionRoute =
  | 'trickleSession'
  | 'endSession'
  | 'muteSession'
  | 'getLayers'
  | 'chooseLayer'
  | 'dropLayer';

type RoutingRoute =
  | SessionRoute
  | 'publish'
  | 'play'
  | 'publishOnNode'
  | 'playFromNode'
  | 'createStream'
  | 'deleteStream'
  | 'createStreamOnNode'
  | 'deleteStreamOnNodes'
  | 'kickSession';

const SESSION_BODY_LIMIT_BYTES = 64 * 1024;

/** WHIP, WHEP and their sessions; making and deleting streams, ending sessions. */
export function routingHandlers(routing: Routing): Pick<Handlers, RoutingRoute> {
  const { offers, streams } = routing;
  const session = (suffix: '' | '/layer') => (call: Call<SessionRoute>) =>
    forwardSession(routing, call, suffix);
  return {
    publish: async ({ params, query, reply, request, signal }) =>
      sendOffer(
        reply,
        await offers.publish(streamName(params), await readOffer(request), asList(query.nodes), signal),
      ),
    play: async ({ params, query, reply, request, signal }) =>
      sendOffer(
        reply,
        await offers.play(streamName(params), await readOffer(request), asList(query.nodes), signal),
      ),
    publishOnNode: async ({ params, reply, request, signal }) =>
      sendOffer(
        reply,
        await offers.publishOn(params.alias, streamName(params), await readOffer(request), signal),
      ),
    playFromNode: async ({ params, reply, request, signal }) =>
      sendOffer(
        reply,
        await offers.playFrom(params.alias, streamName(params), await readOffer(request), signal),
      ),
    trickleSession: session(''),
    endSession: session(''),
    muteSession: session(''),
    getLayers: session('/layer'),
    chooseLayer: session('/layer'),
    dropLayer: session('/layer'),
    createStream: async ({ params, query, reply, signal }) => {
      demandDone([await streams.create(streamName(params), asList(query.nodes), signal)]);
      return reply.status(204).send();
    },
    deleteStream: async ({ params, query, reply, signal }) => {
      demandDone(await streams.delete(streamName(params), asList(query.nodes), signal));
      return reply.status(204).send();
    },
    createStreamOnNode: ({ params, signal }) => streams.createOn(params.alias, streamName(params), signal),
    deleteStreamOnNodes: async ({ params, query, signal }) => ({
      nodes: await streams.delete(streamName(params), asList(query.nodes), signal),
    }),
    kickSession: ({ params, signal }) =>
      streams.kick(params.alias, streamName(params), pathSegment('session', params.session), signal),
  };
}

/** The offer as a whole: it may have to be sent twice, and a slow client shall not hold a place meanwhile. */
async function readOffer(request: FastifyRequest): Promise<Offer> {
  const body = request.body === undefined ? Buffer.alloc(0) : request.body;
  const offer = Buffer.isBuffer(body) ? body : await readLimited(body as Readable, SDP_LIMIT_BYTES);
  const { 'content-length': _, ...headers } = request.headers;
  return { body: offer, headers, owner: ownerName(request.principal) };
}

function sendOffer(reply: FastifyReply, { body, headers, status }: OfferReply): FastifyReply {
  return reply.status(status).headers(headers).header('cache-control', 'no-store').send(body);
}

async function forwardSession(
  { limits, proxy, readSnapshots, sessions, streams }: Routing,
  { params, principal, reply, request, signal }: Call<SessionRoute>,
  suffix: '' | '/layer',
): Promise<FastifyReply> {
  const stream = streamName(params);
  const session = pathSegment('session', params.session);
  // Who may only watch learns the publisher's session from the stream's list, and shall not end it.
  const isViewer = principal !== null && (principal.mode & (MODE.write | MODE.admin | MODE.operate)) === 0;
  const place = await sessions.find(stream, session, { isKindNeeded: isViewer, signal });
  const node = readSnapshots().find((snapshot) => snapshot.node.alias === place?.alias)?.node;
  if (!place || !node) throw new AppError('not_found', 'session not exists');
  if (isViewer && place.kind !== 'play') throw new AppError('forbidden', "Don't permission");
  if (principal && hasOwnOnly(principal, stream)) {
    const owner = await sessions.findOwner(stream, session);
    if (owner === null || owner !== ownerName(principal)) throw new AppError('forbidden', "Don't permission");
  }
  const method = request.method === 'HEAD' ? 'GET' : (request.method as 'GET' | 'POST' | 'PATCH' | 'DELETE');
  const isEnd = method === 'DELETE' && suffix === '';
  if (isEnd) await streams.endRelaysOf(node.alias, stream, session);
  const answer = await proxy.call(node, {
    method,
    path: sessionPath(stream, session) + suffix,
    headers: request.headers,
    ...(request.body === undefined || method === 'GET'
      ? {}
      : { body: limitedBody(request.body as Readable, SESSION_BODY_LIMIT_BYTES) }),
    timeoutMs: limits.sessionMs,
    signal,
  });
  const hasEnded = isEnd && (answer.status < 300 || answer.status === 404);
  if (hasEnded) sessions.forget(stream, session);
  return reply
    .status(answer.status)
    .headers(answer.headers)
    .header('cache-control', 'no-store')
    .send(answer.body);
}

/**
 * Who steers what it made itself only: accounts without the right to steer the stream, and tokens of one stream. Tokens
 * for all streams are of programs that stand for many clients.
 */
function hasOwnOnly(principal: Principal, stream: string): boolean {
  return !mayOperate(principal, stream) && (principal.id !== '*' || principal.via === 'account');
}

function streamName({ stream }: { readonly stream: string }): string {
  return pathSegment('stream', stream);
}

/** Dots alone would walk about in the node's paths, however they are written. */
function pathSegment(what: string, text: string): string {
  if (text !== '' && text !== '.' && text !== '..') return text;
  throw new AppError('bad_request', `Invalid URL: ${JSON.stringify(text)} is no ${what} name.`);
}

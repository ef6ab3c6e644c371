import type { Codec } from '../../../src-shared/model/node-json.ts';
import {
  type Handler,
  type NodeCall,
  NodeError,
  type Reply,
  readJson,
  readText,
  reply,
} from './node-http.ts';
import type { IceServer } from './node-options.ts';
import { isAtLeast } from './node-options.ts';
import type { NodeParts } from './node-parts.ts';
import { notePeer } from './node-peers.ts';
import type { Route } from './node-router.ts';
import { answerOffer } from './node-sdp.ts';
import { NodeSession } from './node-session.ts';
import type { NodeStream } from './node-streams.ts';

/** What a publisher is taken to send that announces no bandwidth, as there are no media to measure. */
const CLIENT_RATE_BPS = 500_000;
const VIEWER_LOST_AFTER_MS = 6000;

/** `/whip`, `/whep` and `/session`. */
export function whipRoutes(parts: NodeParts): Route[] {
  return [
    { pattern: '/whip/{stream}', methods: { POST: (call) => publish(parts, call) } },
    { pattern: '/whep/{stream}', methods: { POST: (call) => subscribe(parts, call) } },
    {
      pattern: '/session/{stream}/{session}',
      methods: {
        POST: (call) => setEnabled(parts, call),
        PATCH: (call) => trickle(parts, call),
        DELETE: (call) => hangUp(parts, call),
      },
    },
    {
      pattern: '/session/{stream}/{session}/layer',
      methods: { GET: layers(parts), POST: layers(parts), DELETE: layers(parts) },
    },
  ];
}

async function publish(parts: NodeParts, call: NodeCall): Promise<Reply> {
  const { streams, options, strategy } = parts;
  const id = call.params.stream!;
  const offer = await readTyped(call, 'application/sdp');
  const existing = streams.find(id);
  if (!existing && !strategy.auto_create_whip) throw new NodeError(404, 'stream not exists');
  if (existing?.publisher) throw new NodeError(409, 'A connection has already been established');
  const { answer, codecs, rateBps = CLIENT_RATE_BPS } = answerOffer(offer, options.generation, 'publisher');
  const session = new NodeSession(options.generation, parts.clock, { webrtc: options.webrtc });
  const real = await options.webrtc?.publish(id, session.id, offer);
  await gatherCandidates(parts);
  const stream = streams.ensure(id);
  if (stream.publisher) {
    session.end();
    throw new NodeError(409, 'A connection has already been established');
  }
  streams.attachPublisher(stream, session);
  notePeer(session, parts.closed, () => {});
  whenConnected(parts, real, (sent) => {
    if (!session.isOpen) return;
    session.connect(rateBps);
    stream.codecs = sent ?? codecs;
    streams.progressed(id);
  });
  return created(parts, stream, session, real?.answer ?? answer);
}

async function subscribe(parts: NodeParts, call: NodeCall): Promise<Reply> {
  const { streams, options, strategy } = parts;
  const id = call.params.stream!;
  const offer = await readTyped(call, 'application/sdp');
  if (!streams.find(id) && !strategy.auto_create_whep) throw new NodeError(404, 'stream not exists');
  const { answer } = answerOffer(offer, options.generation, 'subscriber');
  const session = new NodeSession(options.generation, parts.clock, { webrtc: options.webrtc });
  const real = await options.webrtc?.play(id, session.id, offer);
  await gatherCandidates(parts);
  const stream = streams.ensure(id);
  streams.attachSubscriber(stream, session);
  notePeer(session, parts.closed, () => loseViewer(parts, stream, session));
  whenConnected(parts, real, () => {
    if (!session.isOpen) return;
    session.connect(stream.publisher?.rateBps ?? 0);
    streams.progressed(id);
  });
  return created(parts, stream, session, real?.answer ?? answer);
}

/** A viewer went away without a word: HEAD lists it as disconnected from then on, older nodes no more. */
function loseViewer(parts: NodeParts, stream: NodeStream, session: NodeSession): void {
  session.silence();
  parts.later(VIEWER_LOST_AFTER_MS, () => {
    if (!session.isOpen) return;
    if (!isAtLeast(parts.options.generation, 'head')) return parts.streams.detachSubscriber(stream, session);
    session.state = 'disconnected';
    parts.streams.progressed(stream.id);
  });
}

/** Nodes before HEAD wait for every STUN server, HEAD for none. */
export async function gatherCandidates({ clock, closed, options }: NodeParts): Promise<void> {
  const waitMs = isAtLeast(options.generation, 'head') ? 0 : (options.stunWaitMs ?? 0);
  if (waitMs > 0) await clock.sleep(waitMs, closed);
}

/** Calls `then` when the connection is there, really or after the usual time; with what is really sent. */
export function whenConnected(
  parts: NodeParts,
  real: { readonly connected: Promise<Codec[]> } | undefined,
  then: (sent?: Codec[]) => void,
): void {
  if (real) {
    // A connection that never comes about leaves the session as it is, as on a real node.
    void real.connected.then(then, () => {});
  } else {
    parts.later(parts.connectDelayMs, () => then());
  }
}

function created(parts: NodeParts, stream: NodeStream, session: NodeSession, answer: string): Reply {
  // The real node puts the decoded name there as it is; Node.js takes header text as Latin-1, hence the detour.
  const location = Buffer.from(`/session/${stream.id}/${session.id}`, 'utf8').toString('latin1');
  const links = (parts.options.iceServers ?? []).flatMap((server) => iceLinks(server, parts));
  return {
    status: 201,
    headers: {
      'content-type': 'application/sdp',
      'accept-patch': 'application/trickle-ice-sdpfrag',
      location,
      ...(links.length > 0 ? { link: links } : {}),
    },
    body: answer,
  };
}

function iceLinks({ urls, username, credential }: IceServer, { options }: NodeParts): string[] {
  // Until September 2025 nodes also named the type of the credential.
  const type = isAtLeast(options.generation, 'daily') ? '' : '; credential-type="password"';
  const login = username
    ? `; username=${JSON.stringify(username)}; credential=${JSON.stringify(credential ?? '')}${type}`
    : '';
  return urls.map((url) => `<${url}>; rel="ice-server"${login}`);
}

async function readTyped(call: NodeCall, type: string): Promise<string> {
  const given = call.request.headers['content-type'];
  if (given === undefined) throw new NodeError(500, 'Content-Type is required');
  if (given !== type) throw new NodeError(500, `Content-Type must be ${type}`);
  return readText(call);
}

async function trickle(parts: NodeParts, call: NodeCall): Promise<Reply> {
  const fragment = await readTyped(call, 'application/trickle-ice-sdpfrag');
  if (!parts.streams.find(call.params.stream!)) throw new NodeError(404, 'session not exists');
  for (const section of fragment.split(/\r?\n(?=m=)/).filter((text) => text.startsWith('m='))) {
    if (!/\na=mid:\d+/.test(section)) throw new NodeError(500, 'mid not found');
  }
  return reply.empty(204);
}

function hangUp({ streams }: NodeParts, call: NodeCall): Reply {
  const stream = streams.find(call.params.stream!);
  if (!stream) throw new NodeError(404, 'session not exists');
  const id = call.params.session;
  if (stream.publisher?.id === id) {
    if (stream.isProvisioned) streams.detachPublisher(stream);
    else streams.remove(stream.id);
    return reply.empty(204);
  }
  const subscriber = stream.subscribers.find((each) => each.id === id && each.isOpen);
  if (subscriber) streams.detachSubscriber(stream, subscriber);
  return reply.empty(204);
}

async function setEnabled({ streams }: NodeParts, call: NodeCall): Promise<Reply> {
  const { kind } = await readJson(call, ['kind', 'enabled']);
  if (kind !== 'video' && kind !== 'audio') throw new NodeError(500, 'kind unspecified');
  if (!streams.find(call.params.stream!)) throw new NodeError(404, 'stream not exists');
  return reply.json({});
}

/** No publisher here sends simulcast, so there is never a layer to choose. */
function layers({ streams }: NodeParts): Handler {
  return (call) => {
    if (!streams.find(call.params.stream!)) throw new NodeError(404, 'stream not exists');
    if (call.method === 'DELETE') return reply.text(200, '');
    throw new NodeError(500, 'not layers');
  };
}

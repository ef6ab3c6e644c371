import { type Static, Type } from 'typebox';
import { defineRoutes, type RouteSpec } from './route.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

const StreamParams = Type.Object({ stream: Type.String() });
const NodeStreamParams = Type.Object({ alias: Type.String(), stream: Type.String() });
const SessionParams = Type.Object({ stream: Type.String(), session: Type.String() });

const NodesFilter = Type.Object({
  nodes: Type.Optional(
    Type.Union([Type.Array(Type.String()), Type.String()], { description: 'Only these nodes; repeats.' }),
  ),
});

/** What one node answered to an order that goes to several. */
export const NodeAnswer = Type.Object({
  alias: Type.String(),
  isDone: Type.Boolean({ description: 'The node is now as wanted.' }),
  status: Type.Union([Type.Number(), Type.Null()], { description: 'HTTP status; null where it gave none.' }),
  message: Type.String({ description: 'What it said or why it said nothing, in words.' }),
});
export type NodeAnswer = Static<typeof NodeAnswer>;

/** What every call that reaches a node may fail with. */
const NODE_ERRORS = ['node_unreachable', 'node_timeout'] as const;
const OFFER_ERRORS = ['bad_request', 'payload_too_large', 'no_available_node', ...NODE_ERRORS] as const;

const layerRoute = (method: 'GET' | 'POST' | 'DELETE', summary: string) =>
  ({
    method,
    path: '/session/{stream}/{session}/layer',
    access: 'session',
    summary,
    form: 'upstream',
    params: SessionParams,
    rawBody: 'application/json',
    reply: 'application/json',
    errors: ['bad_request', 'not_found', 'payload_too_large', ...NODE_ERRORS],
  }) as const satisfies RouteSpec;

/**
 * WHIP and WHEP through the manager, the sessions they make, and streams as such.
 *
 * SDP goes on to the node as it comes. The node's reply comes back with its status, `Location`, `Link` and text;
 * only its 401 and 403 become `node_unreachable`, as they are about the manager's own token.
 */
export const routingRoutes = defineRoutes({
  publish: {
    method: 'POST',
    path: '/whip/{stream}',
    access: 'write',
    audit: 'publish stream',
    summary: 'Publishes: an SDP offer goes to the node that suits best, whose answer comes back.',
    form: 'upstream',
    params: StreamParams,
    query: NodesFilter,
    rawBody: SDP,
    reply: SDP,
    errors: OFFER_ERRORS,
  },
  play: {
    method: 'POST',
    path: '/whep/{stream}',
    access: 'read',
    audit: 'watch stream',
    summary:
      'Plays: an SDP offer goes to a node that holds the stream and has room, or to a new relay of it.',
    form: 'upstream',
    params: StreamParams,
    query: NodesFilter,
    rawBody: SDP,
    reply: SDP,
    errors: [...OFFER_ERRORS, 'stream_not_found'],
  },
  publishOnNode: {
    method: 'POST',
    path: '/api/whip/{alias}/{stream}',
    access: 'write',
    audit: 'publish stream',
    summary: 'Publishes on this node.',
    form: 'upstream',
    params: NodeStreamParams,
    rawBody: SDP,
    reply: SDP,
    errors: OFFER_ERRORS,
  },
  playFromNode: {
    method: 'POST',
    path: '/api/whep/{alias}/{stream}',
    access: 'read',
    audit: 'watch stream',
    summary: 'Plays from this node, full or not.',
    form: 'upstream',
    params: NodeStreamParams,
    rawBody: SDP,
    reply: SDP,
    errors: OFFER_ERRORS,
  },
  trickleSession: {
    method: 'PATCH',
    path: '/session/{stream}/{session}',
    access: 'session',
    summary: 'Adds ICE candidates to a session.',
    form: 'upstream',
    params: SessionParams,
    rawBody: FRAGMENT,
    reply: 'text/plain',
    errors: ['bad_request', 'not_found', 'payload_too_large', ...NODE_ERRORS],
  },
  endSession: {
    method: 'DELETE',
    path: '/session/{stream}/{session}',
    access: 'session',
    audit: 'end session',
    summary: 'Hangs up. Ending the publisher deletes the stream on its node.',
    form: 'upstream',
    params: SessionParams,
    rawBody: 'text/plain',
    reply: 'text/plain',
    errors: ['bad_request', 'not_found', ...NODE_ERRORS],
  },
  muteSession: {
    method: 'POST',
    path: '/session/{stream}/{session}',
    access: 'session',
    summary: 'Stops or resumes sound or picture of a viewer: {"kind":"video","enabled":false}.',
    form: 'upstream',
    params: SessionParams,
    rawBody: 'application/json',
    reply: 'application/json',
    errors: ['bad_request', 'not_found', 'payload_too_large', ...NODE_ERRORS],
  },
  getLayers: layerRoute('GET', 'Layers of a simulcast stream that a viewer may choose from.'),
  chooseLayer: layerRoute('POST', 'Chooses a layer for a viewer: {"encodingId":"l"}.'),
  dropLayer: layerRoute('DELETE', 'Turns the picture of a viewer off.'),
  createStream: {
    method: 'POST',
    path: '/api/streams/{stream}',
    access: 'operate',
    audit: 'create stream',
    summary:
      'Makes an empty stream on the node that suits best. Today’s nodes delete it again after 5 s unused.',
    form: 'upstream',
    params: StreamParams,
    query: NodesFilter,
    rawBody: 'text/plain',
    reply: 'text/plain',
    errors: ['bad_request', 'conflict', 'no_available_node', ...NODE_ERRORS],
  },
  deleteStream: {
    method: 'DELETE',
    path: '/api/streams/{stream}',
    access: 'execute',
    audit: 'delete stream',
    summary: 'Deletes a stream and ends its sessions on every node that has it (`nodes`: only there).',
    form: 'upstream',
    params: StreamParams,
    query: NodesFilter,
    rawBody: 'text/plain',
    reply: 'text/plain',
    errors: ['bad_request', 'stream_not_found', ...NODE_ERRORS],
  },
  createStreamOnNode: {
    method: 'POST',
    path: '/api/nodes/{alias}/streams/{stream}',
    access: 'operate',
    audit: 'create stream',
    summary: 'Makes an empty stream on this node and says what it answered.',
    form: 'ours',
    params: NodeStreamParams,
    reply: NodeAnswer,
    errors: ['bad_request', 'not_found'],
  },
  deleteStreamOnNodes: {
    method: 'POST',
    path: '/api/cluster/streams/{stream}/delete',
    access: 'operate',
    audit: 'delete stream',
    summary: 'Deletes a stream on every node that has it (`nodes`: only there) and says what each answered.',
    form: 'ours',
    params: StreamParams,
    query: NodesFilter,
    reply: Type.Object({ nodes: Type.Array(NodeAnswer) }),
    errors: ['bad_request', 'stream_not_found'],
  },
  kickSession: {
    method: 'DELETE',
    path: '/api/nodes/{alias}/streams/{stream}/sessions/{session}',
    access: 'operate',
    audit: 'kick session',
    summary: 'Ends a session on this node. Ending a publisher ends its viewers there too.',
    form: 'ours',
    params: Type.Object({ alias: Type.String(), stream: Type.String(), session: Type.String() }),
    reply: NodeAnswer,
    errors: ['bad_request', 'not_found', ...NODE_ERRORS],
  },
});

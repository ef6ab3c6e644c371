import { type Static, Type } from 'typebox';
import { defineRoutes } from './route.ts';

/** The recording of one stream on one node. */
export const RecorderView = Type.Object({
  stream: Type.String(),
  node: Type.String({ description: 'Alias.' }),
  isLive: Type.Boolean({ description: 'A publisher is connected there and sends.' }),
  isRelay: Type.Boolean({ description: 'The stream comes from another node.' }),
  isRecording: Type.Union([Type.Boolean(), Type.Null()], {
    description: 'What the node said last; null when it was not asked or cannot be.',
  }),
  sinceMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'Start of the running recording, milliseconds since the Unix epoch; null when not known.',
  }),
  directory: Type.Union([Type.String(), Type.Null()], { description: 'Its folder in the storage.' }),
  wish: Type.Union([Type.Literal('auto'), Type.Literal('operator'), Type.Literal('stopped'), Type.Null()], {
    description: 'auto: auto_record covers it; operator: started by hand; stopped: ended by hand.',
  }),
  mayRecord: Type.Boolean({ description: 'A start would be tried.' }),
  mayStop: Type.Boolean({ description: 'The node can be told to stop.' }),
  reason: Type.Union([Type.String(), Type.Null()], {
    description: 'Why it may not, or why the last call failed.',
  }),
  unwatched: Type.Union([Type.String(), Type.Null()], {
    description:
      'Why nobody would notice that the running recording stands still, with the remedy; null while it is watched or none runs.',
  }),
});
export type RecorderView = Static<typeof RecorderView>;

const StreamParam = Type.Object({ stream: Type.String() });
const NodeQuery = Type.Object({ node: Type.Optional(Type.String({ description: 'Only this node.' })) });

/** Starting and stopping recordings: upstream's routes, and the state of each node beside them. */
export const recordControlRoutes = defineRoutes({
  startRecording: {
    method: 'POST',
    path: '/api/record/{stream}',
    access: 'execute',
    audit: 'start recording',
    summary: 'Starts to record a stream on `node`, else where its publisher is.',
    form: 'upstream',
    params: StreamParam,
    query: NodeQuery,
    reply: Type.Object({ started: Type.Boolean(), mpd_path: Type.String() }),
    errors: ['not_found', 'conflict', 'no_available_node', 'node_unreachable', 'node_timeout'],
  },
  getRecording: {
    method: 'GET',
    path: '/api/record/{stream}',
    access: 'read',
    summary: 'Whether any node (or `node`) records the stream now.',
    form: 'upstream',
    params: StreamParam,
    query: NodeQuery,
    reply: Type.Object({ recording: Type.Boolean() }),
    errors: [],
  },
  stopRecording: {
    method: 'DELETE',
    path: '/api/record/{stream}',
    access: 'execute',
    audit: 'stop recording',
    summary: 'Stops recording the stream on every node (or `node`); false where none recorded.',
    form: 'upstream',
    params: StreamParam,
    query: NodeQuery,
    reply: Type.Object({ stopped: Type.Boolean() }),
    errors: ['not_found', 'conflict', 'node_unreachable', 'node_timeout'],
  },
  listRecorders: {
    method: 'GET',
    path: '/api/recorders',
    access: 'observe',
    summary: 'Recording by stream and node, and why it may not be. With `stream` the nodes are asked anew.',
    form: 'ours',
    query: Type.Object({ stream: Type.Optional(Type.String()) }),
    reply: Type.Object({ recorders: Type.Array(RecorderView) }),
    errors: [],
  },
});

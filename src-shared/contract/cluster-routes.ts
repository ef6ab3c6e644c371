import { Type } from 'typebox';
import { LoadSample } from '../model/load-sample.ts';
import { Stream, UpstreamNode } from '../model/node-json.ts';
import { NodeView } from '../model/node-view.ts';
import { StreamView } from '../model/stream-view.ts';
import { SystemStatus } from '../model/system-status.ts';
import { defineRoutes } from './route.ts';

const NodesFilter = Type.Object({
  nodes: Type.Optional(
    Type.Union([Type.Array(Type.String()), Type.String()], { description: 'Only these nodes; repeats.' }),
  ),
});

/** Cluster state: upstream's read routes and ours beside them. */
export const clusterRoutes = defineRoutes({
  listNodes: {
    method: 'GET',
    path: '/api/nodes/',
    access: 'observe',
    summary: 'Nodes as upstream lists them; running means that the node answers now.',
    form: 'upstream',
    reply: Type.Array(UpstreamNode),
    errors: [],
  },
  listStreams: {
    method: 'GET',
    path: '/api/streams/',
    access: 'observe',
    summary: 'Streams merged over the nodes that hold them, sorted by id.',
    form: 'upstream',
    query: NodesFilter,
    reply: Type.Array(Stream),
    errors: ['bad_request'],
  },
  getStream: {
    method: 'GET',
    path: '/api/streams/{stream}',
    access: 'any',
    summary: 'One stream on each node that holds it, by alias; empty where it is nowhere.',
    form: 'upstream',
    params: Type.Object({ stream: Type.String() }),
    reply: Type.Record(Type.String(), Stream),
    errors: [],
  },
  getStreamFeed: {
    method: 'GET',
    path: '/api/sse/streams',
    access: 'observe',
    summary:
      'Merged streams as server-sent events: full snapshots, the first at once, then when something changed.',
    form: 'upstream',
    query: Type.Object({
      streams: Type.Optional(
        Type.Union([Type.Array(Type.String()), Type.String()], {
          description: 'Only these streams; repeats.',
        }),
      ),
    }),
    reply: 'text/event-stream',
    errors: ['bad_request'],
  },
  getCluster: {
    method: 'GET',
    path: '/api/cluster',
    access: 'observe',
    summary: 'All nodes and streams with health, latency and load, as the window shows them.',
    form: 'ours',
    reply: Type.Object({ nodes: Type.Array(NodeView), streams: Type.Array(StreamView) }),
    errors: [],
  },
  getLoad: {
    method: 'GET',
    path: '/api/cluster/load',
    access: 'observe',
    summary:
      'Load of the whole cluster in the last five minutes, oldest first; empty for who may not see all streams.',
    form: 'ours',
    reply: Type.Object({ samples: Type.Array(LoadSample) }),
    errors: [],
  },
  getBitrates: {
    method: 'GET',
    path: '/api/cluster/bitrates',
    access: 'observe',
    summary: 'What the publishers of some streams sent lately; streams that are nowhere are left out.',
    form: 'ours',
    query: Type.Object({
      streams: Type.Union([Type.Array(Type.String(), { maxItems: 200 }), Type.String()], {
        description: 'These streams, 200 at most; repeats.',
      }),
    }),
    reply: Type.Object({
      streams: Type.Array(
        Type.Object({
          id: Type.String(),
          bitratesBps: Type.Array(Type.Number(), {
            description:
              'Bits per second at the latest changes, 1.5 s and more apart, up to 40, oldest first.',
          }),
        }),
      ),
    }),
    errors: ['bad_request'],
  },
  getStatus: {
    method: 'GET',
    path: '/api/status',
    access: 'observe',
    summary: 'What the status bar shows: nodes, ingest, database, storage, demo.',
    form: 'ours',
    reply: SystemStatus,
    errors: [],
  },
  setDemo: {
    method: 'PUT',
    path: '/api/demo',
    access: 'admin',
    audit: 'switch demo',
    summary: 'Starts or stops the demo cluster of simulated nodes.',
    form: 'ours',
    body: Type.Object({ isRunning: Type.Boolean() }),
    reply: SystemStatus,
    errors: ['unprocessable', 'conflict'],
  },
  getEvents: {
    method: 'GET',
    path: '/api/events',
    access: 'observe',
    summary: 'Live changes as server-sent events; see events.ts for names and data.',
    form: 'ours',
    reply: 'text/event-stream',
    errors: [],
  },
});

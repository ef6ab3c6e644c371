import type { FastifyReply } from 'fastify';
import type { SystemStatus } from '../../../../src-shared/model/system-status.ts';
import { AppError } from '../../base/errors.ts';
import type { Cluster } from '../../nodes/cluster.ts';
import type { Handlers } from '../endpoint.ts';
import type { LiveEventHub } from '../live-event-hub.ts';
import { isAdmin } from '../principal.ts';
import type { StreamFeedHub } from '../stream-feed-hub.ts';

export interface ClusterHandlerOptions {
  readonly cluster: Cluster;
  readonly hub: LiveEventHub;
  readonly streamFeed: StreamFeedHub;
  readonly readStatus: () => SystemStatus;
  readonly setDemo: (isRunning: boolean) => Promise<void>;
}

type ClusterRoute =
  | 'listNodes'
  | 'listStreams'
  | 'getStream'
  | 'getStreamFeed'
  | 'getCluster'
  | 'getStatus'
  | 'setDemo'
  | 'getEvents';

/** Cluster state, status bar, live events, demo. */
export function clusterHandlers(options: ClusterHandlerOptions): Pick<Handlers, ClusterRoute> {
  const { cluster, hub, readStatus, setDemo, streamFeed } = options;
  return {
    listNodes: ({ reply }) => sendJson(reply, cluster.upstreamNodesText()),
    listStreams: ({ query, reply }) => {
      const aliases = asList(query.nodes);
      return aliases.length > 0
        ? cluster.mergedStreams(aliases)
        : sendJson(reply, cluster.mergedStreamsText());
    },
    // Unlike in the list, a blank name counts: it matches nothing, as with nodes.
    getStreamFeed: ({ query, reply, request }) =>
      streamFeed.connect(request, reply, query.streams === undefined ? null : [query.streams].flat()),
    getStream: ({ params, principal }) => {
      if (!principal || (principal.id !== params.stream && !isAdmin(principal))) {
        throw new AppError('forbidden', "Don't permission");
      }
      return cluster.streamByNode(params.stream);
    },
    getCluster: () => ({ nodes: cluster.nodeViews(), streams: cluster.streamViews() }),
    getStatus: () => readStatus(),
    setDemo: async ({ body }) => {
      await setDemo(body.isRunning);
      return readStatus();
    },
    getEvents: ({ reply, request }) => hub.connect(request, reply),
  };
}

/** Sends JSON that is ready, for many readers at once. */
function sendJson(reply: FastifyReply, text: Buffer): never {
  reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(text);
  return undefined as never;
}

/** A repeated query key as a list, blanks dropped. */
export function asList(value: string | string[] | undefined): string[] {
  return [value ?? []].flat().filter((entry) => entry !== '');
}

import type { SystemStatus } from '../../../../src-shared/model/system-status.ts';
import { AppError } from '../../base/errors.ts';
import type { Cluster } from '../../nodes/cluster.ts';
import type { Handlers } from '../endpoint.ts';
import type { LiveEventHub } from '../live-event-hub.ts';
import { maySee, maySeeAll } from '../principal.ts';
import { sendSharedText } from '../send-shared-text.ts';
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
  | 'getLoad'
  | 'getBitrates'
  | 'getStatus'
  | 'setDemo'
  | 'getEvents';

/** Cluster state, status bar, live events, demo. */
export function clusterHandlers(options: ClusterHandlerOptions): Pick<Handlers, ClusterRoute> {
  const { cluster, hub, readStatus, setDemo, streamFeed } = options;
  return {
    listNodes: ({ reply, request }) => sendSharedText(request, reply, cluster.nodesText) as never,
    listStreams: ({ principal, query, reply, request }) => {
      const aliases = asList(query.nodes);
      if (aliases.length === 0 && maySeeAll(principal)) {
        return sendSharedText(request, reply, cluster.streamsText) as never;
      }
      return cluster.mergedStreams(aliases).filter((stream) => maySee(principal, stream.id));
    },
    // Unlike in the list, a blank name counts: it matches nothing, as with nodes.
    getStreamFeed: ({ principal, query, reply, request }) =>
      streamFeed.connect(request, reply, {
        wanted: query.streams === undefined ? null : [query.streams].flat(),
        maySee: maySeeAll(principal) ? null : (stream) => maySee(principal, stream),
      }),
    getStream: ({ params, principal }) => {
      if (principal?.id !== params.stream && !maySee(principal, params.stream)) {
        throw new AppError('forbidden', "Don't permission");
      }
      return cluster.streamByNode(params.stream);
    },
    getCluster: ({ principal, reply, request }) => {
      if (maySeeAll(principal)) return sendSharedText(request, reply, cluster.viewsText) as never;
      return {
        nodes: cluster.nodeViews(),
        streams: cluster.streamViews().filter((stream) => maySee(principal, stream.id)),
      };
    },
    getLoad: ({ principal }) => ({ samples: maySeeAll(principal) ? [...cluster.loadHistory()] : [] }),
    getBitrates: ({ principal, query }) => ({
      streams: asList(query.streams)
        .filter((id) => maySee(principal, id))
        .map((id) => ({ id, bitratesBps: [...cluster.bitratesBps(id)] }))
        .filter(({ bitratesBps }) => bitratesBps.length > 0),
    }),
    getStatus: () => readStatus(),
    setDemo: async ({ audit, body }) => {
      audit.object(body.isRunning ? 'on' : 'off');
      await setDemo(body.isRunning);
      return readStatus();
    },
    getEvents: ({ principal, reply, request }) => hub.connect(request, reply, principal),
  };
}

/** A repeated query key as a list, blanks dropped. */
export function asList(value: string | string[] | undefined): string[] {
  return [value ?? []].flat().filter((entry) => entry !== '');
}

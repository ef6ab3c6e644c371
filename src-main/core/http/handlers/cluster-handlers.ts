import type { SystemStatus } from '../../../../src-shared/model/system-status.ts';
import { AppError } from '../../base/errors.ts';
import type { Cluster } from '../../nodes/cluster.ts';
import type { Handlers } from '../endpoint.ts';
import type { LiveEventHub } from '../live-event-hub.ts';
import { isAdmin } from '../principal.ts';

export interface ClusterHandlerOptions {
  readonly cluster: Cluster;
  readonly hub: LiveEventHub;
  readonly readStatus: () => Promise<SystemStatus>;
  readonly setDemo: (isRunning: boolean) => Promise<void>;
}

type ClusterRoute =
  | 'listNodes'
  | 'listStreams'
  | 'getStream'
  | 'getCluster'
  | 'getStatus'
  | 'setDemo'
  | 'getEvents';

/** Cluster state, status bar, live events, demo. */
export function clusterHandlers(options: ClusterHandlerOptions): Pick<Handlers, ClusterRoute> {
  const { cluster, hub, readStatus, setDemo } = options;
  return {
    listNodes: () => cluster.upstreamNodes(),
    listStreams: ({ query }) => cluster.mergedStreams(asList(query.nodes)),
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

/** A repeated query key as a list, blanks dropped. */
export function asList(value: string | string[] | undefined): string[] {
  return [value ?? []].flat().filter((entry) => entry !== '');
}

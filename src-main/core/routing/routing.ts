import type { Stream } from '../../../src-shared/model/node-json.ts';
import { isOpenSession } from '../../../src-shared/util/session-state.ts';
import type { Clock } from '../base/clock.ts';
import { type Closeable, ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { MakeDispatcher } from '../base/outgoing.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import type { RecordingActivity } from '../nodes/views.ts';
import { type CascadePlanner, noCascade } from './cascade-planner.ts';
import { IceServers } from './ice-servers.ts';
import { NodeProxy } from './node-proxy.ts';
import { DEFAULT_LIMITS, OfferRouter, type RoutingLimits } from './offer-router.ts';
import { PendingSessions } from './pending-sessions.ts';
import { createPatternCheck, type RecordedCheck } from './recorded-check.ts';
import { SessionRoutes } from './session-routes.ts';
import { SharedPlaces } from './shared-places.ts';
import { StreamControl } from './stream-control.ts';
import { StreamFinder } from './stream-finder.ts';

export interface RoutingOptions {
  readonly config: Pick<Config, 'whip' | 'extra_ice' | 'auto_record'>;
  readonly cluster: {
    snapshots(): readonly NodeSnapshot[];
    noteStream(alias: string, stream: Stream): void;
    noteGone(alias: string, id: string): void;
  };
  readonly database: Database;
  readonly activity: RecordingActivity;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
  /** Without it full streams answer 503. */
  readonly planner?: CascadePlanner;
  /** Which streams will be recorded, besides those that are; without it by the patterns of automatic recording. */
  readonly willRecord?: RecordedCheck;
  readonly limits?: RoutingLimits;
  /** Whether other managers of the database place sessions, too; without it none does. */
  readonly hasOthers?: () => boolean;
  /** Where Cloudflare's API is; a stand-in in tests. */
  readonly cloudflareUrl?: string;
}

/** WHIP and WHEP through the manager, and orders about streams and sessions. */
export interface Routing extends Closeable {
  readonly offers: OfferRouter;
  readonly sessions: SessionRoutes;
  readonly streams: StreamControl;
  readonly proxy: NodeProxy;
  /** Looks for streams that began after their node was polled last. */
  readonly finder: StreamFinder;
  readonly limits: RoutingLimits;
  readonly readSnapshots: () => readonly NodeSnapshot[];
  /** The servers that are added to replies. */
  readonly iceServers: Pick<IceServers, 'use'>;
}

/** Builds the parts of routing on one cluster and one database. */
export function createRouting(options: RoutingOptions): Routing {
  const { activity, clock, cluster, config, database, limits = DEFAULT_LIMITS, logger } = options;
  const { willRecord = createPatternCheck(config.auto_record) } = options;
  const resources = new ResourceStack();
  const readSnapshots = () => cluster.snapshots();
  const dispatcher = options.makeDispatcher?.();
  resources.defer(() => dispatcher?.destroy());
  const proxy = resources.use(new NodeProxy(options.makeDispatcher));
  const pending = new PendingSessions(clock);
  const sessions = resources.use(
    new SessionRoutes({ database, readSnapshots, pending, proxy, clock, logger }),
  );
  const { hasOthers = () => false, planner = noCascade } = options;
  const places = resources.use(
    new SharedPlaces({ database, pending, hasOthers, offerMs: limits.offerMs, clock, logger }),
  );
  const finder = resources.use(
    new StreamFinder({
      readSnapshots,
      noteStream: (alias, stream) => {
        if (!stream.publish.sessions.some(isOpenSession)) pending.forgetRelay(alias, stream.id);
        cluster.noteStream(alias, stream);
      },
      noteGone: (alias, id) => {
        pending.forgetRelay(alias, id);
        cluster.noteGone(alias, id);
      },
      proxy,
      clock,
      logger,
    }),
  );
  const iceServers = new IceServers({
    ...(dispatcher ? { dispatcher } : {}),
    config: config.extra_ice,
    clock,
    logger,
    ...(options.cloudflareUrl ? { cloudflareUrl: options.cloudflareUrl } : {}),
  });
  const offers = resources.use(
    new OfferRouter({
      readSnapshots,
      finder,
      proxy,
      pending,
      places,
      sessions,
      planner,
      iceServers,
      isRecorded: (stream) => activity.isRecording(stream) || willRecord(stream),
      config: config.whip,
      limits,
      clock,
      logger,
    }),
  );
  const streams = new StreamControl({
    readSnapshots,
    proxy,
    pending,
    places,
    planner,
    finder,
    sessions,
    limits,
  });
  const close = () => resources.close();
  return { offers, sessions, streams, proxy, finder, limits, readSnapshots, iceServers, close };
}

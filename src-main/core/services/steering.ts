import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { AlertService } from '../alerts/alert-service.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import { type Closeable, ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { MakeDispatcher } from '../base/outgoing.ts';
import { CascadeService } from '../cascade/cascade-service.ts';
import type { AlertSink, ClusterReader } from '../cascade/cluster-reader.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import type { Peers } from '../duties/create-peers.ts';
import type { SegmentSource } from '../peers/segment-news.ts';
import type { StreamLook } from '../record-control/copy-choice.ts';
import { RecordControl } from '../record-control/record-control.ts';
import type { EventSink } from './live-publisher.ts';
import type { RecordingTracker } from './recording-activity.ts';

export interface SteeringOptions {
  readonly config: Pick<Config, 'cascade' | 'auto_record' | 'record_sync'>;
  readonly cluster: ClusterReader;
  readonly database: Database;
  readonly alerts: AlertSink & Pick<AlertService, 'open'>;
  readonly index: SegmentSource;
  readonly peers: Pick<Peers, 'managers' | 'feed'>;
  readonly managerId: string;
  readonly hub: EventSink;
  /** Asks nodes for streams that have just begun. */
  readonly look: StreamLook;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
  /** Is told what nodes say themselves. */
  readonly tracker: RecordingTracker;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the manager does to nodes by itself: relays and recordings. */
export interface Steering extends Closeable {
  readonly cascades: CascadeService;
  readonly recording: RecordControl;
  /** Begins to look at nodes; what is done for the whole cluster is for `upkeep`, `automatic` and `watch`. */
  start(): Promise<void>;
}

/** Builds relays and record control on one cluster, and tells the windows of relays. */
export function createSteering(options: SteeringOptions): Steering {
  const { alerts, clock, cluster, config, database, hub, index, logger, peers, tracker } = options;
  const resources = new ResourceStack();
  const shared = { cluster, database, alerts, clock, makeDispatcher: options.makeDispatcher };
  const cascades = resources.use(
    new CascadeService({
      ...shared,
      config: config.cascade,
      logger: logger.child({ part: 'cascade' }),
      managerId: options.managerId,
      refresh: (alias, stream, signal) => options.look.refresh(alias, stream, signal),
      isOthersWork: ({ managerId }) =>
        peers.managers.list().some((manager) => manager.id === managerId && !manager.isSelf),
      openAlarms: () =>
        alerts.open().flatMap(({ kind, object }) => (kind === 'cascade-failed' ? [object.name] : [])),
      isDeclaredElsewhere: (alias) =>
        peers.managers.list().some(({ foreignNodes }) => foreignNodes.includes(alias)),
    }),
  );
  const recording = resources.use(
    new RecordControl({
      ...shared,
      config: config.auto_record,
      logger: logger.child({ part: 'record-control' }),
      relayTargets: () => cascades.relayTargets(),
      look: options.look,
      isSynced: config.record_sync.enabled,
    }),
  );
  tracker.believe(recording);
  resources.defer(index.onDidIndexSegments((segments) => recording.noteSegments(segments)));
  let sent = '';
  const tell = () => {
    // A window that connects reads the list first.
    if (hub.clientCount === 0) return;
    const list = cascades.list();
    const text = JSON.stringify(list);
    if (text === sent) return;
    sent = text;
    hub.publish('cascades', list);
  };
  const timer = setInterval(tell, MS_PER_SECOND);
  peers.feed.onChange('cascades', async () => {
    await cascades.reload();
    tell();
  });
  peers.feed.onChange('recorders', () => recording.reload());
  resources.defer(() => clearInterval(timer));
  return {
    cascades,
    recording,
    start: async () => {
      recording.start();
      await Promise.all([cascades.reload(), recording.reload()]).catch((error: unknown) => {
        logger.warn({ reason: errorMessage(error) }, 'The record of relays and recordings is read later');
      });
    },
    close: () => resources.close(),
  };
}

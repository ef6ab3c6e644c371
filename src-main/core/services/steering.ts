import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { type Closeable, ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { MakeDispatcher } from '../base/outgoing.ts';
import { CascadeService } from '../cascade/cascade-service.ts';
import type { AlertSink, ClusterReader } from '../cascade/cluster-reader.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import { RecordControl } from '../record-control/record-control.ts';
import type { SegmentIndex } from '../segments/segment-index.ts';
import type { EventSink } from './live-publisher.ts';
import type { RecordingTracker } from './recording-activity.ts';

export interface SteeringOptions {
  readonly config: Pick<Config, 'cascade' | 'auto_record'>;
  readonly cluster: ClusterReader;
  readonly database: Database;
  readonly alerts: AlertSink;
  readonly index: Pick<SegmentIndex, 'onDidIndexSegments'>;
  readonly hub: EventSink;
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
  /** Begins to work; the nodes have to be known by now. Throws `database_unavailable`. */
  start(): Promise<void>;
}

/** Builds relays and record control on one cluster, and tells the windows of relays. */
export function createSteering(options: SteeringOptions): Steering {
  const { alerts, clock, cluster, config, database, hub, index, logger, tracker } = options;
  const resources = new ResourceStack();
  const shared = { cluster, database, alerts, clock, makeDispatcher: options.makeDispatcher };
  const cascades = resources.use(
    new CascadeService({ ...shared, config: config.cascade, logger: logger.child({ part: 'cascade' }) }),
  );
  const recording = resources.use(
    new RecordControl({
      ...shared,
      config: config.auto_record,
      logger: logger.child({ part: 'record-control' }),
      relayTargets: () => cascades.relayTargets(),
    }),
  );
  tracker.believe(recording);
  resources.defer(index.onDidIndexSegments((segments) => recording.noteSegments(segments)));
  let sent = '';
  const timer = setInterval(() => {
    // A window that connects reads the list first.
    if (hub.clientCount === 0) return;
    const list = cascades.list();
    const text = JSON.stringify(list);
    if (text === sent) return;
    sent = text;
    hub.publish('cascades', list);
  }, MS_PER_SECOND);
  resources.defer(() => clearInterval(timer));
  return {
    cascades,
    recording,
    start: async () => {
      await cascades.start();
      await recording.start();
    },
    close: () => resources.close(),
  };
}

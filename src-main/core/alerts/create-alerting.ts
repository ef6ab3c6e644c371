import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { ALERT_KINDS, type Alert, type AlertKind, AlertObject } from '../../../src-shared/model/alert.ts';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import type { Clock } from '../base/clock.ts';
import { ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { MakeDispatcher } from '../base/outgoing.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import type { Peers } from '../duties/create-peers.ts';
import type { DutyWorker } from '../duties/duty-worker.ts';
import type { Cluster } from '../nodes/cluster.ts';
import type { PeerMessages } from '../peers/change-feed.ts';
import type { AlertChange } from './alert-book.ts';
import { AlertMutes } from './alert-mutes.ts';
import { AlertService } from './alert-service.ts';
import { ClusterAlerts, type ClusterAlertsOptions } from './cluster-alerts.ts';
import { SystemAlerts } from './system-alerts.ts';
import { WebhookOutbox } from './webhook-outbox.ts';

export interface AlertingOptions {
  readonly config: Config['alerts'];
  readonly database: Database;
  readonly cluster: Cluster;
  readonly activity: ClusterAlertsOptions['activity'];
  readonly readStatus: () => SystemStatus;
  /** Told of alerts that open, open again or close and are not muted. */
  readonly notify?: ((change: AlertChange) => void) | undefined;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
  /** The other managers of the database; without it there are none. */
  readonly peers?: Pick<Peers, 'feed'> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Alerts with all that raises them by itself and all that is told of them. */
export interface Alerting {
  readonly alerts: AlertService;
  readonly mutes: AlertMutes;
  /** Raises alerts for the whole cluster and tells webhooks; for one manager. */
  readonly worker: DutyWorker;
  /** Somebody has ended a stream, or its publisher, on purpose. */
  noteEnded(stream: string): void;
  /** The webhooks with other secrets. */
  useWebhooks(webhooks: Config['alerts']['webhooks']): void;
  close(): Promise<void>;
}

export function createAlerting(options: AlertingOptions): Alerting {
  const { activity, clock, cluster, config, database, logger, notify, peers, readStatus } = options;
  const resources = new ResourceStack();
  const dispatcher = options.makeDispatcher?.();
  resources.defer(() => dispatcher?.destroy());
  const outbox = new WebhookOutbox({
    webhooks: config.webhooks,
    clock,
    logger,
    dispatcher,
    isOthers: () => !alerts.mustRaise,
    onUnwritten: () => alerts.writeSoon(),
  });
  const mutes = resources.use(new AlertMutes({ database, clock, logger }));
  const isMuted = (alert: Alert) => mutes.isMuted(alert);
  const alerts: AlertService = resources.use(
    new AlertService({
      database,
      outbox,
      isMuted,
      isDatabaseAway: () => !readStatus().database.isUp,
      clock,
      logger,
      tellLeader: peers
        ? (call, ...parameters) => peers.feed.send('alert', { call, arguments: parameters })
        : undefined,
    }),
  );
  // Closed first: what was not taken is written with the alerts.
  resources.use(outbox);
  peers?.feed.onChange('webhook_messages', () => {
    if (alerts.isLeading) outbox.load();
  });
  peers?.feed.onChange('alerts', (ids) => alerts.follow(ids));
  peers?.feed.onChange('alert_mutes', () => mutes.reload());
  peers?.feed.onMessage('alert', (message) => takeTold(alerts, message));
  /** Alerts of whose beginning nobody was told: of their end neither. */
  const untold = new Set<string>();
  alerts.onDidChange((change, isOurs) => {
    const { alert, event } = change;
    if (event === 'changed') return;
    if (event === 'closed' ? untold.delete(alert.id) : isMuted(alert)) {
      if (event !== 'closed') untold.add(alert.id);
      return;
    }
    untold.delete(alert.id);
    // What another manager raised is told to webhooks by that one; each desktop tells its own user.
    if (isOurs) outbox.add(change);
    notify?.(change);
  });
  const clusterAlerts = resources.use(new ClusterAlerts({ cluster, alerts, activity, clock }));
  resources.use(new SystemAlerts({ alerts, readStatus, nowMs: () => clock.nowMs() }));
  const worker: DutyWorker = {
    async start() {
      await alerts.lead(true);
      outbox.load();
    },
    stop: () => alerts.lead(false),
  };
  mutes.start();
  return {
    alerts,
    mutes,
    worker,
    noteEnded: (stream) => clusterAlerts.noteEnded(stream),
    useWebhooks: (hooks) => outbox.use(hooks),
    close: () => resources.close(),
  };
}

/** Another manager noticed something. What it says is checked like anything from outside. */
function takeTold(alerts: AlertService, { arguments: told, call }: PeerMessages['alert']): void {
  if (!alerts.isLeading || !Array.isArray(told)) return;
  const [kind, object, text, details] = told;
  if (!isAlertKind(kind) || !Value.Check(AlertObject, object)) return;
  if (call === 'resolve') alerts.resolve(kind, object);
  else if (typeof text === 'string') {
    alerts.raise(kind, object, text, Value.Check(Details, details) ? details : {});
  }
}

const Details = Type.Record(Type.String(), Type.Unknown());

function isAlertKind(kind: unknown): kind is AlertKind {
  return ALERT_KINDS.some((known) => known === kind);
}

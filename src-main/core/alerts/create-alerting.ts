import type { Alert } from '../../../src-shared/model/alert.ts';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import type { Clock } from '../base/clock.ts';
import { ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { MakeDispatcher } from '../base/outgoing.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import type { Cluster } from '../nodes/cluster.ts';
import type { RecordingActivity } from '../nodes/views.ts';
import type { AlertChange } from './alert-book.ts';
import { AlertMutes } from './alert-mutes.ts';
import { AlertService } from './alert-service.ts';
import { ClusterAlerts } from './cluster-alerts.ts';
import { SystemAlerts } from './system-alerts.ts';
import { WebhookSender } from './webhook-sender.ts';

export interface AlertingOptions {
  readonly config: Config['alerts'];
  readonly database: Database;
  readonly cluster: Cluster;
  readonly activity: RecordingActivity;
  readonly readStatus: () => SystemStatus;
  /** Told of alerts that open, open again or close and are not muted. */
  readonly notify?: ((change: AlertChange) => void) | undefined;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Alerts with all that raises them by itself and all that is told of them. */
export interface Alerting {
  readonly alerts: AlertService;
  readonly mutes: AlertMutes;
  close(): Promise<void>;
}

export function createAlerting(options: AlertingOptions): Alerting {
  const { activity, clock, cluster, config, database, logger, notify, readStatus } = options;
  const resources = new ResourceStack();
  const dispatcher = options.makeDispatcher?.();
  resources.defer(() => dispatcher?.destroy());
  const webhooks = resources.use(
    new WebhookSender({ webhooks: config.webhooks, clock, logger, ...(dispatcher ? { dispatcher } : {}) }),
  );
  const mutes = resources.use(new AlertMutes({ database, clock, logger }));
  const isMuted = (alert: Alert) => mutes.isMuted(alert);
  const alerts = resources.use(new AlertService({ database, isMuted, clock, logger }));
  /** Alerts of whose beginning nobody was told: of their end neither. */
  const untold = new Set<string>();
  alerts.onDidChange((change) => {
    const { alert, event } = change;
    if (event === 'changed') return;
    if (event === 'closed' ? untold.delete(alert.id) : isMuted(alert)) {
      if (event !== 'closed') untold.add(alert.id);
      return;
    }
    untold.delete(alert.id);
    webhooks.send(change);
    notify?.(change);
  });
  resources.use(new ClusterAlerts({ cluster, alerts, activity, clock }));
  resources.use(new SystemAlerts({ alerts, readStatus, nowMs: () => clock.nowMs() }));
  mutes.start();
  return { alerts, mutes, close: () => resources.close() };
}

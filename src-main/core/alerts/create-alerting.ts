import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import type { Clock } from '../base/clock.ts';
import { ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import type { Cluster } from '../nodes/cluster.ts';
import type { RecordingActivity } from '../nodes/views.ts';
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
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Alerts with all that raises them by itself and all that is told of them. */
export interface Alerting {
  readonly alerts: AlertService;
  close(): Promise<void>;
}

export function createAlerting(options: AlertingOptions): Alerting {
  const { activity, clock, cluster, config, database, logger, readStatus } = options;
  const resources = new ResourceStack();
  const webhooks = resources.use(new WebhookSender({ webhooks: config.webhooks, clock, logger }));
  const alerts = resources.use(new AlertService({ database, clock, logger }));
  alerts.onDidChange((change) => webhooks.send(change));
  resources.use(new ClusterAlerts({ cluster, alerts, activity, clock }));
  resources.use(new SystemAlerts({ alerts, readStatus, nowMs: () => clock.nowMs() }));
  return { alerts, close: () => resources.close() };
}

import { hostname } from 'node:os';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import type { Alerting } from '../alerts/create-alerting.ts';
import type { Config } from '../config/config-schema.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { Routing } from '../routing/routing.ts';
import type { FollowedSecrets } from '../secrets/followed-secrets.ts';

/** Gives secrets that were changed to who uses them, and begins to look for such changes. */
export function followSecrets(
  followed: FollowedSecrets,
  parts: {
    readonly access: { takeSecrets(auth: Config['auth']): Promise<void> };
    readonly alerting: Alerting;
    readonly registry: NodeRegistry;
    readonly routing: Routing;
  },
): void {
  followed.onDidChange(async ({ alerts, auth, extra_ice, nodes }) => {
    // First, as it refuses what is no good, and then nothing changes.
    await parts.access.takeSecrets(auth);
    parts.alerting.useWebhooks(alerts.webhooks);
    parts.routing.iceServers.use(extra_ice);
    await parts.registry.useConfigNodes(nodes);
  });
  followed.start();
}

/** What the status says of secrets, and of settings that leave doors open. */
export function watchfulStatus(
  { trouble }: Pick<FollowedSecrets, 'trouble'>,
  notices: readonly string[],
  dataDir: string,
): Pick<SystemStatus, 'notices' | 'secrets'> {
  const { missing, restart, store } = trouble;
  return {
    notices: [...notices, store, missing, restart].filter((notice) => notice !== null),
    secrets: { place: `${hostname()}: ${dataDir}`, problem: store, missing },
  };
}

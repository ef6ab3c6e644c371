import type { AlertService } from '../alerts/alert-service.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';

/** What steering reads of the cluster. */
export interface ClusterReader {
  /** Snapshots sorted by alias. */
  snapshots(): NodeSnapshot[];
  snapshot(alias: string): NodeSnapshot | undefined;
  /** Calls `listener` with the alias of each node that changed, came or went. Returns how to stop it. */
  onDidChange(listener: (aliases: ReadonlySet<string>) => void): () => void;
}

/** Where alarms go; raising the same one again changes nothing but its text. */
export type AlertSink = Pick<AlertService, 'raise' | 'resolve'>;

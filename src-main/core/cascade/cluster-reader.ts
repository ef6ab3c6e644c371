import type { NodeSnapshot } from '../nodes/node-watcher.ts';

/** What steering reads of the cluster. */
export interface ClusterReader {
  /** Snapshots sorted by alias. */
  snapshots(): NodeSnapshot[];
  /** Calls `listener` with the alias of each node that changed, came or went. Returns how to stop it. */
  onDidChange(listener: (aliases: ReadonlySet<string>) => void): () => void;
}

/** Where alarms go. The same kind and object is one alarm; raising it again changes nothing but its text. */
export interface AlertSink {
  raise(kind: string, object: string, text: string, details?: Record<string, unknown>): unknown;
  resolve(kind: string, object: string): unknown;
}

/** For a manager that keeps no alerts. */
export const noAlerts: AlertSink = { raise: () => {}, resolve: () => {} };

import type { Alerting } from '../alerts/create-alerting.ts';
import type { Peers } from '../duties/create-peers.ts';
import { workersTogether } from '../duties/duty-worker.ts';
import { endTeller } from '../exports/ended-exports.ts';
import type { ExportService } from '../exports/export-service.ts';
import { isToldProgress, progressTeller, type ToldProgress } from '../exports/peer-progress.ts';
import type { NodeRegistry } from '../nodes/node-registry.ts';
import type { Routing } from '../routing/routing.ts';
import type { RecordingSync } from '../sync/recording-sync.ts';
import type { Keeping } from './create-keeping.ts';
import type { LivePublisher } from './live-publisher.ts';
import type { Steering } from './steering.ts';

export interface ClusterParts {
  readonly access: { readonly upkeep: { start(): void; close(): Promise<void> } };
  readonly alerting: Alerting;
  readonly exports: ExportService;
  readonly keeping: Keeping;
  readonly publisher: LivePublisher;
  readonly registry: NodeRegistry;
  readonly routing: Routing;
  readonly steering: Steering;
  readonly sync: RecordingSync;
}

/** Says which work one manager does for all, and what each part does when another manager changes something. */
export function shareCluster({ duties, feed, managers }: Peers, parts: ClusterParts): void {
  const { access, alerting, exports, keeping, publisher, registry, routing, steering, sync } = parts;

  duties.add('alerts', alerting.worker);
  duties.add('auto-record', workersTogether(steering.recording.automatic, steering.recording.watch));
  duties.add('relays', steering.cascades.upkeep);
  duties.add('index-sync', { start: () => sync.start(), stop: () => sync.stop() });
  duties.add('retention', keeping.removal);
  const { upkeep } = access;
  duties.add('audit-upkeep', { start: () => upkeep.start(), stop: () => upkeep.close() });
  duties.add('partitions', keeping.partitioning);

  feed.onChange('nodes', async () => {
    await registry.reload();
    publisher.hurry();
  });
  feed.onMessage('sync', (alias) => {
    if (duties.isHeld('index-sync')) sync.syncNow(String(alias));
  });
  routing.streams.onDidEnd((stream) => {
    alerting.noteEnded(stream);
    feed.send('ended', stream);
  });
  feed.onMessage('ended', (stream) => alerting.noteEnded(String(stream)));
  feed.onChange('exports', (ids) => exports.noteForeignChange(ids));
  feed.onMessage('export', (told) => {
    if (isToldProgress(told)) exports.noteForeignProgress(told).catch(() => {});
  });
  const tellProgress = (progress: ToldProgress) => {
    if (managers.hasOthers) feed.send('export', progress);
  };
  exports.onDidChange(progressTeller(tellProgress));
  const release = (stream: string, startUs: number) => {
    // The next run comes within an hour anyway.
    keeping.retention.noteReleased(stream, startUs).catch(() => {});
  };
  exports.onDidChange(endTeller(release));
  managers.onDidChange(() => publisher.noteManagers(managers.list()));
}

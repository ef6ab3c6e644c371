import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { ALERT_KINDS } from '../../../src-shared/model/alert.ts';
import type { Stream } from '../../../src-shared/model/node-json.ts';
import type { NodeState } from '../../../src-shared/model/node-view.ts';
import type { StorageState, SystemStatus } from '../../../src-shared/model/system-status.ts';
import { isOpenSession } from '../../../src-shared/util/session-state.ts';
import { knownOffsetMs } from '../nodes/clock-offset.ts';
import type { Cluster } from '../nodes/cluster.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';

export interface MetricsOptions {
  readonly cluster: Pick<Cluster, 'pulledCount' | 'snapshots' | 'streamViews'>;
  readonly readStatus: () => SystemStatus;
  readonly openAlerts: () => readonly Alert[];
}

export interface Metrics {
  readonly registry: Registry;
  /** Segments were indexed. */
  countSegments(count: number): void;
}

const NODE_STATES: readonly NodeState[] = ['up', 'slow', 'auth-failed', 'down', 'unknown'];

/** What Prometheus is told; read from memory at each scrape. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'liveman_' });
  addNodeMetrics(registry, options);
  addClusterMetrics(registry, options);
  addSystemMetrics(registry, options);
  const segments = new Counter({
    name: 'liveman_ingest_segments_total',
    help: 'Segments indexed since the start.',
    registers: [registry],
  });
  return { registry, countSegments: (count) => segments.inc(count) };
}

function addNodeMetrics(registry: Registry, { cluster }: MetricsOptions): void {
  const perNode = (name: string, help: string, read: (snapshot: NodeSnapshot) => number | null) => {
    new Gauge({
      name: `liveman_node_${name}`,
      help,
      labelNames: ['node'],
      registers: [registry],
      collect() {
        this.reset();
        for (const snapshot of cluster.snapshots()) {
          const value = read(snapshot);
          if (value !== null) this.set({ node: snapshot.node.alias }, value);
        }
      },
    });
  };
  const live = (read: (snapshot: NodeSnapshot) => number) => (snapshot: NodeSnapshot) =>
    isUsable(snapshot.health.state) ? read(snapshot) : 0;
  new Gauge({
    name: 'liveman_node_state',
    help: 'State of a node: 1 for the one it is in.',
    labelNames: ['node', 'state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { health, node } of cluster.snapshots()) {
        for (const state of NODE_STATES)
          this.set({ node: node.alias, state }, health.state === state ? 1 : 0);
      }
    },
  });
  perNode('up', 'Whether the node answers.', (snapshot) => (isUsable(snapshot.health.state) ? 1 : 0));
  perNode('latency_seconds', 'Last round trip.', ({ latencyMs }) =>
    latencyMs === null ? null : latencyMs / 1000,
  );
  perNode('clock_offset_seconds', 'How far its clock is ahead of ours.', ({ clockOffset }) =>
    inSeconds(clockOffset && knownOffsetMs(clockOffset)),
  );
  perNode(
    'streams',
    'Streams on the node.',
    live(({ streams }) => streams.length),
  );
  perNode(
    'viewers',
    'Viewers, without relays.',
    live(({ load, node }) => load.viewerCount - cluster.pulledCount(node.alias)),
  );
  perNode(
    'sessions',
    'Open sessions: publishers, viewers and ends of relays.',
    live(({ streams }) => streams.reduce((sum, stream) => sum + openSessionCount(stream), 0)),
  );
  perNode(
    'in_bits_per_second',
    'Bitrate of its publishers.',
    live(({ load }) => load.bitrateInBps),
  );
  perNode(
    'out_bits_per_second',
    'Bitrate to its subscribers.',
    live(({ load }) => load.bitrateOutBps),
  );
}

function openSessionCount({ publish, subscribe }: Stream): number {
  return publish.sessions.filter(isOpenSession).length + subscribe.sessions.filter(isOpenSession).length;
}

function addClusterMetrics(registry: Registry, { cluster, openAlerts }: MetricsOptions): void {
  const total = (name: string, help: string, read: () => number) => {
    new Gauge({
      name: `liveman_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const views = () => cluster.streamViews();
  total('streams', 'Streams in the cluster.', () => views().length);
  total('streams_live', 'Streams with a publisher.', () => views().filter((view) => view.isLive).length);
  total('streams_recording', 'Streams whose recorded time grows.', () => {
    return views().filter((view) => view.isRecording).length;
  });
  total('viewers', 'Viewers in the cluster, without relays.', () => {
    return views().reduce((sum, view) => sum + view.viewerCount, 0);
  });
  total('publishers', 'Publishers in the cluster, relays included.', () => {
    return views().reduce((sum, view) => sum + view.nodes.filter((node) => node.hasPublisher).length, 0);
  });
  new Gauge({
    name: 'liveman_alerts_open',
    help: 'Open alerts.',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      const open = openAlerts();
      for (const kind of ALERT_KINDS) this.set({ kind }, open.filter((alert) => alert.kind === kind).length);
    },
  });
}

function addSystemMetrics(registry: Registry, { readStatus }: MetricsOptions): void {
  const fact = (name: string, help: string, read: (status: SystemStatus) => number | null) => {
    new Gauge({
      name: `liveman_${name}`,
      help,
      registers: [registry],
      collect() {
        const value = read(readStatus());
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  };
  fact('nodes', 'Declared nodes.', (status) => status.nodesTotal);
  fact('nodes_up', 'Nodes that answer.', (status) => status.nodesUp);
  fact(
    'ingest_segments_per_second',
    'Segments indexed per second, mean of 10 s.',
    (status) => status.ingestPerSecond,
  );
  fact('ingest_lag_seconds', 'Age of the newest indexed instant.', ({ indexLagMs }) =>
    indexLagMs === null ? null : indexLagMs / 1000,
  );
  fact('analysis_queue', 'Segments waiting to be examined.', (status) => status.analysisQueue);
  fact('database_up', 'Whether the database answers.', ({ database }) => (database.isUp ? 1 : 0));
  fact('journal_entries', 'Reports that wait for the database.', ({ journal }) => journal.entryCount);
  fact('journal_bytes', 'Size of the journal.', ({ journal }) => journal.usedBytes);
  fact('journal_limit_bytes', 'What the journal may take.', ({ journal }) => journal.maxBytes);
  fact(
    'journal_oldest_timestamp_seconds',
    'When the oldest waiting report came; not there without one.',
    (s) => inSeconds(s.journal.oldestAtMs),
  );
  fact('journal_set_aside', 'Reports that the database refuses.', ({ journal }) => journal.setAsideCount);
  const ofStorages = (name: string, help: string, read: (storage: StorageState) => number | null) => {
    new Gauge({
      name: `liveman_${name}`,
      help,
      labelNames: ['storage'],
      registers: [registry],
      collect() {
        const { otherStorages, storage } = readStatus();
        for (const each of [storage, ...otherStorages]) {
          const value = read(each);
          if (value === null) this.remove({ storage: each.name });
          else this.set({ storage: each.name }, value);
        }
      },
    });
  };
  ofStorages('storage_up', 'Whether the storage answers.', ({ isUp }) => (isUp ? 1 : 0));
  ofStorages('storage_used_bytes', 'Used part of the disk of the storage.', ({ usedBytes }) => usedBytes);
  ofStorages('storage_size_bytes', 'Size of the disk of the storage.', ({ totalBytes }) => totalBytes);
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

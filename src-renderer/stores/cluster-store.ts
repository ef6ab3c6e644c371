import { create } from 'zustand';
import type { LiveEvents } from '../../src-shared/contract/events.ts';
import { addSample, type LoadSample } from '../../src-shared/model/load-sample.ts';
import type { NodeView } from '../../src-shared/model/node-view.ts';
import type { StreamView } from '../../src-shared/model/stream-view.ts';
import type { SystemStatus } from '../../src-shared/model/system-status.ts';
import type { LiveConnection } from '../api/live-events.ts';
import { mergeByKey, sortByKey } from './keyed-list.ts';
import { longerHistory, sampleOf } from './load-history.ts';
import { keepBitratesOf, noteBitrates } from './stream-history.ts';

/** What the window knows of the cluster, kept right by live events. */
export interface ClusterState {
  /** `loading` until the first answer; `failed` only while nothing was ever read. */
  readonly phase: 'loading' | 'ready' | 'failed';
  /** Why the last reading failed; null when it did not. */
  readonly problem: string | null;
  readonly connection: LiveConnection;
  /** By alias. */
  readonly nodes: readonly NodeView[];
  /** By id. */
  readonly streams: readonly StreamView[];
  readonly status: SystemStatus | null;
  /** Load of the cluster in the last five minutes, oldest first. */
  readonly history: readonly LoadSample[];
}

export const INITIAL_CLUSTER: ClusterState = {
  phase: 'loading',
  problem: null,
  connection: 'connecting',
  nodes: [],
  streams: [],
  status: null,
  history: [],
};

export const useClusterStore = create<ClusterState>()(() => INITIAL_CLUSTER);

const aliasOf = (node: NodeView) => node.alias;
const idOf = (stream: StreamView) => stream.id;

function pastSample(streams: readonly StreamView[], atMs: number): LoadSample {
  const { bitrateInBps: _, ...sample } = sampleOf(streams, atMs);
  return sample;
}

/** Takes a complete reading. */
export function applyCluster(
  reading: { nodes: readonly NodeView[]; streams: readonly StreamView[] },
  status: SystemStatus,
  kept: readonly LoadSample[],
): void {
  keepBitratesOf(reading.streams);
  noteBitrates(reading.streams, [], Date.now());
  useClusterStore.setState((state) => ({
    phase: 'ready',
    problem: null,
    nodes: sortByKey(reading.nodes, aliasOf),
    streams: sortByKey(reading.streams, idOf),
    status,
    history: addSample(longerHistory(state.history, kept), pastSample(reading.streams, Date.now())),
  }));
}

/** Takes note of a reading that failed; what was known stays. */
export function applyClusterProblem(problem: string): void {
  useClusterStore.setState((state) => ({ problem, phase: state.phase === 'ready' ? 'ready' : 'failed' }));
}

export function applyNodes({ changed, removed }: LiveEvents['nodes']): void {
  useClusterStore.setState((state) => ({ nodes: mergeByKey(state.nodes, changed, removed, aliasOf) }));
}

export function applyStreams({ changed, removed }: LiveEvents['streams']): void {
  noteBitrates(changed, removed, Date.now());
  useClusterStore.setState((state) => {
    const streams = mergeByKey(state.streams, changed, removed, idOf);
    return { streams, history: addSample(state.history, pastSample(streams, Date.now())) };
  });
}

export function applyStatus(status: SystemStatus): void {
  useClusterStore.setState({ status });
}

export function applyConnection(connection: LiveConnection): void {
  useClusterStore.setState({ connection });
}

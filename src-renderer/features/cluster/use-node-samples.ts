import { useEffect, useState } from 'react';
import type { NodeSample } from '../../../src-shared/model/node-config.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { api } from '../../api/client.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { extendSamples } from './node-samples.ts';

/** Latency and load of a node: as the manager kept them, then as they are seen here; null until they are read. */
export function useNodeSamples(node: NodeView): readonly NodeSample[] | null {
  const { alias } = node;
  const [samples, setSamples] = useState<readonly NodeSample[] | null>(null);
  // What happened while the connection was lost is only known there.
  const isConnected = useClusterStore((state) => state.connection === 'live');
  useEffect(() => {
    if (!isConnected) return;
    const aborter = new AbortController();
    api
      .call('getNodeHistory', { params: { alias }, signal: aborter.signal })
      .then((reply) => setSamples(reply.samples))
      // The node may be gone by now, or the manager; then what is drawn stays.
      .catch(() => {});
    return () => aborter.abort();
  }, [alias, isConnected]);
  useEffect(() => {
    setSamples((before) => before && extendSamples(before, node, Date.now()));
  }, [node]);
  return samples;
}

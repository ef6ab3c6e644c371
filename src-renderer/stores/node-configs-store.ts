import { create } from 'zustand';
import type { NodeConfig } from '../../src-shared/model/node-config.ts';
import { api } from '../api/client.ts';

/** How nodes are declared; read when somebody wants to change them. */
export const useNodeConfigsStore = create<{ readonly configs: readonly NodeConfig[] }>()(() => ({
  configs: [],
}));

/** Reads the declarations anew. Rejects with ApiError; what was known stays. */
export async function readNodeConfigs(signal?: AbortSignal): Promise<void> {
  const { nodes } = await api.call('listNodeConfigs', { signal });
  useNodeConfigsStore.setState({ configs: nodes });
}

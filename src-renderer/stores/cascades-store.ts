import { create } from 'zustand';
import type { CascadeView } from '../../src-shared/contract/cascade-routes.ts';
import { api } from '../api/client.ts';

export interface CascadesState {
  /** All relays between nodes, by stream and target. */
  readonly cascades: readonly CascadeView[];
}

export const useCascadesStore = create<CascadesState>()(() => ({ cascades: [] }));

/** Takes the complete list. */
export function applyCascades(cascades: readonly CascadeView[]): void {
  useCascadesStore.setState({ cascades });
}

/** Reads the list anew. Rejects with ApiError. */
export async function readCascades(signal?: AbortSignal): Promise<void> {
  applyCascades((await api.call('listCascades', { signal })).cascades);
}

import { create } from 'zustand';
import type { ManagerView } from '../../src-shared/model/manager-view.ts';
import { api } from '../api/client.ts';

export interface ManagersState {
  /** The managers on the database, ours first; empty until they are known. */
  readonly managers: readonly ManagerView[];
}

export const useManagersStore = create<ManagersState>()(() => ({ managers: [] }));

/** Takes the complete list. */
export function applyManagers(managers: readonly ManagerView[]): void {
  useManagersStore.setState({ managers });
}

/** Reads the list anew. Rejects with ApiError. */
export async function readManagers(signal?: AbortSignal): Promise<void> {
  applyManagers((await api.call('listManagers', { signal })).managers);
}

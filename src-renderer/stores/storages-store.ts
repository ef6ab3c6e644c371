import { create } from 'zustand';
import type { StorageView } from '../../src-shared/model/storage-view.ts';
import { api, errorMessage, isAborted } from '../api/client.ts';

export interface StoragesState {
  /** Null until they were read. */
  readonly storages: readonly StorageView[] | null;
  readonly problem: string | null;
}

/** The storages of the configuration; read when somebody looks at them. */
export const useStoragesStore = create<StoragesState>()(() => ({ storages: null, problem: null }));

/** Reads them anew; a failure is kept beside what was known. */
export async function readStorages(signal?: AbortSignal): Promise<void> {
  try {
    const { storages } = await api.call('listStorages', { signal, timeoutMs: 40_000 });
    useStoragesStore.setState({ storages, problem: null });
  } catch (error) {
    if (!isAborted(error)) useStoragesStore.setState({ problem: errorMessage(error) });
  }
}

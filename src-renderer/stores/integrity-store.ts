import { create } from 'zustand';
import type { FindingKind, IntegrityRun } from '../../src-shared/model/integrity.ts';
import { api } from '../api/client.ts';

export interface IntegrityState {
  /** The last check, running or not; null before the first. */
  readonly run: IntegrityRun | null;
  /** How many findings of each kind are open; null until it was read. */
  readonly open: readonly { readonly kind: FindingKind; readonly count: number }[] | null;
  /** When the next check is made by itself, milliseconds since the epoch; null for never. */
  readonly nextAtMs: number | null;
}

export const useIntegrityStore = create<IntegrityState>()(() => ({ run: null, open: null, nextAtMs: null }));

/** Reads the last check and the counts anew. Rejects with ApiError; what was known stays. */
export async function readIntegrity(signal?: AbortSignal): Promise<void> {
  useIntegrityStore.setState(await api.call('getIntegrity', { signal }));
}

/** Takes the state of a check, from live events or from the reply to an action. */
export function applyIntegrityRun(run: IntegrityRun): void {
  useIntegrityStore.setState({ run });
}

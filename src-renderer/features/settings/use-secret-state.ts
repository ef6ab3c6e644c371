import { useCallback, useEffect, useState } from 'react';
import type { SecretState } from '../../../src-shared/model/secret-state.ts';
import { ApiError, api, errorMessage, isAborted } from '../../api/client.ts';

/** While the store is locked somebody may unlock it outside of this window. */
const LOOK_AGAIN_MS = 10_000;

export interface SecretReading {
  readonly state: SecretState | null;
  /** Why they cannot be read, in words. */
  readonly problem: string | null;
  /** Whether this person may not see them at all. */
  readonly isForbidden: boolean;
  reload(): Promise<void>;
}

/** Where secrets are; read again after each change, and now and then while something is wrong with the store. */
export function useSecretState(): SecretReading {
  const [state, setState] = useState<SecretState | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = useCallback(async (signal?: AbortSignal) => {
    try {
      setState(await api.call('getSecrets', { ...(signal ? { signal } : {}), timeoutMs: 30_000 }));
      setError(null);
    } catch (caught) {
      if (!isAborted(caught)) setError(caught);
    }
  }, []);
  useEffect(() => {
    const stop = new AbortController();
    void read(stop.signal);
    return () => stop.abort();
  }, [read]);
  const isTroubled = error !== null || state?.store.problem != null;
  useEffect(() => {
    if (!isTroubled) return;
    const timer = setInterval(() => void read(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isTroubled, read]);
  return {
    state,
    problem: error === null ? null : errorMessage(error),
    isForbidden: error instanceof ApiError && error.code === 'forbidden',
    reload: () => read(),
  };
}

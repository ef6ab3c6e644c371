import { useCallback, useEffect, useRef, useState } from 'react';
import { errorMessage, isAborted } from '../api/client.ts';
import { liveEvents } from '../api/live-events.ts';

/** What was read last; it stays while it is read anew and when that fails. */
export interface Reading<T> {
  readonly value: T | null;
  /** Why the last reading failed, in words; null when it did not. */
  readonly problem: string | null;
  readonly reload: () => void;
}

/**
 * Reads now, after each change of `key` or `mark`, after a reconnect, when asked, and every `everyMs` (if it is given)
 * while the window is visible.
 *
 * What was read for another key is not shown; what was read for another mark stays until it is read anew.
 */
export function useReading<T>(
  key: string,
  read: (signal: AbortSignal) => Promise<T>,
  everyMs?: number,
  mark?: number,
): Reading<T> {
  const [state, setState] = useState<{ key: string; value: T | null; problem: string | null }>({
    key,
    value: null,
    problem: null,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  const reload = useCallback(() => setRound((count) => count + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round or mark is the wish to read again.
  useEffect(() => {
    const controller = new AbortController();
    const load = async (): Promise<void> => {
      try {
        const value = await latest.current(controller.signal);
        if (!controller.signal.aborted) setState({ key, value, problem: null });
      } catch (error) {
        if (isAborted(error) || controller.signal.aborted) return;
        setState((before) => ({
          key,
          value: before.key === key ? before.value : null,
          problem: errorMessage(error),
        }));
      }
    };
    void load();
    const timer =
      everyMs === undefined
        ? undefined
        : setInterval(() => {
            if (document.visibilityState === 'visible') void load();
          }, everyMs);
    const stop = liveEvents.onConnect(() => void load());
    return () => {
      controller.abort();
      clearInterval(timer);
      stop();
    };
  }, [key, everyMs, round, mark]);

  const isCurrent = state.key === key;
  return { value: isCurrent ? state.value : null, problem: isCurrent ? state.problem : null, reload };
}

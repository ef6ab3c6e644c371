import { useCallback, useEffect, useState } from 'react';
import { errorMessage, isAborted } from '../../api/client.ts';

export interface Reading<T> {
  /** null until it has been read once. */
  readonly value: T | null;
  readonly problem: string | null;
  /** Reads it again; what was read before stays meanwhile. */
  readonly reload: () => void;
}

/** Something that is read when it is shown, and again when it was changed here. `read` must not change. */
export function useReading<T>(read: (signal: AbortSignal) => Promise<T>): Reading<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round reads again.
  useEffect(() => {
    const aborter = new AbortController();
    read(aborter.signal).then(
      (next) => {
        setValue(next);
        setProblem(null);
      },
      (error: unknown) => {
        if (!isAborted(error)) setProblem(errorMessage(error));
      },
    );
    return () => aborter.abort();
  }, [read, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  return { value, problem, reload };
}

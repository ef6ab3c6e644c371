import { useEffect, useEffectEvent, useState } from 'react';
import type { RetentionState } from '../../../src-shared/model/retention.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';
import { liveEvents } from '../../api/live-events.ts';

const WHILE_RUNNING_MS = 10_000;

export interface LoadedRetention {
  readonly state: RetentionState | null;
  readonly problem: string | null;
  readonly reload: () => void;
}

/** Rules, runs and forecast; read anew when they change, and while a removal runs. */
export function useRetention(): LoadedRetention {
  const [state, setState] = useState<RetentionState | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const load = (signal?: AbortSignal): void => {
    api.call('getRetention', { signal }).then(
      (found) => {
        setState(found);
        setProblem(null);
      },
      (error: unknown) => {
        if (!isAborted(error)) setProblem(errorMessage(error));
      },
    );
  };
  const onNews = useEffectEvent(load);
  useEffect(() => {
    const aborter = new AbortController();
    onNews(aborter.signal);
    const stop = liveEvents.on('retention', () => onNews(aborter.signal));
    return () => {
      stop();
      aborter.abort();
    };
  }, []);
  const isRunning = state?.runs[0]?.state === 'running';
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => onNews(), WHILE_RUNNING_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return { state, problem, reload: () => load() };
}

import { useCallback, useEffect, useRef, useState } from 'react';
import type { FindingKind, IntegrityFinding } from '../../../src-shared/model/integrity.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';
import { liveEvents } from '../../api/live-events.ts';
import { applyIntegrityRun, readIntegrity } from '../../stores/integrity-store.ts';

export interface FindingList {
  /** Null until the first page came. */
  readonly findings: readonly IntegrityFinding[] | null;
  readonly hasMore: boolean;
  readonly problem: string | null;
  readonly loadMore: () => void;
  readonly reload: () => void;
}

const PAGE = 200;
/** While a check runs, what it found is shown this often. */
const RUNNING_MS = 3000;

interface State {
  readonly findings: readonly IntegrityFinding[] | null;
  readonly next: number | null;
  readonly problem: string | null;
}

const EMPTY: State = { findings: null, next: null, problem: null };

/** Open findings of a kind, or of all, page by page; read anew when a check goes on or ends. */
export function useFindings(kind: FindingKind | null): FindingList {
  const [state, setState] = useState<State>(EMPTY);
  const latest = useRef(state);
  latest.current = state;
  const aborter = useRef(new AbortController());

  const read = useCallback(
    async (isMore: boolean): Promise<void> => {
      const { findings, next } = latest.current;
      if (isMore && next === null) return;
      if (!isMore) {
        aborter.current.abort();
        aborter.current = new AbortController();
      }
      const { signal } = aborter.current;
      const known = isMore ? (findings ?? []) : [];
      try {
        const query = {
          limit: isMore ? PAGE : Math.min(1000, Math.max(PAGE, findings?.length ?? 0)),
          ...(kind && { kind }),
          ...(isMore && next !== null && { after: next }),
        };
        const [page] = await Promise.all([
          api.call('listFindings', { query, signal }),
          isMore ? null : readIntegrity(signal),
        ]);
        setState({ findings: [...known, ...page.findings], next: page.next, problem: null });
      } catch (error) {
        if (!isAborted(error)) setState((before) => ({ ...before, problem: errorMessage(error) }));
      }
    },
    [kind],
  );

  useEffect(() => {
    setState(EMPTY);
    latest.current = EMPTY;
    void read(false);
    let readMs = performance.now();
    const stops = [
      liveEvents.onConnect(() => void read(false)),
      liveEvents.on('integrity', (run) => {
        applyIntegrityRun(run);
        if (run.state === 'running' && performance.now() - readMs < RUNNING_MS) return;
        readMs = performance.now();
        void read(false);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      aborter.current.abort();
    };
  }, [read]);

  return {
    findings: state.findings,
    hasMore: state.next !== null,
    problem: state.problem,
    loadMore: useCallback(() => void read(true), [read]),
    reload: useCallback(() => void read(false), [read]),
  };
}

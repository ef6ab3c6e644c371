import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Recording } from '../../../src-shared/model/recording.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';
import { liveEvents } from '../../api/live-events.ts';
import { filterQuery, type RecordingFilter } from './recording-filter.ts';

export interface RecordingList {
  /** Null until the first page came. */
  readonly recordings: readonly Recording[] | null;
  readonly hasMore: boolean;
  readonly problem: string | null;
  readonly loadMore: () => void;
  readonly reload: () => void;
}

const PAGE = 100;
/** As many are read anew at once. */
const MAX_REFRESHED = 1000;
const REFRESH_MS = 15_000;

interface State {
  readonly key: string;
  readonly recordings: readonly Recording[] | null;
  readonly cursor: string | null;
  readonly problem: string | null;
}

/** The recordings that fit a filter, page by page; those that are listed are read anew every quarter of a minute. */
export function useRecordings(filter: RecordingFilter): RecordingList {
  const key = JSON.stringify(filter);
  const stable = useMemo(() => JSON.parse(key) as RecordingFilter, [key]);
  const [state, setState] = useState<State>({ key, recordings: null, cursor: null, problem: null });
  const latest = useRef(state);
  latest.current = state;
  const isBusy = useRef(false);
  const aborter = useRef(new AbortController());

  const read = useCallback(
    async (how: 'first' | 'again' | 'more'): Promise<void> => {
      if (how !== 'first' && isBusy.current) return;
      const { cursor, recordings } = latest.current;
      if (how === 'more' && cursor === null) return;
      const { signal } = aborter.current;
      const known = how === 'first' ? [] : (recordings ?? []);
      // After a long scroll only new pages come; the rows before stay as they were.
      if (how === 'again' && known.length > MAX_REFRESHED) return;
      isBusy.current = true;
      try {
        const query = {
          ...filterQuery(stable, Date.now() * 1000),
          limit: how === 'again' ? Math.max(PAGE, known.length) : PAGE,
          ...(how === 'more' && cursor !== null && { cursor }),
        };
        const page = await api.call('listRecordings', { query, signal });
        setState({
          key,
          recordings: how === 'more' ? [...known, ...page.recordings] : page.recordings,
          cursor: page.nextCursor,
          problem: null,
        });
      } catch (error) {
        if (isAborted(error)) return;
        const problem = errorMessage(error);
        setState((before) => (before.key === key ? { ...before, problem } : emptyState(key, problem)));
      } finally {
        if (!signal.aborted) isBusy.current = false;
      }
    },
    [key, stable],
  );

  useEffect(() => {
    aborter.current.abort();
    aborter.current = new AbortController();
    void read('first');
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void read('again');
    }, REFRESH_MS);
    const stop = liveEvents.onConnect(() => void read('again'));
    return () => {
      clearInterval(timer);
      stop();
      aborter.current.abort();
    };
  }, [read]);

  const current = state.key === key ? state : emptyState(key, null);
  return {
    recordings: current.recordings,
    hasMore: current.cursor !== null,
    problem: current.problem,
    loadMore: useCallback(() => void read('more'), [read]),
    reload: useCallback(() => void read('first'), [read]),
  };
}

function emptyState(key: string, problem: string | null): State {
  return { key, recordings: null, cursor: null, problem };
}

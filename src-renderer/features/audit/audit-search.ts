import { useCallback, useEffect, useRef, useState } from 'react';
import type { QueryOf } from '../../../src-shared/contract/http-routes.ts';
import type { AuditEntry } from '../../../src-shared/model/audit-entry.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';

export type AuditQuery = Omit<QueryOf<'listAudit'>, 'limit' | 'cursor'>;

export interface AuditList {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly problem: string | null;
  readonly entries: readonly AuditEntry[];
  readonly hasMore: boolean;
  readonly readMore: () => void;
  readonly reload: () => void;
}

const PAGE_ROWS = 200;

interface Found {
  readonly entries: readonly AuditEntry[];
  readonly next: string | null;
}

/** Entries that match, page by page as they are scrolled to. `query` must change only when it is another one. */
export function useAuditSearch(query: AuditQuery): AuditList {
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const aborter = useRef(new AbortController());
  const isReading = useRef(false);

  const read = useCallback(async (asked: AuditQuery, before: Found | null) => {
    const { signal } = aborter.current;
    isReading.current = true;
    try {
      const cursor = before?.next ?? undefined;
      const page = await api.call('listAudit', { query: { ...asked, limit: PAGE_ROWS, cursor }, signal });
      setFound({ entries: [...(before?.entries ?? []), ...page.entries], next: page.next });
      setProblem(null);
    } catch (error) {
      if (!isAborted(error)) setProblem(errorMessage(error));
    } finally {
      if (!signal.aborted) isReading.current = false;
    }
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round reads again.
  useEffect(() => {
    aborter.current = new AbortController();
    void read(query, null);
    const { current } = aborter;
    return () => current.abort();
  }, [query, read, round]);

  const readMore = useCallback(() => {
    if (found?.next && !isReading.current) void read(query, found);
  }, [found, query, read]);

  return {
    phase: found ? 'ready' : problem === null ? 'loading' : 'failed',
    problem,
    entries: found?.entries ?? [],
    hasMore: found?.next != null,
    readMore,
    reload: useCallback(() => setRound((count) => count + 1), []),
  };
}

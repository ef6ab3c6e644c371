import { useEffect, useState } from 'react';
import { api, isAborted } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';

export interface EmptyAuditProps {
  readonly isFiltered: boolean;
  readonly isAllTime: boolean;
  readonly onClear: () => void;
  readonly onAllTime: () => void;
}

/** Why nothing is listed: nothing happened at all, not in this time, or nothing matches. */
export function EmptyAudit({ isFiltered, isAllTime, onClear, onAllTime }: EmptyAuditProps) {
  const isNarrowed = isFiltered || !isAllTime;
  const hasEntries = useHasEntries(isNarrowed);
  if (isNarrowed && hasEntries === null) return null;
  if (!hasEntries) {
    return (
      <EmptyState title="Nothing happened yet">
        Whoever logs in, plays, exports, deletes or changes something appears here: when, from where, and what
        came of it.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={isFiltered ? 'No entry matches' : 'Nothing happened in this time'}
      action={
        <>
          {isFiltered && <Button onClick={onClear}>Clear the filters</Button>}
          {!isAllTime && <Button onClick={onAllTime}>Show any time</Button>}
        </>
      }
    >
      {isFiltered
        ? 'Other entries are kept. The text is looked for in person, object and address.'
        : 'What happened before is kept.'}
    </EmptyState>
  );
}

/** Whether anything at all is kept; null while that is not known, or nobody `asks`. */
function useHasEntries(asks: boolean): boolean | null {
  const [hasEntries, setHasEntries] = useState<boolean | null>(null);
  useEffect(() => {
    if (!asks) return;
    const stop = new AbortController();
    api.call('listAudit', { query: { limit: 1 }, signal: stop.signal }).then(
      ({ entries }) => setHasEntries(entries.length > 0),
      (error: unknown) => {
        if (!isAborted(error)) setHasEntries(true);
      },
    );
    return () => stop.abort();
  }, [asks]);
  return asks ? hasEntries : null;
}

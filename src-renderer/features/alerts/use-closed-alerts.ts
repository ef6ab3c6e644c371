import { useEffect, useState } from 'react';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';
import { isOpen, useAlertsStore } from '../../stores/alerts-store.ts';

const LIMIT = 200;

interface ClosedAlerts {
  readonly phase: 'loading' | 'ready';
  readonly problem: string | null;
  /** The newest ones, newest first. */
  readonly alerts: readonly Alert[];
}

/** Alerts that are over; read when they are wanted and again when another one closes. */
export function useClosedAlerts(isWanted: boolean): ClosedAlerts {
  const [state, setState] = useState<ClosedAlerts>({ phase: 'loading', problem: null, alerts: [] });
  const closedHere = useAlertsStore(({ alerts }) => alerts.filter((alert) => !isOpen(alert)).length);
  useEffect(() => {
    if (!isWanted) return;
    const aborter = new AbortController();
    const read = async () => {
      try {
        const query = { state: 'closed', limit: LIMIT } as const;
        const { alerts } = await api.call('listAlerts', { query, signal: aborter.signal });
        setState({ phase: 'ready', problem: null, alerts });
      } catch (error) {
        if (isAborted(error)) return;
        setState((before) => ({ ...before, phase: 'ready', problem: errorMessage(error) }));
      }
    };
    // The count is what tells that there is more to read.
    if (closedHere >= 0) void read();
    return () => aborter.abort();
  }, [isWanted, closedHere]);
  return state;
}

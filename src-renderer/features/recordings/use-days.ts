import { useEffect, useState } from 'react';
import type { DayCoverage } from '../../../src-shared/model/segment.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';
import { liveEvents } from '../../api/live-events.ts';
import type { Month } from './month-grid.ts';

export interface DaysRead {
  readonly days: readonly DayCoverage[];
  readonly problem: string | null;
}

const REFRESH_MS = 60_000;

/** Recorded time per day of a month over `streams`; read again every minute while streams record. */
export function useDays(month: Month, zone: string, streams: readonly string[]): DaysRead {
  const [read, setRead] = useState<DaysRead & { readonly key: string }>({ key: '', days: [], problem: null });
  const key = `${month} ${zone} ${streams.join('\n')}`;
  useEffect(() => {
    const controller = new AbortController();
    let readAtMs = 0;
    const load = async (): Promise<void> => {
      readAtMs = Date.now();
      const [, , ...rest] = key.split(' ');
      const names = rest.join(' ').split('\n').filter(Boolean);
      try {
        const query = { month, time_zone: zone, ...(names.length > 0 ? { stream: names } : {}) };
        const { days } = await api.call('getDays', { query, signal: controller.signal });
        setRead({ key, days, problem: null });
      } catch (error) {
        if (!isAborted(error)) setRead((before) => ({ ...before, key, problem: errorMessage(error) }));
      }
    };
    void load();
    const stops = [
      liveEvents.onConnect(() => void load()),
      liveEvents.on('coverage', () => {
        if (Date.now() - readAtMs > REFRESH_MS) void load();
      }),
    ];
    return () => {
      controller.abort();
      for (const stop of stops) stop();
    };
  }, [key, month, zone]);
  const isOfMonth = read.days[0]?.day.startsWith(month) ?? false;
  return { days: isOfMonth ? read.days : [], problem: read.problem };
}

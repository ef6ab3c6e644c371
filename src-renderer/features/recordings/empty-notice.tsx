import { useEffect, useState } from 'react';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { formatClock, formatDate, formatNearDate } from '../../format/times.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';

export interface EmptyNoticeProps {
  readonly stream: string | null;
  readonly zone: string;
  readonly onGo: (us: number) => void;
}

const STILL_MS = 250;
/** Into the recorded time, so that something is seen. */
const INSIDE_US = 2_000_000;

/** Says that nothing was recorded in the visible range, and where the nearest recorded time is. */
export function EmptyNotice({ stream, zone, onGo }: EmptyNoticeProps) {
  const centreUs = useTimelineStore((state) => Math.round((state.view.startUs + state.view.endUs) / 2));
  const [nearestUs, setNearestUs] = useState<number | null>(null);
  useEffect(() => {
    if (!stream) return;
    const controller = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { signal } = controller;
        const reply = await api.call('getInstant', { params: { stream }, query: { ts: centreUs }, signal });
        setNearestUs(nearest(centreUs, reply.beforeUs, reply.afterUs));
      } catch {
        setNearestUs(null);
      }
    }, STILL_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [stream, centreUs]);
  return (
    <>
      <span role="status">
        Nothing recorded here.
        {nearestUs !== null && ` Nearest: ${nearText(nearestUs, centreUs, zone)}`}
      </span>
      {nearestUs !== null && <Button onClick={() => onGo(nearestUs)}>Go</Button>}
    </>
  );
}

function nearest(us: number, beforeUs: number | null, afterUs: number | null): number | null {
  if (beforeUs === null && afterUs === null) return null;
  if (afterUs === null) return (beforeUs ?? us) - INSIDE_US;
  if (beforeUs === null) return afterUs;
  return us - beforeUs <= afterUs - us ? beforeUs - INSIDE_US : afterUs;
}

function nearText(us: number, fromUs: number, zone: string): string {
  const clock = formatClock(us, zone, 'minutes');
  return formatDate(us, zone) === formatDate(fromUs, zone) ? clock : `${formatNearDate(us, zone)} ${clock}`;
}

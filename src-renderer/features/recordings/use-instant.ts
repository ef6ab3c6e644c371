import { useEffect, useState } from 'react';
import type { ReplyOf } from '../../../src-shared/contract/http-routes.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';
import { usePlayerStore } from '../../stores/player-store.ts';

export type Instant = ReplyOf<'getInstant'>;

export interface InstantRead {
  readonly instant: Instant | null;
  readonly problem: string | null;
}

const EVERY_MS = 700;

/** Whether the answer for one instant also holds for `us`: the same segment, or the same closed gap. */
function isStillTrue({ segment, beforeUs, afterUs }: Instant, us: number): boolean {
  if (segment) return us >= segment.startUs && us < segment.endUs;
  return beforeUs !== null && afterUs !== null && us >= beforeUs && us < afterUs;
}

/**
 * What the index knows of the instant under the playhead; asked at most every 0.7 s, and not again while
 * the playhead stays within the segment or the gap that was answered.
 */
export function useInstant(stream: string | null): InstantRead {
  const [read, setRead] = useState<InstantRead & { readonly stream: string | null }>({
    stream: null,
    instant: null,
    problem: null,
  });
  useEffect(() => {
    if (stream === null) return;
    let known: Instant | null = null;
    let controller: AbortController | null = null;
    let askedUs: number | null = null;
    const ask = async (): Promise<void> => {
      const us = usePlayerStore.getState().playheadUs;
      if (us === null || us === askedUs || controller) return;
      if (known && isStillTrue(known, us)) return;
      askedUs = us;
      controller = new AbortController();
      try {
        known = await api.call('getInstant', {
          params: { stream },
          query: { ts: us },
          signal: controller.signal,
        });
        setRead({ stream, instant: known, problem: null });
      } catch (error) {
        if (!isAborted(error)) setRead({ stream, instant: null, problem: errorMessage(error) });
      }
      controller = null;
    };
    void ask();
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => {
      clearInterval(timer);
      controller?.abort();
    };
  }, [stream]);
  return read.stream === stream ? read : { instant: null, problem: null };
}

import { useCallback, useSyncExternalStore } from 'react';
import { Sparkline } from '../../components/sparkline.tsx';
import { bitratesOf, STREAM_SAMPLES_KEPT, watchBitrates } from '../../stores/stream-history.ts';

interface StreamTrendProps {
  readonly id: string;
  readonly className?: string | undefined;
}

/** What the publisher of a stream sent lately, as a small line. */
export function StreamTrend({ id, className }: StreamTrendProps) {
  const subscribe = useCallback((listener: () => void) => watchBitrates(id, listener), [id]);
  const values = useSyncExternalStore(subscribe, () => bitratesOf(id));
  return (
    <Sparkline
      className={className}
      values={values}
      capacity={STREAM_SAMPLES_KEPT}
      widthPx={46}
      heightPx={20}
    />
  );
}

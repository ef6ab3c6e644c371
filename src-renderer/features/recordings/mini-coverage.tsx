import { useCallback, useEffect, useState } from 'react';
import type { RecordedStream } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { coveredRanges } from '../timeline/coverage-pieces.ts';
import type { CoverageSource } from '../timeline/coverage-source.ts';
import styles from './mini-coverage.module.css';

const WIDTH_PX = 54;

/** Recorded time of the day per stream, for the small bars; null while it is not known. */
export function useMiniCoverage(
  source: CoverageSource,
  streams: readonly RecordedStream[],
  day: TimeRange,
): (stream: string) => readonly TimeRange[] | null {
  const [, setVersion] = useState(0);
  const names = streams.map(({ stream }) => stream).join('\n');
  const { startUs, endUs } = day;
  const pxUs = (endUs - startUs) / WIDTH_PX;
  useEffect(() => {
    const list = names.split('\n').filter(Boolean);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const update = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        source.days.want(list, { startUs, endUs }, pxUs);
        setVersion((version) => version + 1);
      }, 200);
    };
    source.days.want(list, { startUs, endUs }, pxUs);
    const stop = source.subscribe(update);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [source, names, startUs, endUs, pxUs]);
  return useCallback(
    (stream) => {
      const { nodes, unknown } = source.days.read(stream, { startUs, endUs }, pxUs);
      return unknown.length > 0 && nodes.length === 0 ? null : coveredRanges(nodes);
    },
    [source, startUs, endUs, pxUs],
  );
}

export interface MiniCoverageProps {
  readonly spans: readonly TimeRange[] | null;
  readonly day: TimeRange;
}

/** A day's recorded time in a bar of 54 pixels. */
export function MiniCoverage({ spans, day }: MiniCoverageProps) {
  const lengthUs = day.endUs - day.startUs;
  const coveredUs = spans?.reduce((sum, span) => sum + span.endUs - span.startUs, 0) ?? 0;
  const percent = Math.round((100 * coveredUs) / lengthUs);
  const x = (us: number): number => ((us - day.startUs) / lengthUs) * WIDTH_PX;
  return (
    <svg
      className={styles.bar}
      width={WIDTH_PX}
      height={4}
      role="img"
      aria-label={spans === null ? 'Loading' : `${percent} % of the day recorded`}
    >
      <rect className={styles.track} width={WIDTH_PX} height={4} rx={1.5} />
      {spans?.map((span) => (
        <rect
          key={span.startUs}
          className={styles.span}
          x={x(span.startUs)}
          width={Math.max(1, x(span.endUs) - x(span.startUs))}
          height={4}
        />
      ))}
    </svg>
  );
}

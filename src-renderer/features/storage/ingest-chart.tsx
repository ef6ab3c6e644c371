import { useState } from 'react';
import type { ReplyOf } from '../../../src-shared/contract/http-routes.ts';
import type { IngestSample } from '../../../src-shared/contract/index-routes.ts';
import { FactList } from '../../components/fact-list.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import { formatCount, formatCounted } from '../../format/numbers.ts';
import { formatClock } from '../../format/times.ts';
import { useZone } from '../../stores/settings-store.ts';
import type { Reading } from '../../stores/use-reading.ts';
import styles from './ingest-chart.module.css';
import { ingestSlots, niceCeiling } from './ingest-slots.ts';

const SLOTS = 360;
const HEIGHT = 100;
const LEAST_HEIGHT = 2;
const MINUTE_MARKS = [60, 50, 40, 30, 20, 10, 0];

/** Segments per second over the last hour, as bars; the facts beside them. */
export function IngestChart({ reading }: { readonly reading: Reading<ReplyOf<'getIngest'>> }) {
  const zone = useZone();
  const [looked, setLooked] = useState<number | null>(null);
  const stepMs = reading.value?.stepMs ?? 10_000;
  const slots = ingestSlots(reading.value?.samples ?? [], SLOTS);
  const perSecond = (sample: IngestSample) => (sample.segmentCount * 1000) / stepMs;
  const known = slots.filter((sample) => sample !== null);
  const top = niceCeiling(Math.max(0, ...known.map(perSecond)));
  const shown = (looked === null ? null : slots[looked]) ?? known.at(-1) ?? null;
  const path = slots
    .map((sample, index) => {
      const height = sample === null ? 0 : (perSecond(sample) / top) * HEIGHT;
      // A peak must not make all else look like nothing.
      return height > 0 ? barPath(index, Math.max(height, LEAST_HEIGHT)) : '';
    })
    .join('');
  return (
    <div className={styles.chart}>
      <figure className={styles.figure}>
        <figcaption className={styles.caption}>
          Segments per second, last hour
          {reading.problem && <span className={styles.problem}>{reading.problem}</span>}
        </figcaption>
        <div className={styles.plot}>
          <span className={styles.top}>{top < 10 ? top : formatCount(top)}</span>
          <svg
            className={styles.bars}
            viewBox={`0 0 ${SLOTS} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`Segments per second over the last hour, at most ${formatMean(Math.max(0, ...known.map(perSecond)))}`}
            onMouseLeave={() => setLooked(null)}
            onMouseMove={(event) => {
              const box = event.currentTarget.getBoundingClientRect();
              setLooked(Math.floor(((event.clientX - box.left) / box.width) * SLOTS));
            }}
          >
            {looked !== null && <rect className={styles.looked} x={looked} y={0} width={1} height={HEIGHT} />}
            <path className={styles.bar} d={path} />
          </svg>
          <div className={styles.marks} aria-hidden>
            {MINUTE_MARKS.map((minutes) => (
              <span key={minutes}>{minutes === 0 ? 'now' : `−${minutes} min`}</span>
            ))}
          </div>
        </div>
      </figure>
      <div className={styles.facts}>
        <FactList
          facts={[
            { name: 'At', value: shown ? formatClock(shown.atMs * 1000, zone) : '–' },
            { name: 'Ingest', value: shown ? `${formatMean(perSecond(shown))} segments/s` : '–' },
            {
              name: 'Index lag',
              value: shown?.lagMs == null ? 'nothing recorded' : formatSpanMs(shown.lagMs),
            },
            { name: 'Waiting', value: shown ? `${formatCount(shown.queueLength)} to be examined` : '–' },
            {
              name: 'In the hour',
              value: formatCounted(
                known.reduce((sum, sample) => sum + sample.segmentCount, 0),
                'segment',
              ),
            },
          ]}
        />
      </div>
    </div>
  );
}

function barPath(index: number, height: number): string {
  return `M${index} ${HEIGHT}v${(-height).toFixed(2)}h0.8v${height.toFixed(2)}z`;
}

function formatMean(value: number): string {
  return value < 100 ? value.toFixed(1) : formatCount(value);
}

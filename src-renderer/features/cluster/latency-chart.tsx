import { SectionTitle } from '../../components/section-title.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { formatLatencyMs } from '../../format/numbers.ts';
import styles from './latency-chart.module.css';

/** The last round trips, with the shortest, the usual and the longest in words. */
export function LatencyChart({ values }: { readonly values: readonly (number | null)[] }) {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const missed = values.length - known.length;
  const middle = known[Math.floor(known.length / 2)];
  return (
    <section aria-label="Latency">
      <SectionTitle>Latency, last {values.length} round trips</SectionTitle>
      <Sparkline
        className={styles.line}
        label="Latency, recent"
        values={values}
        capacity={60}
        widthPx={276}
        heightPx={52}
      />
      <p className={styles.words}>
        {middle === undefined
          ? 'No answer so far'
          : `${formatLatencyMs(known[0] ?? null)} to ${formatLatencyMs(known.at(-1) ?? null)}, mostly ${formatLatencyMs(middle)}`}
        {missed > 0 && ` · ${missed} unanswered`}
      </p>
    </section>
  );
}

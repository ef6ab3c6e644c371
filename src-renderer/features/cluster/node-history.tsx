import type { NodeSample } from '../../../src-shared/model/node-config.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { HistoryChart } from '../../components/history-chart.tsx';
import { SectionTitle } from '../../components/section-title.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import {
  formatBitRate,
  formatCount,
  formatCounted,
  formatLatencyMs,
  formatOffsetMs,
} from '../../format/numbers.ts';
import { formatClock } from '../../format/times.ts';
import { useZone } from '../../stores/settings-store.ts';
import styles from './node-history.module.css';
import { latencySpread, SAMPLES_KEPT } from './node-samples.ts';
import { useNodeSamples } from './use-node-samples.ts';

/** Latency, clock offset and load of the last minutes. */
export function NodeHistory({ node }: { readonly node: NodeView }) {
  const samples = useNodeSamples(node);
  const zone = useZone();
  if (samples === null || samples.length === 0) {
    return (
      <section aria-label="History" className={styles.history}>
        <SectionTitle>History</SectionTitle>
        <p className={styles.none}>
          {samples === null ? 'Reading the history…' : 'It was not asked so far.'}
        </p>
      </section>
    );
  }
  const spanMs = (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0);
  /** Words about one sample, with its time, or those about all. */
  const wordsOf = (one: (sample: NodeSample) => string, all: string) => (index: number | null) => {
    const sample = index === null ? undefined : samples[index];
    return sample ? `${formatClock(sample.atMs * 1000, zone)}: ${one(sample)}` : all;
  };
  const most = (read: (sample: NodeSample) => number) => Math.max(...samples.map(read));
  const last = samples.at(-1) as NodeSample;
  const hasCounters =
    node.generation === 'head' || most((sample) => sample.bitrateInBps + sample.bitrateOutBps) > 0;
  return (
    <section aria-label="History" className={styles.history}>
      <SectionTitle>Last {formatSpanMs(spanMs)}</SectionTitle>
      <HistoryChart
        title="Latency"
        capacity={SAMPLES_KEPT}
        minTop={5}
        formatTop={formatLatencyMs}
        lines={[{ name: 'Latency', values: samples.map((sample) => sample.latencyMs) }]}
        words={wordsOf(
          ({ latencyMs }) => (latencyMs === null ? 'no answer' : formatLatencyMs(latencyMs)),
          latencyWords(samples),
        )}
      />
      <HistoryChart
        title="Clock"
        capacity={SAMPLES_KEPT}
        minTop={20}
        isSigned
        formatTop={(top) => `± ${formatCount(Math.round(top))} ms`}
        lines={[{ name: 'Clock', values: samples.map((sample) => sample.clockOffsetMs) }]}
        words={wordsOf(({ clockOffsetMs }) => offsetText(clockOffsetMs), offsetWords(samples))}
      />
      {hasCounters ? (
        <HistoryChart
          title="Traffic"
          capacity={SAMPLES_KEPT}
          minTop={100_000}
          formatTop={formatBitRate}
          lines={[
            { name: 'out', values: samples.map((sample) => sample.bitrateOutBps) },
            { name: 'in', values: samples.map((sample) => sample.bitrateInBps) },
          ]}
          words={wordsOf(
            (sample) =>
              `${formatBitRate(sample.bitrateOutBps)} out, ${formatBitRate(sample.bitrateInBps)} in`,
            `At most ${formatBitRate(most((sample) => sample.bitrateOutBps))} out, ${formatBitRate(most((sample) => sample.bitrateInBps))} in`,
          )}
        />
      ) : (
        <p className={styles.none}>Nodes of its version do not count traffic.</p>
      )}
      <HistoryChart
        title="Viewers"
        capacity={SAMPLES_KEPT}
        minTop={4}
        formatTop={formatCount}
        lines={[{ name: 'Viewers', values: samples.map((sample) => sample.viewerCount) }]}
        words={wordsOf(
          (sample) => formatCounted(sample.viewerCount, 'viewer'),
          `${formatCount(last.viewerCount)} now, at most ${formatCount(most((sample) => sample.viewerCount))}`,
        )}
      />
    </section>
  );
}

const offsetText = (offsetMs: number | null) => (offsetMs === null ? 'not known' : formatOffsetMs(offsetMs));

function offsetWords(samples: readonly NodeSample[]): string {
  const known = samples.flatMap(({ clockOffsetMs }) => clockOffsetMs ?? []);
  if (known.length === 0) return 'Its offset is not known yet';
  const [low, high] = [Math.min(...known), Math.max(...known)].map(formatOffsetMs);
  return low === high ? `${low} all the time` : `${low} to ${high}, now ${formatOffsetMs(known.at(-1) ?? 0)}`;
}

function latencyWords(samples: readonly NodeSample[]): string {
  const spread = latencySpread(samples);
  if (!spread) return 'No answer in this time';
  const { highMs, lowMs, middleMs } = spread;
  const missed = samples.filter(({ latencyMs }) => latencyMs === null).length;
  const usual = `${formatLatencyMs(lowMs)} to ${formatLatencyMs(highMs)}, mostly ${formatLatencyMs(middleMs)}`;
  return missed > 0 ? `${usual} · ${missed} unanswered` : usual;
}

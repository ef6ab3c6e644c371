import type { NodeTestResult } from '../../../src-shared/model/node-config.ts';
import { Callout } from '../../components/callout.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { formatLatencyMs } from '../../format/numbers.ts';
import styles from './node-dialog.module.css';
import { CLOCK_ALARM_MS, clockWords } from './node-words.ts';

/** What trying the connection came to. */
export function NodeTestOutcome({ result }: { readonly result: NodeTestResult }) {
  if (result.outcome !== 'ok') {
    return (
      <Callout tone="bad">
        <strong>{result.message}</strong> {result.remedy}
      </Callout>
    );
  }
  return (
    <>
      <div className={styles.ok}>
        <StateDot tone="ok" />
        <span className={styles.okTitle}>{result.message}</span>
        <span className={styles.facts}>{factsOf(result).join(' · ')}</span>
      </div>
      {isClockWrong(result) && (
        <Callout>
          <strong>Its clock is {clockWords(result.clockOffsetMs ?? 0)}.</strong> Recordings will be shifted by
          that much.
        </Callout>
      )}
    </>
  );
}

function factsOf({ generation, latencyMs, streamCount, version }: NodeTestResult): string[] {
  const name = version ? `live777 ${version}` : generation ? `live777, generation ${generation}` : 'live777';
  const streams = streamCount === 1 ? '1 stream' : `${streamCount ?? 0} streams`;
  return [name, streams, formatLatencyMs(latencyMs)];
}

/** One test places the clock within about a second: only what is surely wrong is told. */
function isClockWrong({ clockOffsetMs, clockUncertaintyMs }: NodeTestResult): boolean {
  return clockOffsetMs !== null && Math.abs(clockOffsetMs) - (clockUncertaintyMs ?? 0) > CLOCK_ALARM_MS;
}

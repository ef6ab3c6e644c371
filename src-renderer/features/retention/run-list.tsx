import type { RetentionState } from '../../../src-shared/model/retention.ts';
import { StateDot } from '../../components/state-dot.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { formatClock, formatDateTime } from '../../format/times.ts';
import { useZone } from '../../stores/settings-store.ts';
import { amountText, runWord } from './retention-words.ts';
import styles from './run-list.module.css';

const SHOWN = 5;
const TONES = { running: 'warn', done: 'ok', stopped: 'idle', failed: 'bad' } as const;

/** The latest removals, what withstands, and when the next one begins. */
export function RunList({ state }: { readonly state: RetentionState }) {
  const zone = useZone();
  const { nextRunAtMs, problems, runs } = state;
  return (
    <>
      {runs.length === 0 && <p className={styles.none}>Nothing was removed so far.</p>}
      <ul className={styles.runs}>
        {runs.slice(0, SHOWN).map((run) => (
          <li key={run.id} className={styles.run}>
            <StateDot tone={TONES[run.state]} />
            <span className={styles.time}>{formatDateTime(run.startedAtMs * 1000, zone)}</span>
            <span>{runWord(run.state)}</span>
            <span className={styles.quiet}>{amountText(run)}</span>
            {run.problem && <span className={styles.problem}>{run.problem}</span>}
          </li>
        ))}
      </ul>
      {problems.length > 0 && (
        <ul className={styles.problems} aria-label="What could not be removed">
          {problems.map(({ dir, objectCount, problem, stream }) => (
            <li key={`${stream} ${dir}`}>
              <strong>{stream}</strong> · {formatCounted(objectCount, 'object')} in{' '}
              {dir || 'the storage root'}
              <span className={styles.quiet}>{problem}</span>
            </li>
          ))}
        </ul>
      )}
      {nextRunAtMs !== null && (
        <p className={styles.none}>
          The next removal begins by itself at {formatClock(nextRunAtMs * 1000, zone, 'minutes')}.
        </p>
      )}
    </>
  );
}

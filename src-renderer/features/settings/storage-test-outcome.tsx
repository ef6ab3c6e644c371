import { Check, CircleMinus, X } from 'lucide-react';
import type { StorageStepResult, StorageTestResult } from '../../../src-shared/model/storage-view.ts';
import { Callout } from '../../components/callout.tsx';
import styles from './storages-section.module.css';

const ICON = { size: 14, strokeWidth: 2, 'aria-hidden': true } as const;

const STEP_WORDS: Readonly<Record<StorageStepResult['step'], string>> = {
  list: 'List',
  write: 'Write',
  read: 'Read',
  remove: 'Delete',
};

const OUTCOMES = {
  ok: { icon: <Check {...ICON} />, word: 'works' },
  failed: { icon: <X {...ICON} />, word: 'fails' },
  skipped: { icon: <CircleMinus {...ICON} />, word: 'not tried' },
} as const;

/** What trying a storage came to, step by step, and what to do. */
export function StorageTestOutcome({ result }: { readonly result: StorageTestResult }) {
  const { message, outcome, steps, tookMs } = result;
  return (
    <div className={styles.outcome}>
      <ul className={styles.steps} aria-label="Steps of the test">
        {steps.map(({ outcome: came, step }) => (
          <li key={step} className={styles.step} data-outcome={came}>
            {OUTCOMES[came].icon}
            {STEP_WORDS[step]}
            <span className="visually-hidden">{OUTCOMES[came].word}</span>
          </li>
        ))}
        <li className={styles.took}>{tookMs} ms</li>
      </ul>
      {outcome === 'ok' ? (
        <p className={styles.fine}>{message}</p>
      ) : (
        <Callout tone={outcome === 'failed' ? 'bad' : 'warn'}>{message}</Callout>
      )}
    </div>
  );
}

import { useState } from 'react';
import styles from './detail-panel.module.css';

export interface TimeEntryProps {
  readonly label: string;
  /** What stands there while nobody types. */
  readonly text: string;
  readonly isDisabled?: boolean;
  /** Takes what was typed; a string says what is wrong with it. */
  readonly onSubmit: (text: string) => string | null;
}

/** A value that can be typed over: Enter or leaving takes it, Esc does not. */
export function TimeEntry({ label, text, isDisabled = false, onSubmit }: TimeEntryProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const commit = (): void => {
    if (draft === null || draft === text) {
      setDraft(null);
      return;
    }
    const wrong = onSubmit(draft);
    setProblem(wrong);
    if (wrong === null) setDraft(null);
  };
  return (
    <label className={styles.fact}>
      <span className={styles.entryName}>{label}</span>
      <span className={styles.entryBox}>
        <input
          className={styles.entry}
          value={draft ?? text}
          disabled={isDisabled}
          aria-invalid={problem !== null}
          autoComplete="off"
          spellCheck={false}
          onFocus={(event) => event.target.select()}
          onChange={(event) => {
            setDraft(event.target.value);
            setProblem(null);
          }}
          onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === 'Enter') commit();
            if (event.key === 'Escape') {
              setDraft(null);
              setProblem(null);
            }
          }}
        />
        {problem && (
          <span className={styles.entryProblem} role="alert">
            {problem}
          </span>
        )}
      </span>
    </label>
  );
}

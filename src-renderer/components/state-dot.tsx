import clsx from 'clsx';
import styles from './state-dot.module.css';

export type DotTone = 'ok' | 'warn' | 'bad' | 'rec' | 'idle';

export interface StateDotProps {
  readonly tone: DotTone;
  /** What it says in words; leave out where the words stand beside it. */
  readonly label?: string;
}

/** A dot of state. Its shape differs with its meaning, so that colour is never alone. */
export function StateDot({ tone, label }: StateDotProps) {
  const className = clsx(styles.dot, styles[tone]);
  return label ? (
    <span className={className} role="img" aria-label={label} title={label} />
  ) : (
    <span className={className} aria-hidden />
  );
}

import clsx from 'clsx';
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './callout.module.css';

export interface CalloutProps {
  readonly children: ReactNode;
  readonly tone?: 'warn' | 'bad';
  readonly icon?: ReactNode;
  /** Offers to try again what failed. */
  readonly onRetry?: () => void;
}

/** What is wrong and what to do, at the object it concerns. */
export function Callout({ children, tone = 'warn', icon, onRetry }: CalloutProps) {
  return (
    <div className={clsx(styles.callout, styles[tone])}>
      <span className={styles.icon}>
        {icon ?? <TriangleAlert size={16} strokeWidth={1.75} aria-hidden />}
      </span>
      <div className={styles.text}>
        {children}
        {onRetry && (
          <button type="button" className={styles.retry} onClick={onRetry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

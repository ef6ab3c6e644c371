import { Progress } from 'radix-ui';
import styles from './progress-bar.module.css';

export interface ProgressBarProps {
  /** What is progressing. */
  readonly label: string;
  /** 0 to 1; null while it cannot be known. */
  readonly ratio: number | null;
}

export function ProgressBar({ label, ratio }: ProgressBarProps) {
  const percent = ratio === null ? null : Math.round(Math.min(1, Math.max(0, ratio)) * 100);
  return (
    <Progress.Root className={styles.track} value={percent} aria-label={label}>
      <Progress.Indicator
        className={styles.bar}
        data-unknown={percent === null || undefined}
        style={percent === null ? undefined : { transform: `translateX(${percent - 100}%)` }}
      />
    </Progress.Root>
  );
}

import { Skeleton } from './skeleton.tsx';
import styles from './table-skeleton.module.css';

const ROWS = [46, 38, 52, 41, 49, 36, 44, 50];

/** Rows to come, where they will be. */
export function TableSkeleton({ label }: { readonly label: string }) {
  return (
    <div role="status" aria-label={label}>
      {ROWS.map((widthPercent) => (
        <div key={widthPercent} className={styles.row}>
          <Skeleton width={`${widthPercent / 3}%`} />
          <Skeleton width="8%" />
          <Skeleton width="6%" />
          <Skeleton width="6%" />
        </div>
      ))}
    </div>
  );
}

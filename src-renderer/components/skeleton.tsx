import type { CSSProperties } from 'react';
import styles from './skeleton.module.css';

export interface SkeletonProps {
  readonly width: CSSProperties['width'];
  readonly height?: CSSProperties['height'];
}

/** A grey bar where a value will be; it appears only when the wait is noticeable. */
export function Skeleton({ width, height = 10 }: SkeletonProps) {
  return <span className={styles.skeleton} style={{ width, height }} aria-hidden />;
}

import type { ReactNode } from 'react';
import styles from './detail-panel.module.css';

/** A name and its value; a dash keeps the place while there is none. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const isMissing = children === null || children === undefined || children === false;
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{isMissing ? <span className={styles.quiet}>–</span> : children}</dd>
    </div>
  );
}

import type { ReactNode } from 'react';
import styles from './table-toolbar.module.css';

/** The row of controls above a table. */
export function TableToolbar({ children }: { readonly children: ReactNode }) {
  return <div className={styles.toolbar}>{children}</div>;
}

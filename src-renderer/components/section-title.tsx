import type { ReactNode } from 'react';
import styles from './section-title.module.css';

/** A small heading over a part of a panel. */
export function SectionTitle({ children }: { readonly children: ReactNode }) {
  return <h3 className={styles.title}>{children}</h3>;
}

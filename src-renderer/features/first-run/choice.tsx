import type { ReactNode } from 'react';
import styles from './choice.module.css';

/** One way to begin. */
export function Choice({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.choice} aria-label={title}>
      <h3 className={styles.title}>{title}</h3>
      <div className={styles.body}>{children}</div>
    </section>
  );
}

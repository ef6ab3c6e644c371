import type { ReactNode } from 'react';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { RetentionPanel } from '../retention/retention-panel.tsx';
import styles from './retention-pane.module.css';

/** How long recordings are kept, beside what they take. */
export function RetentionPane({ children }: { readonly children: ReactNode }) {
  return (
    <section className={styles.pane} aria-label="Retention">
      <TableToolbar>
        {children}
        <span className={styles.hint}>
          Rules are kept in the database, and in [[retention]] of liveman.toml.
        </span>
      </TableToolbar>
      <div className={styles.scroll}>
        <div className={styles.column}>
          <RetentionPanel />
        </div>
      </div>
    </section>
  );
}

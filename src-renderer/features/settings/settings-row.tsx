import type { ReactNode } from 'react';
import styles from './settings-row.module.css';

/** Words at the left, the control at the right. */
export function SettingsRow({ text, children }: { readonly text: ReactNode; readonly children: ReactNode }) {
  return (
    <div className={styles.row}>
      <div className={styles.text}>{text}</div>
      {children}
    </div>
  );
}

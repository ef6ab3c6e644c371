import type { ReactNode } from 'react';
import styles from './settings-section.module.css';

export interface SettingsSectionProps {
  /** The name in the address: `#/settings?section=id`. */
  readonly id: string;
  readonly title: string;
  /** Which file or place holds it. */
  readonly place?: ReactNode;
  readonly children: ReactNode;
}

/** A group of settings, with where they are kept. */
export function SettingsSection({ id, title, place, children }: SettingsSectionProps) {
  return (
    <section id={`settings-${id}`} className={styles.section} aria-label={title}>
      <header className={styles.header}>
        <h2 className={styles.title}>{title}</h2>
        {place && <span className={styles.place}>{place}</span>}
      </header>
      {children}
    </section>
  );
}

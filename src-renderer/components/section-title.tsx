import type { ReactNode } from 'react';
import styles from './section-title.module.css';

export interface SectionTitleProps {
  readonly children: ReactNode;
  /** Its depth in the headings of the view; 1 is the title of the view. */
  readonly level?: 2 | 3;
}

/** A small heading over a part of a panel. */
export function SectionTitle({ children, level = 3 }: SectionTitleProps) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return <Heading className={styles.title}>{children}</Heading>;
}

import { hrefTo } from '../../router.ts';
import styles from './section-list.module.css';
import type { SectionEntry } from './use-sections.ts';

export interface SectionListProps {
  readonly sections: readonly SectionEntry[];
  /** The one that is read now. */
  readonly currentId: string | null;
  /** Goes there, also when the address names it already. */
  readonly onGo: (id: string) => void;
}

/** Links to all groups of settings, beside them. */
export function SectionList({ sections, currentId, onGo }: SectionListProps) {
  return (
    <nav className={styles.nav} aria-label="Groups of settings">
      <ul className={styles.list}>
        {sections.map(({ id, title }) => (
          <li key={id}>
            <a
              className={styles.link}
              href={hrefTo('settings', { section: id })}
              aria-current={id === currentId ? 'location' : undefined}
              onClick={() => onGo(id)}
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

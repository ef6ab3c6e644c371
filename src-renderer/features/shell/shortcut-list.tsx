import { Kbd } from '../../components/kbd.tsx';
import styles from './shortcut-list.module.css';
import { SHORTCUTS } from './shortcuts.ts';

/** All keys, by where they work. */
export function ShortcutList() {
  return (
    <div className={styles.groups}>
      {SHORTCUTS.map((group) => (
        <section key={group.title} aria-label={group.title}>
          <h3 className={styles.title}>{group.title}</h3>
          <dl className={styles.list}>
            {group.entries.map((entry) => (
              <div key={entry.keys} className={styles.entry}>
                <dt>
                  <Kbd keys={entry.keys} />
                </dt>
                <dd>{entry.does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

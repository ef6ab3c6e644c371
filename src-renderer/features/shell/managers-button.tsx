import { Users } from 'lucide-react';
import { Popover } from '../../components/popover.tsx';
import { useManagersStore } from '../../stores/managers-store.ts';
import { ManagerList } from './manager-list.tsx';
import { othersText } from './manager-words.ts';
import styles from './managers-button.module.css';

/** How many others use the database, and who they are; nothing while nobody else is there. */
export function ManagersButton() {
  const managers = useManagersStore((state) => state.managers);
  if (!managers.some(({ isSelf }) => !isSelf)) return null;
  const text = othersText(managers);
  return (
    <Popover
      label="Managers on this database"
      side="top"
      trigger={
        <button type="button" className={styles.button} aria-label={`${text} on this database`}>
          <Users size={12} strokeWidth={1.75} aria-hidden />
          {text}
        </button>
      }
    >
      <div className={styles.panel}>
        <h2 className={styles.title}>On this database</h2>
        <ManagerList managers={managers} />
      </div>
    </Popover>
  );
}

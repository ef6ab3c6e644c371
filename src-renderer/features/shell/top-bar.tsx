import { Search } from 'lucide-react';
import { Kbd } from '../../components/kbd.tsx';
import { ClusterMenu } from './cluster-menu.tsx';
import { isMac } from './shortcuts.ts';
import { TimeZoneMenu } from './time-zone-menu.tsx';
import styles from './top-bar.module.css';

export interface TopBarProps {
  readonly title: string;
  readonly onSearch: () => void;
}

/** Title, search, time zone and cluster. */
export function TopBar({ title, onSearch }: TopBarProps) {
  return (
    <header className={styles.bar}>
      <h1 className={styles.title}>{title}</h1>
      <button type="button" className={styles.search} onClick={onSearch} aria-keyshortcuts="Control+K Meta+K">
        <Search size={16} strokeWidth={1.75} aria-hidden />
        <span className={styles.words}>Search streams, nodes, times, commands</span>
        <Kbd keys={isMac() ? '⌘ K' : 'Ctrl K'} />
      </button>
      <div className={styles.end}>
        <TimeZoneMenu />
        <ClusterMenu />
      </div>
    </header>
  );
}

import { ShieldAlert } from 'lucide-react';
import { useSessionStore } from '../../stores/session-store.ts';
import styles from './notice-bar.module.css';

const NONE: readonly string[] = [];

/** Settings that leave doors open: always in sight, for as long as they are in force. */
export function NoticeBar() {
  const notices = useSessionStore((state) => state.session?.notices ?? NONE);
  if (notices.length === 0) return null;
  return (
    <div className={styles.bar} role="status">
      {notices.map((notice) => (
        <p key={notice} className={styles.notice}>
          <ShieldAlert size={16} strokeWidth={1.75} aria-hidden />
          <span>{notice}</span>
        </p>
      ))}
    </div>
  );
}

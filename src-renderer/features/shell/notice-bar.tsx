import { ShieldAlert } from 'lucide-react';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { useSessionStore } from '../../stores/session-store.ts';
import styles from './notice-bar.module.css';

const NONE: readonly string[] = [];

/** Settings that leave doors open and secrets that cannot be read: in sight for as long as it is so. */
export function NoticeBar() {
  const atLogin = useSessionStore((state) => state.session?.notices ?? NONE);
  // Those of the session are there before the first status, and for who may not see it.
  const notices = useClusterStore((state) => state.status?.notices) ?? atLogin;
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

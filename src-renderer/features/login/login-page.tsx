import { Aperture } from 'lucide-react';
import { useSessionStore } from '../../stores/session-store.ts';
import { AccountForm } from './account-form.tsx';
import styles from './login-page.module.css';
import { TokenForm } from './token-form.tsx';

/** Asks who is there: by account where some are configured, otherwise by token. */
export function LoginPage() {
  const hasAccounts = useSessionStore((state) => state.session?.hasAccounts ?? false);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Aperture className={styles.logo} size={28} strokeWidth={1.75} aria-hidden />
        <h1 className={styles.title}>Log in to Liveman</h1>
        <p className={styles.host}>{window.location.host}</p>
        {hasAccounts ? <AccountForm /> : <TokenForm />}
      </div>
    </main>
  );
}

import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/text-field.tsx';
import { signInWithToken } from '../../stores/session-store.ts';
import styles from './login-page.module.css';
import { useLogin } from './use-login.ts';

/** A token of `[auth] tokens`, or a JWT. */
export function TokenForm() {
  const [token, setToken] = useState('');
  const { problem, isBusy, submit } = useLogin(
    () => signInWithToken(token.trim()),
    'This token is not taken. It may be mistyped, expired or revoked.',
  );
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField
        label="Token"
        isLabelShown
        type="password"
        name="token"
        autoComplete="current-password"
        required
        value={token}
        onChange={setToken}
      />
      <p className={styles.hint}>
        One of <code>[auth] tokens</code> in liveman.toml. The link that Liveman prints when it starts logs in
        without one.
      </p>
      <p className={styles.problem} role="alert">
        {problem}
      </p>
      <Button type="submit" tone="primary" disabled={isBusy}>
        Log in
      </Button>
    </form>
  );
}

import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/text-field.tsx';
import { signIn } from '../../stores/session-store.ts';
import styles from './login-page.module.css';
import { useLogin } from './use-login.ts';

/** User name and password. */
export function AccountForm() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { problem, isBusy, submit } = useLogin(
    () => signIn(name, password),
    'The user name or the password is wrong.',
  );
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField
        label="User name"
        isLabelShown
        name="username"
        autoComplete="username"
        required
        value={name}
        onChange={setName}
      />
      <TextField
        label="Password"
        isLabelShown
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={setPassword}
      />
      <p className={styles.problem} role="alert">
        {problem}
      </p>
      <Button type="submit" tone="primary" disabled={isBusy}>
        Log in
      </Button>
    </form>
  );
}

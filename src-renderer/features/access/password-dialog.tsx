import { useState } from 'react';
import { api } from '../../api/client.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import styles from './access-list.module.css';

export interface PasswordDialogProps {
  readonly name: string;
  readonly onClose: () => void;
  readonly onDone: (text: string) => void;
}

/** A new password for somebody who forgot theirs. */
export function PasswordDialog({ name, onClose, onDone }: PasswordDialogProps) {
  const [password, setPassword] = useState('');
  const run = async () => {
    await api.call('setPassword', { params: { name }, body: { password } });
    onDone(`${name} has a new password.`);
    onClose();
  };
  return (
    <FormDialog
      title={`Set the password of ${name}`}
      action="Set password"
      isReady={password.length >= 8}
      run={run}
      onClose={onClose}
    >
      <p className={styles.explain}>{name} is logged out everywhere and logs in with the new one.</p>
      <TextField
        label="New password, 8 characters or more"
        isLabelShown
        data-autofocus
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
      />
    </FormDialog>
  );
}

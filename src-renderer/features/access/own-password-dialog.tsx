import { useState } from 'react';
import { api } from '../../api/client.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { showToast } from '../../stores/toast-store.ts';
import styles from './access-list.module.css';

/** Another password for whoever is signed in. */
export function OwnPasswordDialog({ onClose }: { readonly onClose: () => void }) {
  const [present, setPresent] = useState('');
  const [next, setNext] = useState('');
  const run = async () => {
    await api.call('changeOwnPassword', { body: { present, next } });
    showToast({ text: 'Your password is changed. Your other logins have ended.' });
    onClose();
  };
  return (
    <FormDialog
      title="Change your password"
      action="Change it"
      isReady={present !== '' && next.length >= 8}
      run={run}
      onClose={onClose}
    >
      <p className={styles.explain}>Where else you are logged in, you have to log in again.</p>
      <TextField
        label="Present password"
        isLabelShown
        data-autofocus
        type="password"
        autoComplete="current-password"
        value={present}
        onChange={setPresent}
      />
      <TextField
        label="New password, 8 characters or more"
        isLabelShown
        type="password"
        autoComplete="new-password"
        value={next}
        onChange={setNext}
      />
    </FormDialog>
  );
}

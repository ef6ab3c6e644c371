import { useState } from 'react';
import { api } from '../../api/client.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { showToast } from '../../stores/toast-store.ts';
import styles from './secrets-section.module.css';

const NAME = /^[A-Za-z0-9._-]{1,100}$/;

export interface StoreSecretDialogProps {
  /** Names that are taken. */
  readonly names: readonly string[];
  readonly onClose: () => void;
  readonly onChange: () => Promise<void>;
}

/** Takes a secret and the name under which liveman.toml will use it. */
export function StoreSecretDialog({ names, onClose, onChange }: StoreSecretDialogProps) {
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const store = async () => {
    await api.call('setSecret', { params: { name }, body: { value }, timeoutMs: 60_000 });
    showToast({ tone: 'ok', text: `Stored. Write "keychain:${name}" into liveman.toml.` });
    onClose();
    await onChange();
  };
  const isNameWrong = name !== '' && !NAME.test(name);
  return (
    <FormDialog
      title="Store a secret"
      action={names.includes(name) ? 'Replace' : 'Store'}
      isReady={NAME.test(name) && value !== ''}
      run={store}
      onClose={onClose}
    >
      <TextField
        label="Name"
        isLabelShown
        data-autofocus
        value={name}
        placeholder="edge-1-token"
        aria-invalid={isNameWrong}
        onChange={setName}
      />
      <TextField
        label="Secret"
        isLabelShown
        type="password"
        autoComplete="new-password"
        value={value}
        onChange={setValue}
      />
      <p className={styles.hint}>
        {isNameWrong
          ? 'A name is made of letters, digits, dots, dashes and underscores.'
          : names.includes(name)
            ? 'There is a secret of this name; it is replaced.'
            : 'It is not shown again. liveman.toml uses it by its name.'}
      </p>
    </FormDialog>
  );
}

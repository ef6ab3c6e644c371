import { useId, useState } from 'react';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { showToast } from '../../stores/toast-store.ts';
import styles from './secrets-section.module.css';
import { useAction } from './use-action.ts';

const NAME = /^[A-Za-z0-9._-]{1,100}$/;

export interface StoreSecretDialogProps {
  /** Names that are taken. */
  readonly names: readonly string[];
  readonly onClose: () => void;
  readonly onChange: () => Promise<void>;
}

/** Takes a secret and the name under which liveman.toml will use it. */
export function StoreSecretDialog({ names, onClose, onChange }: StoreSecretDialogProps) {
  const formId = useId();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const { isBusy, problem, run } = useAction(async () => {
    await api.call('setSecret', { params: { name }, body: { value }, timeoutMs: 60_000 });
    showToast({ tone: 'ok', text: `Stored. Write "keychain:${name}" into liveman.toml.` });
    onClose();
    await onChange();
  });
  const isNameWrong = name !== '' && !NAME.test(name);
  return (
    <Dialog
      title="Store a secret"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            tone="primary"
            type="submit"
            form={formId}
            disabled={isBusy || !NAME.test(name) || value === ''}
          >
            {names.includes(name) ? 'Replace' : 'Store'}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
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
        {problem && <Callout tone="bad">{problem}</Callout>}
      </form>
    </Dialog>
  );
}

import { useState } from 'react';
import type { Account, AccountRole } from '../../../src-shared/model/account.ts';
import { api } from '../../api/client.ts';
import { Callout } from '../../components/callout.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import styles from './access-list.module.css';
import { parsePatterns, ROLE_OPTIONS } from './access-words.ts';

export interface AccountDialogProps {
  /** null for a new one. */
  readonly account: Account | null;
  /** Nobody has to log in yet: it becomes an administrator. */
  readonly isFirst: boolean;
  readonly onClose: () => void;
  readonly onDone: (text: string) => void;
}

/** A new account, or the rights of one. */
export function AccountDialog({ account, isFirst, onClose, onDone }: AccountDialogProps) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<AccountRole>(account?.role ?? (isFirst ? 'admin' : 'viewer'));
  const [patterns, setPatterns] = useState(account?.streams?.join(', ') ?? '');
  const [isDisabled, setIsDisabled] = useState(account?.isDisabled ?? false);
  const run = async () => {
    const rights = { role, streams: parsePatterns(patterns), isDisabled };
    if (account) {
      await api.call('changeAccount', { params: { name: account.name }, body: rights });
      onDone(`Changed ${account.name}.`);
    } else {
      await api.call('addAccount', { body: { name: name.trim(), password, ...rights } });
      onDone(`Added ${name.trim()}.`);
    }
    onClose();
  };
  return (
    <FormDialog
      title={account ? `Rights of ${account.name}` : 'Add an account'}
      action={account ? 'Save' : 'Add account'}
      isReady={account !== null || (name.trim() !== '' && password.length >= 8)}
      run={run}
      onClose={onClose}
    >
      {isFirst && (
        <Callout>
          From the first account on everybody has to log in, also in this window. It is an administrator; keep
          its password well.
        </Callout>
      )}
      {!account && (
        <div className={styles.pair}>
          <TextField label="User name" isLabelShown data-autofocus value={name} onChange={setName} />
          <TextField
            label="Password, 8 characters or more"
            isLabelShown
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={setPassword}
          />
        </div>
      )}
      <SelectField label="Role" value={role} options={ROLE_OPTIONS} onChange={setRole} isDisabled={isFirst} />
      <TextField
        label="Only these streams"
        isLabelShown
        placeholder="all streams; or hall-*, gate"
        disabled={isFirst}
        value={patterns}
        onChange={setPatterns}
      />
      {account && (
        <Checkbox
          label="Disabled"
          hint="Cannot log in, and is logged out everywhere at once."
          isChecked={isDisabled}
          onChange={setIsDisabled}
        />
      )}
    </FormDialog>
  );
}

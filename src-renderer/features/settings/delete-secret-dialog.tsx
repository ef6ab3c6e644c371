import { api } from '../../api/client.ts';
import { Callout } from '../../components/callout.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { showToast } from '../../stores/toast-store.ts';

export interface DeleteSecretDialogProps {
  readonly name: string;
  /** Keys of liveman.toml that name it. */
  readonly usedBy: readonly string[];
  readonly onClose: () => void;
  readonly onChange: () => Promise<void>;
}

/** Asks before a stored secret is deleted, and says what cannot be used without it. */
export function DeleteSecretDialog({ name, usedBy, onClose, onChange }: DeleteSecretDialogProps) {
  const remove = async () => {
    await api.call('deleteSecret', { params: { name }, timeoutMs: 30_000 });
    showToast({ text: `Deleted the secret ${name}.` });
    void onChange();
  };
  return (
    <ConfirmDialog
      title={`Delete the secret ${name}?`}
      action={`Delete ${name}`}
      keep="Keep it"
      run={remove}
      onClose={onClose}
    >
      <p>It cannot be brought back. {usedBy.length === 0 ? 'Nothing in liveman.toml uses it.' : null}</p>
      {usedBy.length > 0 && (
        <Callout>
          liveman.toml uses it for <strong>{usedBy.join(', ')}</strong>. That goes without it after some
          seconds; <code>auth</code>, the database and the proxy keep it until the next start, which fails
          without it.
        </Callout>
      )}
    </ConfirmDialog>
  );
}

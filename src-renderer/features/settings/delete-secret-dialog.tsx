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
          liveman.toml uses it for <strong>{usedBy.join(', ')}</strong>. From the next start on that cannot be
          used; without a secret of <code>auth</code> or the database Liveman does not start.
        </Callout>
      )}
    </ConfirmDialog>
  );
}

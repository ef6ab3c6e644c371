import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { showToast } from '../../stores/toast-store.ts';
import { useAction } from './use-action.ts';

export interface DeleteSecretDialogProps {
  readonly name: string;
  /** Keys of liveman.toml that name it. */
  readonly usedBy: readonly string[];
  readonly onClose: () => void;
  readonly onChange: () => Promise<void>;
}

/** Asks before a stored secret is deleted, and says what cannot be used without it. */
export function DeleteSecretDialog({ name, usedBy, onClose, onChange }: DeleteSecretDialogProps) {
  const { isBusy, problem, run } = useAction(async () => {
    await api.call('deleteSecret', { params: { name }, timeoutMs: 30_000 });
    showToast({ text: `Deleted the secret ${name}.` });
    onClose();
    await onChange();
  });
  return (
    <Dialog
      title={`Delete the secret ${name}?`}
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            Keep it
          </Button>
          <Button tone="danger" disabled={isBusy} onClick={run}>
            Delete {name}
          </Button>
        </>
      }
    >
      <p>It cannot be brought back. {usedBy.length === 0 ? 'Nothing in liveman.toml uses it.' : null}</p>
      {usedBy.length > 0 && (
        <Callout>
          liveman.toml uses it for <strong>{usedBy.join(', ')}</strong>. From the next start on that cannot be
          used; without a secret of <code>auth</code> or the database Liveman does not start.
        </Callout>
      )}
      {problem && <Callout tone="bad">{problem}</Callout>}
    </Dialog>
  );
}

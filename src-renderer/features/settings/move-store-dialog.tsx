import type { SecretState } from '../../../src-shared/model/secret-state.ts';
import { api } from '../../api/client.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { showToast } from '../../stores/toast-store.ts';

export interface MoveStoreDialogProps {
  readonly state: SecretState;
  readonly onClose: () => void;
  readonly onChange: () => Promise<void>;
}

/** Asks before all secrets are moved to the other place. */
export function MoveStoreDialog({ state, onClose, onChange }: MoveStoreDialogProps) {
  const { kind } = state.store;
  const place = kind === 'keychain' ? 'file' : 'keychain';
  const words = place === 'keychain' ? 'keychain' : 'sealed file';
  const move = async () => {
    await api.call('moveSecretStore', { body: { place }, timeoutMs: 60_000 });
    showToast({ tone: 'ok', text: `All secrets are in the ${words} now.` });
    onClose();
    await onChange();
  };
  return (
    <FormDialog
      title={`Move all secrets to the ${words}?`}
      action="Move them"
      keep="Leave them"
      isReady
      run={move}
      onClose={onClose}
    >
      <p>
        Each is copied, read back, and then taken out of{' '}
        {kind === 'keychain' ? 'the keychain' : state.store.name}. When one cannot be copied, all stay where
        they are.
      </p>
      <p>
        {place === 'keychain'
          ? 'From then on they can be read only while the keychain of this computer is unlocked.'
          : 'Whoever has both the file and its key can open it: keep copies of the data folder safe, or set LIVEMAN_SECRET_KEY.'}
      </p>
    </FormDialog>
  );
}

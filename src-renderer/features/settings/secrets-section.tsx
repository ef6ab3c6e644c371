import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { SecretState } from '../../../src-shared/model/secret-state.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { FactList } from '../../components/fact-list.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { ExtractSecretsDialog } from './extract-secrets-dialog.tsx';
import { MoveStoreDialog } from './move-store-dialog.tsx';
import { SecretList } from './secret-list.tsx';
import styles from './secrets-section.module.css';
import { SettingsRow } from './settings-row.tsx';
import { SettingsSection } from './settings-section.tsx';
import { StoreSecretDialog } from './store-secret-dialog.tsx';
import { useSecretState } from './use-secret-state.ts';

/** Where tokens and passwords are kept, which there are, and moving them out of liveman.toml. */
export function SecretsSection() {
  const { isForbidden, problem, reload, state } = useSecretState();
  if (isForbidden) return null;
  return (
    <SettingsSection
      id="secrets"
      title="Secrets"
      place={
        <>
          <code>[secrets] store</code> in liveman.toml, or chosen here
        </>
      }
    >
      <div className={styles.stack}>
        {problem && (
          <Callout tone="bad" onRetry={() => void reload()}>
            {problem}
          </Callout>
        )}
        {state === null && !problem && <Skeleton width={260} />}
        {state && <Secrets state={state} onChange={reload} />}
      </div>
    </SettingsSection>
  );
}

type OpenDialog = 'none' | 'move' | 'extract' | 'store';

function Secrets({
  state,
  onChange,
}: {
  readonly state: SecretState;
  readonly onChange: () => Promise<void>;
}) {
  const [dialog, setDialog] = useState<OpenDialog>('none');
  const close = () => setDialog('none');
  const { file, store } = state;
  const other = store.kind === 'keychain' ? 'file' : 'keychain';
  const canMove = !store.isConfigured && (other === 'file' || store.noKeychain === null);
  return (
    <>
      {store.problem && (
        <Callout tone="bad">
          <strong>
            {store.kind === 'keychain' ? 'Keychain locked or missing.' : 'Secrets cannot be opened.'}
          </strong>{' '}
          {store.problem} Nothing is lost meanwhile.
        </Callout>
      )}
      <FactList
        facts={[
          { name: 'Kept in', value: placeText(store) },
          { name: 'Stored', value: storedText(state) },
          ...(store.noKeychain ? [{ name: 'Keychain', value: store.noKeychain }] : []),
        ]}
      />
      {canMove && (
        <SettingsRow
          text={
            other === 'keychain'
              ? 'The keychain of this computer is locked when nobody is logged in; a sealed file is not.'
              : 'On a computer that nobody logs in to, a sealed file can be opened without a keychain.'
          }
        >
          <Button disabled={store.problem !== null} onClick={() => setDialog('move')}>
            Move to the {other === 'keychain' ? 'keychain' : 'sealed file'}
          </Button>
        </SettingsRow>
      )}
      {file?.problem && <Callout tone="bad">{file.problem}</Callout>}
      {file && file.plain.length > 0 && (
        <Callout>
          <div className={styles.plain}>
            <span>
              <strong>{formatCounted(file.plain.length, 'secret')} in plain text</strong> in {file.path}. Who
              reads the file, or a copy of it, knows them.
            </span>
            <Button onClick={() => setDialog('extract')}>Move out of the file</Button>
          </div>
        </Callout>
      )}
      <SecretList state={state} onChange={onChange} />
      <div>
        <Button
          icon={<Plus size={16} strokeWidth={1.75} aria-hidden />}
          disabled={store.problem !== null}
          onClick={() => setDialog('store')}
        >
          Store a secret
        </Button>
      </div>
      {dialog === 'move' && <MoveStoreDialog state={state} onClose={close} onChange={onChange} />}
      {dialog === 'extract' && file && (
        <ExtractSecretsDialog file={file} storeName={store.name} onClose={close} onChange={onChange} />
      )}
      {dialog === 'store' && <StoreSecretDialog names={state.stored} onClose={close} onChange={onChange} />}
    </>
  );
}

function placeText({ fileKey, isConfigured, kind, name }: SecretState['store']): string {
  const by = isConfigured ? ', as liveman.toml says' : '';
  if (kind === 'keychain') return `the keychain of this computer${by}`;
  const key = fileKey === 'phrase' ? 'LIVEMAN_SECRET_KEY' : 'the key file beside it';
  return `${name}${by}; opened with ${key}`;
}

function storedText({ stored, tokenCount }: SecretState): string {
  const tokens = tokenCount === 0 ? [] : [`${formatCounted(tokenCount, 'token')} of nodes added here`];
  const named = stored.length === 0 ? [] : [`${formatCounted(stored.length, 'secret')} for liveman.toml`];
  return [...tokens, ...named].join(', ') || 'nothing yet';
}

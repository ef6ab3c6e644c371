import { useState } from 'react';
import type { SecretState } from '../../../src-shared/model/secret-state.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { showToast } from '../../stores/toast-store.ts';
import styles from './secrets-section.module.css';

export interface ExtractSecretsDialogProps {
  readonly file: NonNullable<SecretState['file']>;
  readonly storeName: string;
  readonly onClose: () => void;
  readonly onChange: () => Promise<void>;
}

/** Offers to move plain secrets out of liveman.toml, or says how to do it by hand. */
export function ExtractSecretsDialog({ file, storeName, onClose, onChange }: ExtractSecretsDialogProps) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const chosen = file.plain.filter(({ path }) => !left.has(path));
  const move = async () => {
    const { moved } = await api.call('extractSecrets', {
      body: { paths: chosen.map(({ path }) => path) },
      timeoutMs: 60_000,
    });
    showToast({ tone: 'ok', text: `Moved ${formatCounted(moved.length, 'secret')} out of the file.` });
    onClose();
    await onChange();
  };
  const choose = (path: string, isChosen: boolean) => {
    const next = new Set(left);
    if (isChosen) next.delete(path);
    else next.add(path);
    setLeft(next);
  };
  if (file.whyReadOnly) return <ByHandDialog file={file} onClose={onClose} />;
  return (
    <FormDialog
      title="Move secrets out of liveman.toml"
      action={`Move ${formatCounted(chosen.length, 'secret')}`}
      keep="Leave them"
      isReady={chosen.length > 0}
      run={move}
      onClose={onClose}
      widthPx={600}
    >
      <p>
        They go into {storeName}, and their names in their places; the rest of {file.path} stays as it is.
        Nothing has to be started again. Copies of the file that were made before still hold them.
      </p>
      <ul className={styles.choices}>
        {file.plain.map(({ line, name, path }) => (
          <li key={path} className={styles.choice}>
            <Checkbox
              label={path}
              isChecked={!left.has(path)}
              onChange={(isChosen) => choose(path, isChosen)}
              hint={`line ${line}, becomes "keychain:${name}"`}
            />
          </li>
        ))}
      </ul>
    </FormDialog>
  );
}

function ByHandDialog({ file, onClose }: Pick<ExtractSecretsDialogProps, 'file' | 'onClose'>) {
  const lines = file.plain.map(
    ({ line, name, path }) =>
      `# line ${line}, ${path}\nliveman secret set ${name}     # then write "keychain:${name}"`,
  );
  return (
    <Dialog
      title="Move secrets out of liveman.toml"
      widthPx={600}
      onClose={onClose}
      footer={
        <Button data-autofocus onClick={onClose}>
          Close
        </Button>
      }
    >
      <p>{file.whyReadOnly}</p>
      <CodeBlock label="What to do by hand" text={lines.join('\n')} />
    </Dialog>
  );
}

import { useRef, useState } from 'react';
import { MIN_PASSPHRASE_CHARS, type Profile } from '../../../src-shared/model/profile.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import {
  createProfile,
  deleteProfile,
  exportProfile,
  importProfile,
  renameProfile,
} from './profile-actions.ts';
import styles from './profiles-section.module.css';

interface DialogProps {
  readonly onClose: () => void;
}

interface ProfileDialogProps extends DialogProps {
  readonly profile: Profile;
}

export function CreateDialog({ copyOf, onClose }: DialogProps & { readonly copyOf: Profile | null }) {
  const [name, setName] = useState(copyOf ? `${copyOf.name} copy` : '');
  return (
    <FormDialog
      title={copyOf ? `Duplicate ${copyOf.name}` : 'New profile'}
      action={copyOf ? 'Duplicate' : 'Create'}
      isReady={name.trim() !== ''}
      run={() => createProfile(name, copyOf?.id ?? null).then(onClose)}
      onClose={onClose}
    >
      <TextField label="Name" isLabelShown value={name} onChange={setName} maxLength={60} data-autofocus />
      <p>
        {copyOf
          ? 'It gets the same settings and stored secrets. With a database.url of its own it is the same database, too; else an empty built-in one.'
          : 'It begins with an empty built-in database and without nodes. Switch to it and add them.'}
      </p>
    </FormDialog>
  );
}

export function RenameDialog({ profile, onClose }: ProfileDialogProps) {
  const [name, setName] = useState(profile.name);
  return (
    <FormDialog
      title={`Rename ${profile.name}`}
      action="Rename"
      isReady={name.trim() !== '' && name !== profile.name}
      run={() => renameProfile(profile.id, name).then(onClose)}
      onClose={onClose}
    >
      <TextField label="Name" isLabelShown value={name} onChange={setName} maxLength={60} data-autofocus />
    </FormDialog>
  );
}

export function ExportDialog({ profile, onClose }: ProfileDialogProps) {
  const [passphrase, setPassphrase] = useState('');
  const isTooShort = passphrase !== '' && passphrase.length < MIN_PASSPHRASE_CHARS;
  return (
    <FormDialog
      title={`Export ${profile.name}`}
      action="Export"
      isReady={!isTooShort}
      run={() => exportProfile(profile.id, passphrase).then(onClose)}
      onClose={onClose}
    >
      <TextField
        label="Pass phrase for the secrets"
        isLabelShown
        type="password"
        autoComplete="new-password"
        value={passphrase}
        onChange={setPassphrase}
        data-autofocus
      />
      <p>
        {isTooShort
          ? `At least ${MIN_PASSPHRASE_CHARS} characters.`
          : passphrase === ''
            ? 'Without one the file holds the settings and those of this window, but no token, password or key.'
            : 'Tokens, passwords and keys go into the file, encrypted. Without the pass phrase nobody gets them out.'}
      </p>
    </FormDialog>
  );
}

export function ImportDialog({ onClose }: DialogProps) {
  const input = useRef<HTMLInputElement>(null);
  const [fileName, setFileName] = useState('');
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [takesWindow, setTakesWindow] = useState(false);
  const isSealed = /"sealed"\s*:\s*\{/.test(text);
  return (
    <FormDialog
      title="Import a profile"
      action="Import"
      isReady={text !== ''}
      run={() => importProfile(text, { name, passphrase, takesWindow }).then(onClose)}
      onClose={onClose}
    >
      <div className={styles.file}>
        <Button onClick={() => input.current?.click()} data-autofocus>
          Choose file
        </Button>
        <span className={styles.quiet}>{fileName || 'an exported profile, .liveman-profile.json'}</span>
        <input
          ref={input}
          type="file"
          accept=".json,application/json"
          aria-label="Exported profile"
          hidden
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (!file) return;
            setFileName(file.name);
            void file.text().then(setText);
          }}
        />
      </div>
      <TextField
        label="Name, if it is to have another one"
        isLabelShown
        value={name}
        onChange={setName}
        maxLength={60}
      />
      {isSealed && (
        <TextField
          label="Pass phrase; without it the secrets are left out"
          isLabelShown
          type="password"
          autoComplete="off"
          value={passphrase}
          onChange={setPassphrase}
        />
      )}
      <Checkbox
        label="Take over theme, columns and panels of its window"
        isChecked={takesWindow}
        onChange={setTakesWindow}
      />
    </FormDialog>
  );
}

export function DeleteDialog({ profile, onClose }: ProfileDialogProps) {
  const isBuiltIn = profile.database === 'built-in';
  return (
    <ConfirmDialog
      title={`Delete ${profile.name}?`}
      action="Delete profile"
      keep="Keep it"
      run={() => deleteProfile(profile.id)}
      onClose={onClose}
    >
      <p>
        {isBuiltIn
          ? 'Its settings, its stored secrets, and its built-in database with the index, alerts and bookmarks are deleted for good, and what was recorded or exported into its own folder.'
          : `Its settings, its stored secrets and its own folder are deleted for good. The database ${profile.database} is not touched.`}
      </p>
    </ConfirmDialog>
  );
}

import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import styles from './access-list.module.css';

const DURATIONS = [
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '1 week' },
  { value: '2592000', label: '30 days' },
  { value: '31536000', label: '1 year' },
] as const;
type Duration = (typeof DURATIONS)[number]['value'];

export interface TokenDialogProps {
  readonly onClose: () => void;
  /** A token was made and is shown. */
  readonly onMade: () => void;
}

/** Makes a token, and shows it this once. */
export function TokenDialog({ onClose, onMade }: TokenDialogProps) {
  const [label, setLabel] = useState('');
  const [stream, setStream] = useState('');
  const [duration, setDuration] = useState<Duration>('86400');
  const [subscribe, setSubscribe] = useState(true);
  const [publish, setPublish] = useState(false);
  const [admin, setAdmin] = useState(false);
  const [token, setToken] = useState<string | null>(null);
  if (token !== null) return <MadeToken token={token} onClose={onClose} />;
  const run = async () => {
    const reply = await api.call('createToken', {
      body: {
        id: stream.trim(),
        label: label.trim(),
        durationSec: Number(duration),
        subscribe,
        publish,
        admin,
      },
    });
    setToken(reply.token);
    onMade();
  };
  return (
    <FormDialog
      title="Make a token"
      action="Make it"
      isReady={stream.trim() !== '' && (subscribe || publish || admin)}
      run={run}
      onClose={onClose}
    >
      <TextField
        label="What it is for"
        isLabelShown
        data-autofocus
        placeholder="Wall in the lobby"
        value={label}
        onChange={setLabel}
      />
      <div className={styles.pair}>
        <TextField label="Stream, or * for all" isLabelShown value={stream} onChange={setStream} />
        <SelectField label="Good for" value={duration} options={DURATIONS} onChange={setDuration} />
      </div>
      <div className={styles.checks}>
        <Checkbox label="Watch" hint="Live and recorded." isChecked={subscribe} onChange={setSubscribe} />
        <Checkbox label="Publish" hint="Send the stream." isChecked={publish} onChange={setPublish} />
        <Checkbox
          label="Administer"
          hint="Record it and delete it; for * everything, accounts too."
          isChecked={admin}
          onChange={setAdmin}
        />
      </div>
      {stream.trim() === '*' && (
        <Callout>
          Nodes that share auth.secret let a token for * do everything, whatever is ticked here. Rather make
          one for each stream.
        </Callout>
      )}
    </FormDialog>
  );
}

function MadeToken({ token, onClose }: { readonly token: string; readonly onClose: () => void }) {
  return (
    <Dialog
      title="The token"
      onClose={onClose}
      footer={
        <Button data-autofocus tone="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className={styles.stack}>
        <p className={styles.explain}>
          It is shown this once and kept nowhere. Send it as Authorization: Bearer.
        </p>
        <CodeBlock label="Token" text={token} />
      </div>
    </Dialog>
  );
}

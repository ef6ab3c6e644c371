import { useState } from 'react';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { MS_PER_HOUR } from '../../../src-shared/util/units.ts';
import { errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import { showToast } from '../../stores/toast-store.ts';
import { muteAlerts } from './alert-actions.ts';
import { muteWords } from './alert-words.ts';
import styles from './mute-dialog.module.css';

const SPANS = [
  { value: '1', label: '1 hour' },
  { value: '8', label: '8 hours' },
  { value: '24', label: '1 day' },
  { value: '168', label: '1 week' },
  { value: 'open', label: 'Until it is ended here' },
] as const;
type Span = (typeof SPANS)[number]['value'];

type Scope = 'alert' | 'object' | 'kind';

function targetOf({ kind, object }: Alert, scope: Scope) {
  return { kind: scope === 'object' ? null : kind, object: scope === 'kind' ? null : object };
}

/** Keeps an alert, and those like it, quiet for a while. */
export function MuteDialog({ alert, onClose }: { readonly alert: Alert; readonly onClose: () => void }) {
  const [scope, setScope] = useState<Scope>('alert');
  const [span, setSpan] = useState<Span>('8');
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const scopes = (['alert', 'object', 'kind'] as const).map((value) => ({
    value,
    label: muteWords(targetOf(alert, value)),
  }));
  const mute = async () => {
    setIsBusy(true);
    setProblem(null);
    try {
      const endsAtMs = span === 'open' ? null : Date.now() + Number(span) * MS_PER_HOUR;
      await muteAlerts({ ...targetOf(alert, scope), endsAtMs, reason: reason.trim() });
      showToast({ text: `Muted: ${muteWords(targetOf(alert, scope))}.` });
      onClose();
    } catch (error) {
      setProblem(errorMessage(error));
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      title="Mute alerts"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={isBusy} onClick={() => void mute()}>
            Mute
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void mute();
        }}
      >
        <p>
          Muted alerts stay in the list under Muted. They are not counted, and nobody is notified of them: not
          here, not on other computers, not by webhooks.
        </p>
        <SelectField label="What" value={scope} options={scopes} onChange={setScope} />
        <SelectField label="For" value={span} options={SPANS} onChange={setSpan} />
        <TextField
          label="Why (others see it)"
          isLabelShown
          maxLength={500}
          value={reason}
          onChange={setReason}
        />
        {problem && <Callout tone="bad">{problem}</Callout>}
      </form>
    </Dialog>
  );
}

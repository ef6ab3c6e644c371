import { useState } from 'react';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { MS_PER_HOUR } from '../../../src-shared/util/units.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { TextField } from '../../components/text-field.tsx';
import { showToast } from '../../stores/toast-store.ts';
import { muteAlerts } from './alert-actions.ts';
import { muteWords } from './alert-words.ts';

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
  const scopes = (['alert', 'object', 'kind'] as const).map((value) => ({
    value,
    label: muteWords(targetOf(alert, value)),
  }));
  const mute = async () => {
    const endsAtMs = span === 'open' ? null : Date.now() + Number(span) * MS_PER_HOUR;
    await muteAlerts({ ...targetOf(alert, scope), endsAtMs, reason: reason.trim() });
    showToast({ text: `Muted: ${muteWords(targetOf(alert, scope))}.` });
    onClose();
  };
  return (
    <FormDialog title="Mute alerts" action="Mute" isReady run={mute} onClose={onClose}>
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
    </FormDialog>
  );
}

import { useState } from 'react';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { FormDialog } from '../../components/form-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { noteAlert } from './alert-actions.ts';

/** Writes down what was done about an alert. */
export function NoteDialog({ alert, onClose }: { readonly alert: Alert; readonly onClose: () => void }) {
  const [note, setNote] = useState(alert.note);
  const save = async () => {
    await noteAlert(alert, note);
    onClose();
  };
  return (
    <FormDialog title="What was done" action="Save" isReady run={save} onClose={onClose}>
      <p>{alert.text}</p>
      <TextField
        label="What was done about it"
        isLabelShown
        data-autofocus
        maxLength={1000}
        value={note}
        onChange={setNote}
      />
    </FormDialog>
  );
}

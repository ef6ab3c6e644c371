import { useState } from 'react';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import { noteAlert } from './alert-actions.ts';
import styles from './mute-dialog.module.css';

/** Writes down what was done about an alert. */
export function NoteDialog({ alert, onClose }: { readonly alert: Alert; readonly onClose: () => void }) {
  const [note, setNote] = useState(alert.note);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const save = async () => {
    setIsBusy(true);
    setProblem(null);
    try {
      await noteAlert(alert, note);
      onClose();
    } catch (error) {
      setProblem(errorMessage(error));
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      title="What was done"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" disabled={isBusy} onClick={() => void save()}>
            Save
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p>{alert.text}</p>
        <TextField
          label="What was done about it"
          isLabelShown
          data-autofocus
          maxLength={1000}
          value={note}
          onChange={setNote}
        />
        {problem && <Callout tone="bad">{problem}</Callout>}
      </form>
    </Dialog>
  );
}

import type { IntegrityFinding } from '../../../src-shared/model/integrity.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { formatDateTime } from '../../format/times.ts';

export interface ForgetDialogProps {
  readonly finding: IntegrityFinding;
  readonly zone: string;
  readonly onForget: () => void;
  readonly onClose: () => void;
}

/** Asks before a row is given up, and says what that means. */
export function ForgetDialog({ finding, onClose, onForget, zone }: ForgetDialogProps) {
  const { place, startUs, stream } = finding;
  const when = startUs === null ? '' : ` of ${formatDateTime(startUs, zone)}`;
  return (
    <Dialog
      title="Forget this segment?"
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            Keep it
          </Button>
          <Button
            tone="danger"
            onClick={() => {
              onForget();
              onClose();
            }}
          >
            Forget the row
          </Button>
        </>
      }
    >
      <p>
        The row of <strong>{place}</strong> goes, and with it the recorded time of <strong>{stream}</strong>
        {when} on everybody's timeline. Its file is not in storage; should it come back, “Check now” finds it
        and can put it into the index again.
      </p>
    </Dialog>
  );
}

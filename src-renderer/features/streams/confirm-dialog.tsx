import { type ReactNode, useState } from 'react';
import { errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Dialog } from '../../components/dialog.tsx';

export interface ConfirmDialogProps {
  readonly title: string;
  /** Whom it hits. */
  readonly children: ReactNode;
  /** What the button does, in a verb. */
  readonly action: string;
  readonly keep: string;
  /** Rejects with what went wrong; the dialog stays then. */
  readonly run: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before something is ended, and says whom it hits. */
export function ConfirmDialog({ title, children, action, keep, run, onClose }: ConfirmDialogProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const confirm = async () => {
    setIsBusy(true);
    setProblem(null);
    try {
      await run();
      onClose();
    } catch (error) {
      setProblem(errorMessage(error));
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            {keep}
          </Button>
          <Button tone="danger" disabled={isBusy} onClick={() => void confirm()}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      {problem && <Callout tone="bad">{problem}</Callout>}
    </Dialog>
  );
}

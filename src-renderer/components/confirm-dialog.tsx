import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Callout } from './callout.tsx';
import { Dialog } from './dialog.tsx';
import { useSubmit } from './use-submit.ts';

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
  const { isBusy, problem, submit } = useSubmit(() => run().then(onClose));
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            {keep}
          </Button>
          <Button tone="danger" disabled={isBusy} onClick={submit}>
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

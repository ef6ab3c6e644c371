import { type FormEvent, type ReactNode, useId } from 'react';
import { Button } from './button.tsx';
import { Callout } from './callout.tsx';
import { Dialog } from './dialog.tsx';
import styles from './form-dialog.module.css';
import { useSubmit } from './use-submit.ts';

export interface FormDialogProps {
  readonly title: string;
  /** What the button does, in a verb. */
  readonly action: string;
  /** What the button says meanwhile, where it takes long. */
  readonly busyAction?: string;
  /** What the button says that leaves all as it is. */
  readonly keep?: string;
  readonly isReady: boolean;
  /** Closes the dialog, or shows what came of it; rejects with what went wrong, in words. */
  readonly run: () => Promise<void>;
  readonly onClose: () => void;
  readonly widthPx?: number;
  readonly children: ReactNode;
}

/** A form that is sent by its button or by Enter, and says what went wrong. */
export function FormDialog(props: FormDialogProps) {
  const {
    title,
    action,
    busyAction = action,
    keep = 'Cancel',
    isReady,
    run,
    onClose,
    widthPx,
    children,
  } = props;
  const formId = useId();
  const { isBusy, problem, submit } = useSubmit(run);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) submit();
  };
  return (
    <Dialog
      title={title}
      widthPx={widthPx}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{keep}</Button>
          <Button type="submit" form={formId} tone="primary" disabled={!isReady || isBusy}>
            {isBusy ? busyAction : action}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={onSubmit}>
        {children}
        {problem && <Callout tone="bad">{problem}</Callout>}
      </form>
    </Dialog>
  );
}

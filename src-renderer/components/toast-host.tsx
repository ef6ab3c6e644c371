import clsx from 'clsx';
import { X } from 'lucide-react';
import { Toast as Primitive } from 'radix-ui';
import styles from './toast-host.module.css';

export interface ToastEntry {
  readonly id: number;
  readonly text: string;
  readonly tone: 'info' | 'ok' | 'bad';
  readonly action?: { readonly label: string; readonly run: () => void };
}

export interface ToastHostProps {
  readonly toasts: readonly ToastEntry[];
  /** `isActionTaken` is false when it went by itself or was closed. */
  readonly onDismiss: (id: number, isActionTaken: boolean) => void;
}

const SHOWN_MS = 6000;

/** Short messages at the lower right; also read aloud. */
export function ToastHost({ toasts, onDismiss }: ToastHostProps) {
  return (
    <Primitive.Provider duration={SHOWN_MS} swipeDirection="right">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} onDismiss={onDismiss} />
      ))}
      <Primitive.Viewport className={styles.viewport} />
    </Primitive.Provider>
  );
}

function ToastCard({ toast, onDismiss }: { readonly toast: ToastEntry } & Pick<ToastHostProps, 'onDismiss'>) {
  const { action } = toast;
  return (
    <Primitive.Root
      className={clsx(styles.toast, toast.tone === 'bad' && styles.bad)}
      onOpenChange={(isOpen) => {
        if (!isOpen) onDismiss(toast.id, false);
      }}
    >
      <Primitive.Description className={styles.text}>{toast.text}</Primitive.Description>
      {action && (
        <Primitive.Action
          className={styles.action}
          altText={action.label}
          onClick={(event) => {
            // Radix would also report a plain close.
            event.preventDefault();
            action.run();
            onDismiss(toast.id, true);
          }}
        >
          {action.label}
        </Primitive.Action>
      )}
      <Primitive.Close className={styles.close} aria-label="Close">
        <X size={14} strokeWidth={1.75} aria-hidden />
      </Primitive.Close>
    </Primitive.Root>
  );
}

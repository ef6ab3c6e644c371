import { X } from 'lucide-react';
import { type ReactNode, useId, useRef } from 'react';
import styles from './dialog.module.css';
import { IconButton } from './icon-button.tsx';
import { useModal } from './use-modal.ts';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Buttons at the foot; the safe one of a destructive dialog has `data-autofocus`. */
  readonly footer?: ReactNode;
  readonly widthPx?: number | undefined;
}

/**
 * A modal dialog: shown while it is rendered, closed by Esc and by a press beside it.
 *
 * The browser's own dialog is used: it keeps the focus inside and gives it back, and needs no style element,
 * which the page's policy would refuse.
 */
export function Dialog({ title, onClose, children, footer, widthPx = 480 }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useModal(ref);
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      style={{ width: widthPx }}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // Keys pressed here are not meant for the view behind it.
      onKeyDown={(event) => event.stopPropagation()}
      onPointerDown={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className={styles.content}>
        <header className={styles.header}>
          <h2 id={titleId} className={styles.title}>
            {title}
          </h2>
          <IconButton label="Close" hasTooltip={false} onClick={onClose}>
            <X size={16} strokeWidth={1.75} aria-hidden />
          </IconButton>
        </header>
        <div className={styles.body}>{children}</div>
        {footer && <footer className={styles.footer}>{footer}</footer>}
      </div>
    </dialog>
  );
}

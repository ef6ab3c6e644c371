import { X } from 'lucide-react';
import { IconButton } from './icon-button.tsx';

export interface CloseButtonProps {
  /** What is closed. */
  readonly label: string;
  readonly onClick: () => void;
}

/** The cross of a panel beside a table, which has the focus afterwards: the button goes with its panel. */
export function CloseButton({ label, onClick }: CloseButtonProps) {
  const close = () => {
    onClick();
    document.querySelector<HTMLElement>('main [role="grid"]')?.focus({ preventScroll: true });
  };
  return (
    <IconButton label={label} hasTooltip={false} onClick={close}>
      <X size={16} strokeWidth={1.75} aria-hidden />
    </IconButton>
  );
}

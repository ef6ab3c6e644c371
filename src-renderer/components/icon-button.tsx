import clsx from 'clsx';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import styles from './icon-button.module.css';
import { Tooltip } from './tooltip.tsx';

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does; its accessible name and its tooltip. */
  readonly label: string;
  readonly children: ReactNode;
  /** Key that does the same, shown in the tooltip. */
  readonly shortcut?: string;
  readonly hasTooltip?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A square button with an icon only. */
export function IconButton({
  label,
  children,
  shortcut,
  hasTooltip = true,
  className,
  ...rest
}: IconButtonProps) {
  const button = (
    <button type="button" aria-label={label} {...rest} className={clsx(styles.button, className)}>
      {children}
    </button>
  );
  return hasTooltip ? (
    <Tooltip text={label} shortcut={shortcut}>
      {button}
    </Tooltip>
  ) : (
    button
  );
}

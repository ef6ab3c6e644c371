import clsx from 'clsx';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import styles from './button.module.css';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly children: ReactNode;
  /** `plain`: no border; `danger`: destroys something. */
  readonly tone?: 'normal' | 'primary' | 'plain' | 'danger';
  /** A lucide icon before the words. */
  readonly icon?: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button with words. */
export function Button({ children, tone = 'normal', icon, className, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={clsx(styles.button, styles[tone], className)}>
      {icon}
      {children}
    </button>
  );
}

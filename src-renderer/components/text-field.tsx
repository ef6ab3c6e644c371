import clsx from 'clsx';
import { Search } from 'lucide-react';
import type { InputHTMLAttributes, ReactNode, Ref } from 'react';
import styles from './text-field.module.css';

export interface TextFieldProps
  extends Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'size'> {
  /** Accessible name; shown above the field with `isLabelShown`. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isLabelShown?: boolean;
  readonly icon?: ReactNode;
  readonly ref?: Ref<HTMLInputElement>;
}

/** One line of text. */
export function TextField({
  label,
  value,
  onChange,
  isLabelShown = false,
  icon,
  className,
  ...rest
}: TextFieldProps) {
  return (
    <label className={clsx(styles.field, className)}>
      <span className={isLabelShown ? styles.label : 'visually-hidden'}>{label}</span>
      <span className={styles.box}>
        {icon}
        <input
          type="text"
          autoComplete="off"
          spellCheck={false}
          {...rest}
          className={styles.input}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </span>
    </label>
  );
}

/** A field that narrows a list as one types; Esc empties it. */
export function FilterField(props: Omit<TextFieldProps, 'icon' | 'type'>) {
  return (
    <TextField
      {...props}
      type="search"
      icon={<Search size={16} strokeWidth={1.75} aria-hidden />}
      placeholder={props.placeholder ?? props.label}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && props.value !== '') {
          event.stopPropagation();
          props.onChange('');
        }
      }}
    />
  );
}

import { Check } from 'lucide-react';
import { Checkbox as Primitive } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import styles from './checkbox.module.css';

export interface CheckboxProps {
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  /** Accessible name; shown beside the box unless `isLabelHidden`. */
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly isDisabled?: boolean;
  readonly hint?: ReactNode;
}

/** A box to tick. */
export function Checkbox({ isChecked, onChange, label, isLabelHidden, isDisabled, hint }: CheckboxProps) {
  const id = useId();
  const box = (
    <Primitive.Root
      id={id}
      className={styles.box}
      checked={isChecked}
      disabled={isDisabled}
      aria-label={isLabelHidden ? label : undefined}
      onCheckedChange={(checked) => onChange(checked === true)}
    >
      <Primitive.Indicator>
        <Check size={12} strokeWidth={3} aria-hidden />
      </Primitive.Indicator>
    </Primitive.Root>
  );
  if (isLabelHidden) return box;
  return (
    <label className={styles.label} htmlFor={id}>
      {box}
      <span>
        {label}
        {hint && <span className={styles.hint}>{hint}</span>}
      </span>
    </label>
  );
}

import { ChevronDown } from 'lucide-react';
import styles from './inline-select.module.css';

export interface InlineSelectProps<T extends string> {
  /** What is chosen here, for those who do not see it. */
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  /** What it is at first, thus nothing that narrows a list; the first option without it. */
  readonly neutral?: NoInfer<T>;
  readonly onChange: (value: T) => void;
}

/** A choice of one among any number, in a row of controls: its first option says what it is about. */
export function InlineSelect<T extends string>(props: InlineSelectProps<T>) {
  const { label, value, options, neutral = options[0]?.value, onChange } = props;
  return (
    <span className={styles.box}>
      <select
        aria-label={label}
        className={styles.select}
        data-chosen={value !== neutral || undefined}
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown className={styles.arrow} size={14} strokeWidth={1.75} aria-hidden />
    </span>
  );
}

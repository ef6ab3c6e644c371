import styles from './inline-select.module.css';

export interface InlineSelectProps<T extends string> {
  /** What is chosen here, for those who do not see it. */
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
}

/** A choice of one among any number, in a row of controls: its first option says what it is about. */
export function InlineSelect<T extends string>({ label, value, options, onChange }: InlineSelectProps<T>) {
  return (
    <select
      aria-label={label}
      className={styles.select}
      data-chosen={value !== options[0]?.value || undefined}
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

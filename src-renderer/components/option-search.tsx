import { Search } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import styles from './option-search.module.css';

export interface SearchOption {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly icon?: ReactNode;
  /** Options of one group follow each other; its name stands above the first. */
  readonly group?: string;
}

export interface OptionSearchProps<T extends SearchOption> {
  readonly label: string;
  readonly placeholder: string;
  readonly query: string;
  readonly onQueryChange: (query: string) => void;
  /** What fits the query, best first. */
  readonly options: readonly T[];
  readonly onChoose: (option: T) => void;
  /** Shown when nothing fits. */
  readonly emptyText: string;
  readonly selectedId?: string;
}

/** A field and, below it, a list of what fits: arrows move, Enter takes. */
export function OptionSearch<T extends SearchOption>(props: OptionSearchProps<T>) {
  const { label, placeholder, query, onQueryChange, options, onChoose, emptyText, selectedId } = props;
  const listId = useId();
  const [active, setActive] = useState(0);
  const listRef = useRef<HTMLDivElement>(null);
  const activeIndex = Math.min(active, options.length - 1);

  useEffect(() => {
    listRef.current?.querySelector(`[data-index="${activeIndex}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [activeIndex]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setActive(Math.max(0, Math.min(options.length - 1, activeIndex + step)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const option = options[activeIndex];
      if (option) onChoose(option);
    }
  };

  return (
    <div className={styles.search}>
      <div className={styles.field}>
        <Search size={16} strokeWidth={1.75} aria-hidden />
        <input
          // A search that was just opened is where one types.
          ref={(input) => input?.focus()}
          role="combobox"
          aria-label={label}
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={options.length > 0 ? `${listId}-${activeIndex}` : undefined}
          autoComplete="off"
          spellCheck={false}
          className={styles.input}
          placeholder={placeholder}
          value={query}
          onChange={(event) => {
            setActive(0);
            onQueryChange(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={listId} ref={listRef} role="listbox" aria-label={label} className={styles.list}>
        {options.map((option, index) => (
          <OptionRow
            key={option.id}
            id={`${listId}-${index}`}
            index={index}
            option={option}
            hasHeading={option.group !== undefined && option.group !== options[index - 1]?.group}
            isActive={index === activeIndex}
            isSelected={option.id === selectedId}
            onChoose={() => onChoose(option)}
            onHover={() => setActive(index)}
          />
        ))}
        {options.length === 0 && <p className={styles.empty}>{emptyText}</p>}
      </div>
      <output className="visually-hidden">{`${options.length} found`}</output>
    </div>
  );
}

interface OptionRowProps {
  readonly id: string;
  readonly index: number;
  readonly option: SearchOption;
  readonly hasHeading: boolean;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly onChoose: () => void;
  readonly onHover: () => void;
}

function OptionRow(props: OptionRowProps) {
  const { id, index, option, hasHeading, isActive, isSelected, onChoose, onHover } = props;
  return (
    <>
      {hasHeading && (
        <div role="presentation" className={styles.heading}>
          {option.group}
        </div>
      )}
      {/* The keyboard is handled by the field, which keeps the focus. */}
      <div
        id={id}
        role="option"
        tabIndex={-1}
        data-index={index}
        data-active={isActive || undefined}
        aria-selected={isActive}
        aria-current={isSelected || undefined}
        className={styles.option}
        onMouseDown={(event) => event.preventDefault()}
        onClick={onChoose}
        onKeyDown={(event) => event.key === 'Enter' && onChoose()}
        onPointerMove={onHover}
      >
        {option.icon}
        <span className={styles.label}>{option.label}</span>
        {option.hint && <span className={styles.hint}>{option.hint}</span>}
      </div>
    </>
  );
}

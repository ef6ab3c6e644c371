import type { ReactNode } from 'react';
import { Checkbox } from './checkbox.tsx';
import styles from './pick-list.module.css';
import { Skeleton } from './skeleton.tsx';
import { FilterField } from './text-field.tsx';

export interface PickListProps {
  readonly label: string;
  readonly filterLabel: string;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly children: ReactNode;
}

/** A panel at the side: a filter above, and rows to pick from that scroll. */
export function PickList({ label, filterLabel, filter, onFilter, children }: PickListProps) {
  return (
    <section className={styles.panel} aria-label={label}>
      <div className={styles.filter}>
        <FilterField label={filterLabel} value={filter} onChange={onFilter} />
      </div>
      <div className={styles.scroll}>{children}</div>
    </section>
  );
}

export interface PickRowProps {
  readonly name: string;
  readonly hint: string;
  /** What the box does. */
  readonly boxLabel: string;
  readonly isChosen: boolean;
  readonly isActive: boolean;
  /** Nothing comes of it now. */
  readonly isOff?: boolean;
  readonly onChoose: (isChosen: boolean) => void;
  readonly onActivate: () => void;
  /** Right of the name. */
  readonly children: ReactNode;
}

/** A box that takes it in or out, and a row that makes it the one that is looked at. */
export function PickRow(props: PickRowProps) {
  const { name, hint, boxLabel, isChosen, isActive, isOff, onChoose, onActivate, children } = props;
  return (
    <li className={styles.row} data-active={isActive || undefined} data-off={isOff || undefined}>
      <Checkbox isChecked={isChosen} label={boxLabel} isLabelHidden onChange={onChoose} />
      <button type="button" className={styles.pick} aria-current={isActive || undefined} onClick={onActivate}>
        <span className={styles.texts}>
          <span className={styles.name}>{name}</span>
          <span className={styles.hint}>{hint}</span>
        </span>
        {children}
      </button>
    </li>
  );
}

/** What the list says instead of rows, or below them. */
export function PickNote({ children }: { readonly children: ReactNode }) {
  return <p className={styles.note}>{children}</p>;
}

const SKELETON_WIDTHS_PX = [92, 74, 110, 64, 84, 102];

/** Rows that are still read. */
export function PickSkeleton({ label }: { readonly label: string }) {
  return (
    <div role="status" aria-label={label}>
      {SKELETON_WIDTHS_PX.map((widthPx) => (
        <div key={widthPx} className={styles.row}>
          <Skeleton width={16} height={16} />
          <span className={styles.texts}>
            <Skeleton width={widthPx} height={11} />
          </span>
        </div>
      ))}
    </div>
  );
}

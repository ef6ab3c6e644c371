import { memo, useLayoutEffect, useRef } from 'react';
import styles from './data-table.module.css';
import type { Column } from './data-table.tsx';

interface DataTableRowProps<T> {
  readonly id: string;
  readonly row: T;
  readonly rowKey: string;
  readonly columns: readonly Column<T>[];
  readonly template: string;
  readonly rowIndex: number;
  readonly isSelected: boolean;
  readonly onSelect: (key: string) => void;
}

function Row<T>(props: DataTableRowProps<T>) {
  const { id, row, rowKey, columns, template, rowIndex, isSelected, onSelect } = props;
  const element = useRef<HTMLTableRowElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: this happens when another row is drawn here.
  useLayoutEffect(() => {
    const own = element.current;
    return () => {
      // What had the focus has been scrolled away; the next Enter must not act on another row.
      if (own?.contains(document.activeElement)) own.closest('table')?.focus({ preventScroll: true });
    };
  }, [rowKey]);
  return (
    // The keyboard is handled by the table, which keeps the focus.
    <tr
      ref={element}
      id={id}
      aria-rowindex={rowIndex}
      aria-selected={isSelected}
      className={styles.row}
      style={{ gridTemplateColumns: template }}
      onPointerDown={() => onSelect(rowKey)}
    >
      {columns.map((column) => (
        <td key={column.id} data-number={column.isNumber || undefined} className={styles.cell}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** Drawn anew only when its row, place or selection changes. */
export const DataTableRow = memo(Row) as typeof Row;

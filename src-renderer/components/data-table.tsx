import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef } from 'react';
import styles from './data-table.module.css';
import { DataTableRow } from './data-table-row.tsx';
import { type DrawnRows, recycleRows } from './recycle-rows.ts';

/** A column of a DataTable. */
export interface Column<T> {
  readonly id: string;
  readonly title: string;
  /** Its least width; the table scrolls sideways where all of them do not fit. */
  readonly minPx: number;
  /** Its share of the width that is left over; none without it. */
  readonly grow?: number;
  readonly isNumber?: boolean;
  /** The head shows no words: the column belongs to the one before it. */
  readonly isTitleHidden?: boolean;
  readonly cell: (row: T) => ReactNode;
  /** Sorting by it is offered when given. */
  readonly compare?: (a: T, b: T) => number;
}

export interface DataTableProps<T> {
  readonly label: string;
  /** Sorted and filtered already. */
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly selectedKey: string | null;
  readonly onSelect: (key: string) => void;
  readonly sort: { readonly column: string; readonly isDescending: boolean };
  readonly onSort: (column: string) => void;
  /** Instead of rows when there are none. */
  readonly empty: ReactNode;
  /** The last rows came into sight: where rows come page by page, the next one is wanted. */
  readonly onNearEnd?: () => void;
}

const ROW_PX = 36;
const HEAD_PX = 33;
const SIDE_PADDING_PX = 12;
/** Above and below what is in sight. */
const OVERSCAN_ROWS = 4;
const NOTHING_DRAWN: DrawnRows = new Map();

/** A table of any length: only visible rows are drawn; arrows, Page, Home and End move the selection. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, rows, columns, keyOf, selectedKey, onSelect, sort, onSort, empty, onNearEnd } = props;
  const scrollRef = useRef<HTMLDivElement>(null);
  const tableId = useId();
  // The virtualizer measures all rows anew when this changes, which must not happen while scrolling.
  const getItemKey = useCallback(
    (index: number) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    [rows, keyOf],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => ROW_PX,
    getItemKey,
    overscan: OVERSCAN_ROWS,
    initialRect: { width: 900, height: 700 },
    // The head lies above the rows and stays in sight.
    scrollMargin: HEAD_PX,
    scrollPaddingStart: HEAD_PX,
  });
  const selectedIndex = selectedKey === null ? -1 : rows.findIndex((row) => keyOf(row) === selectedKey);
  const template = columns.map(trackOf).join(' ');
  const minWidthPx = columns.reduce((sum, column) => sum + column.minPx, SIDE_PADDING_PX);

  // A selection made elsewhere (the palette) must be in sight; rows that move under it must not pull the list
  // along, so this happens once per selection.
  const shownKey = useRef<string | null>(null);
  useEffect(() => {
    if (selectedKey === shownKey.current || selectedIndex < 0) return;
    shownKey.current = selectedKey;
    virtualizer.scrollToIndex(selectedIndex, { align: 'auto' });
  }, [selectedKey, selectedIndex, virtualizer]);

  const items = virtualizer.getVirtualItems().filter(({ index }) => index < rows.length);
  const drawn = useRef(NOTHING_DRAWN);
  drawn.current = recycleRows(
    drawn.current,
    items.map(({ key }) => String(key)),
  );

  const lastIndex = items.at(-1)?.index ?? -1;
  const isNearEnd = rows.length > 0 && lastIndex >= rows.length - 1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: more rows whose end is in sight want a page more.
  useEffect(() => {
    if (isNearEnd) onNearEnd?.();
  }, [isNearEnd, rows.length, onNearEnd]);

  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextIndex(event.key, selectedIndex, rows.length, pageOf(scrollRef.current));
    const row = next === null ? undefined : rows[next];
    if (row === undefined) return;
    event.preventDefault();
    onSelect(keyOf(row));
  };

  // A table with a selection that the keys move is a grid to those who hear it, and can have the focus.
  const gridProps = {
    role: 'grid',
    tabIndex: 0,
    'aria-activedescendant': selectedIndex >= 0 ? `${tableId}-${selectedIndex}` : undefined,
  };

  return (
    <div ref={scrollRef} className={styles.scroll}>
      <table
        {...gridProps}
        aria-label={label}
        aria-rowcount={rows.length + 1}
        className={styles.table}
        style={{ minWidth: minWidthPx, height: HEAD_PX + virtualizer.getTotalSize() }}
        onKeyDown={onKeyDown}
      >
        <thead className={styles.head}>
          <tr className={styles.headRow} style={{ gridTemplateColumns: template }} aria-rowindex={1}>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody
          className={styles.body}
          style={{ transform: `translateY(${(items[0]?.index ?? 0) * ROW_PX}px)` }}
        >
          {items.map(({ index, key }) => (
            <DataTableRow
              key={drawn.current.get(String(key))}
              id={`${tableId}-${index}`}
              row={rows[index] as T}
              rowKey={String(key)}
              columns={columns}
              template={template}
              rowIndex={index + 2}
              isSelected={index === selectedIndex}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
      {rows.length === 0 && empty}
    </div>
  );
}

interface HeadCellProps<T> {
  readonly column: Column<T>;
  readonly sort: DataTableProps<T>['sort'];
  readonly onSort: (column: string) => void;
}

function HeadCell<T>({ column, sort, onSort }: HeadCellProps<T>) {
  const isSorted = sort.column === column.id;
  const Arrow = sort.isDescending ? ArrowDown : ArrowUp;
  const title = column.isTitleHidden ? (
    <span className="visually-hidden">{column.title}</span>
  ) : (
    <span className={styles.title}>{column.title}</span>
  );
  return (
    <th
      scope="col"
      data-number={column.isNumber || undefined}
      aria-sort={isSorted ? (sort.isDescending ? 'descending' : 'ascending') : undefined}
      className={styles.headCell}
    >
      {column.compare ? (
        <button type="button" className={styles.sort} onClick={() => onSort(column.id)}>
          {title}
          <Arrow size={12} strokeWidth={2} aria-hidden data-shown={isSorted || undefined} />
        </button>
      ) : (
        title
      )}
    </th>
  );
}

function trackOf<T>(column: Column<T>): string {
  return column.grow ? `minmax(${column.minPx}px, ${column.grow}fr)` : `${column.minPx}px`;
}

function pageOf(scroll: HTMLElement | null): number {
  return Math.max(1, Math.floor((scroll?.clientHeight ?? 0) / ROW_PX) - 2);
}

/** Where a key moves the selection; null when it does not. `index` is -1 without a selection. */
export function nextIndex(key: string, index: number, count: number, page: number): number | null {
  if (count === 0) return null;
  const clamp = (value: number) => Math.max(0, Math.min(count - 1, value));
  switch (key) {
    case 'ArrowDown':
      return clamp(index + 1);
    case 'ArrowUp':
      return clamp(index < 0 ? count - 1 : index - 1);
    case 'PageDown':
      return clamp(index + page);
    case 'PageUp':
      return clamp(index - page);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

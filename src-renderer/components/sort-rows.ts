import type { Column } from './data-table.tsx';

export interface Sort {
  readonly column: string;
  readonly isDescending: boolean;
}

/** Rows in the order of a column; rows that are equal there keep their order. Unknown columns change nothing. */
export function sortRows<T>(rows: readonly T[], columns: readonly Column<T>[], sort: Sort): readonly T[] {
  const compare = columns.find((column) => column.id === sort.column)?.compare;
  if (!compare) return rows;
  const sign = sort.isDescending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compareSafely(compare(a, b)));
}

/** Infinity less Infinity is not a number; both are unknown, thus equal. */
function compareSafely(order: number): number {
  return Number.isNaN(order) ? 0 : order;
}

/** The sort after a press on a head: figures start with the largest, words with the first. */
export function nextSort<T>(columns: readonly Column<T>[], sort: Sort, column: string): Sort {
  if (sort.column === column) return { column, isDescending: !sort.isDescending };
  return { column, isDescending: columns.find((candidate) => candidate.id === column)?.isNumber === true };
}

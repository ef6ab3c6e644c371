import { describe, expect, it } from 'vitest';
import type { Column } from './data-table.tsx';
import { nextIndex } from './data-table.tsx';
import { nextSort, sortRows } from './sort-rows.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}

const columns: readonly Column<Row>[] = [
  { id: 'name', title: 'Name', minPx: 10, cell: (row) => row.name },
  {
    id: 'count',
    title: 'Count',
    minPx: 10,
    isNumber: true,
    cell: (row) => row.count,
    compare: (a, b) => a.count - b.count,
  },
];
const rows: readonly Row[] = [
  { name: 'a', count: Number.POSITIVE_INFINITY },
  { name: 'b', count: 2 },
  { name: 'c', count: Number.POSITIVE_INFINITY },
  { name: 'd', count: 1 },
];

describe('sortRows', () => {
  it('orders by a column and keeps the order of equals, unknown ones too', () => {
    const names = (isDescending: boolean) =>
      sortRows(rows, columns, { column: 'count', isDescending }).map((row) => row.name);
    expect(names(false)).toEqual(['d', 'b', 'a', 'c']);
    expect(names(true)).toEqual(['a', 'c', 'b', 'd']);
  });

  it('changes nothing by a column that cannot be sorted', () => {
    expect(sortRows(rows, columns, { column: 'name', isDescending: true })).toBe(rows);
  });
});

describe('nextSort', () => {
  it('starts figures with the largest and turns at the second press', () => {
    const first = nextSort(columns, { column: 'name', isDescending: false }, 'count');
    expect(first).toEqual({ column: 'count', isDescending: true });
    expect(nextSort(columns, first, 'count')).toEqual({ column: 'count', isDescending: false });
  });
});

describe('nextIndex', () => {
  it.each([
    ['ArrowDown', -1, 0],
    ['ArrowDown', 9, 9],
    ['ArrowUp', -1, 9],
    ['ArrowUp', 0, 0],
    ['PageDown', 3, 7],
    ['PageUp', 3, 0],
    ['Home', 5, 0],
    ['End', 5, 9],
    ['x', 5, null],
  ])('%s from %d goes to %s', (key, index, next) => {
    expect(nextIndex(key, index, 10, 4)).toBe(next);
  });

  it('goes nowhere in an empty table', () => {
    expect(nextIndex('End', -1, 0, 4)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { recycleRows } from './recycle-rows.ts';

const rowsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, offset) => `row-${first + offset}`);
const keysOf = (before: ReadonlyMap<string, number>, rows: string[]) => [
  ...recycleRows(before, rows).values(),
];

describe('recycleRows', () => {
  const drawn = recycleRows(new Map(), rowsFrom(10, 4));

  it('gives each row a key of its own, and keeps it while the row stays', () => {
    expect([...drawn]).toEqual([
      ['row-10', 0],
      ['row-11', 1],
      ['row-12', 2],
      ['row-13', 3],
    ]);
    expect(keysOf(drawn, ['row-13', 'row-10', 'row-12', 'row-11'])).toEqual([3, 0, 2, 1]);
  });

  it('draws rows that come at the end into those that went at the top', () => {
    expect(keysOf(drawn, rowsFrom(12, 4))).toEqual([2, 3, 0, 1]);
  });

  it('draws rows that come at the top anew, so that the others need not move', () => {
    expect(keysOf(drawn, rowsFrom(8, 4))).toEqual([4, 5, 0, 1]);
  });

  it('draws all into what was there after a jump, whichever way', () => {
    expect(keysOf(drawn, rowsFrom(500, 4))).toEqual([0, 1, 2, 3]);
    expect(keysOf(drawn, rowsFrom(0, 5))).toEqual([0, 1, 2, 3, 4]);
  });

  it('takes fewer and more rows', () => {
    expect(keysOf(drawn, rowsFrom(10, 2))).toEqual([0, 1]);
    expect(keysOf(drawn, rowsFrom(10, 6))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(keysOf(drawn, [])).toEqual([]);
  });

  it('never gives two rows the same key', () => {
    let rows = drawn;
    for (const first of [11, 9, 14, 300, 298, 299, 0, 2, 1]) {
      rows = recycleRows(rows, rowsFrom(first, 4));
      expect(new Set(rows.values()).size).toBe(4);
    }
  });
});

import { expect, it } from 'vitest';
import { chartIndexAt, chartPath, chartX, chartY } from './chart-path.ts';

const SCALE = { widthPx: 100, heightPx: 22, top: 10, capacity: 5 };

it('begins at zero and ends at the right edge', () => {
  expect([0, 1, 2].map((index) => chartX(index, 3, SCALE))).toEqual([50, 75, 100]);
  expect([0, 5, 10, 99].map((value) => chartY(value, SCALE))).toEqual([22, 12, 2, 2]);
  expect(chartY(0, { ...SCALE, top: 0 })).toBe(22);
});

it('breaks where nothing is known', () => {
  expect(chartPath([0, 10, null, 5, null], SCALE)).toBe('M0.0 22.0L25.0 2.0M75.0 12.0h-2');
  expect(chartPath([], SCALE)).toBe('');
});

it('finds the value under the pointer', () => {
  expect([100, 90, 60, 50, 30].map((x) => chartIndexAt(x, 3, SCALE))).toEqual([2, 2, 0, 0, null]);
  expect(chartIndexAt(50, 0, SCALE)).toBeNull();
});

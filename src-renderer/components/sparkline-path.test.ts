import { describe, expect, it } from 'vitest';
import { linePath } from './sparkline-path.ts';

describe('linePath', () => {
  it('runs from the left to the right edge and breaks at what is missing', () => {
    expect(linePath([1, 2, null, 3, 3], 40, 14)).toBe('M0.0 12.0L10.0 7.0M30.0 2.0L40.0 2.0');
  });

  it('leaves the left empty until it is full', () => {
    expect(linePath([2, 2], 40, 14, 5)).toBe('M30.0 7.0L40.0 7.0');
  });

  it('draws nothing from a single value', () => {
    expect(linePath([null, 4], 40, 14)).toBe('');
  });

  it('does not make a mountain of noise', () => {
    const heights = [...linePath([100, 101], 40, 14).matchAll(/ ([\d.]+)/g)].map((match) => Number(match[1]));
    expect(Math.abs((heights[0] ?? 0) - (heights[1] ?? 0))).toBeLessThan(1);
  });
});

import { describe, expect, it } from 'vitest';
import { coverageWord, dayStep, monthGrid, shiftDay, shiftMonth } from './month-grid.ts';

const H = 3_600_000_000;

describe('calendar', () => {
  it('lays November 2026 out from Monday, the first being a Sunday', () => {
    const weeks = monthGrid('2026-11', []);
    expect(weeks).toHaveLength(6);
    expect(weeks[0]?.map((cell) => cell?.number ?? 0)).toEqual([0, 0, 0, 0, 0, 0, 1]);
    expect(weeks[5]?.map((cell) => cell?.number ?? 0)).toEqual([30, 0, 0, 0, 0, 0, 0]);
    expect(weeks[0]?.[6]?.coverage).toBeNull();
  });

  it('takes the share of a day of 25 hours', () => {
    const days = [{ day: '2026-10-25', startUs: 0, endUs: 25 * H, coveredUs: 25 * H }];
    const cells = monthGrid('2026-10', days).flat();
    expect(cells.find((cell) => cell?.day === '2026-10-25')?.coverage).toBe(1);
    expect(cells.find((cell) => cell?.day === '2026-10-26')?.coverage).toBe(0);
  });

  it('moves over ends of months and years', () => {
    expect(shiftMonth('2026-12', 1)).toBe('2027-01');
    expect(shiftMonth('2026-01', -1)).toBe('2025-12');
    expect(shiftDay('2026-03-01', -1)).toBe('2026-02-28');
    expect(shiftDay('2026-12-31', 7)).toBe('2027-01-07');
    expect(['ArrowUp', 'ArrowRight', 'x'].map(dayStep)).toEqual([-7, 1, null]);
  });

  it('says shades in words', () => {
    expect([null, 0, 0.2, 0.7, 1].map(coverageWord)).toEqual([
      'not known yet',
      'nothing recorded',
      'some recorded',
      'most recorded',
      'all recorded',
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settledFrameTimes } from './clip-frame-times.ts';

const TIMESCALE = 90_000;
const GRID = 750;

function settle(ticks: number[], endTicks: number): { ticks: number[]; endTicks: number } {
  const settled = settledFrameTimes({ ticks: Float64Array.from(ticks), endTicks }, TIMESCALE);
  return { ticks: [...settled.ticks], endTicks: settled.endTicks };
}

describe('settledFrameTimes', () => {
  it('leaves a constant rate as it is, also with lost pictures and an in-point between two', () => {
    const ticks = [-7100, -4100, -1100, 1900, 4900, 10_900, 13_900];
    expect(settle(ticks, 15_000)).toEqual({ ticks, endTicks: 15_000 });
  });

  it('moves a long picture that covers the in-point to it', () => {
    expect(settle([-800_000, -260_000, 280_000, 820_000], 900_000).ticks[1]).toBe(0);
  });

  const jittery = fc
    .tuple(
      fc.array(fc.integer({ min: 1600, max: 9000 }), { minLength: 2, maxLength: 150 }),
      fc.integer({ min: 0, max: 300_000 }),
    )
    .map(([steps, hidden]) => {
      const ticks = [-hidden];
      for (const step of steps) ticks.push((ticks.at(-1) ?? 0) + step);
      return ticks;
    });

  it('keeps order, the end and all shown times to a step and a half', () => {
    fc.assert(
      fc.property(jittery, (ticks) => {
        const endTicks = Math.max(ticks.at(-1) ?? 0, 0) + 3000;
        const settled = settle(ticks, endTicks);
        expect(settled.endTicks).toBe(endTicks);
        const covering = ticks.findLastIndex((at) => at <= 0);
        settled.ticks.forEach((at, i) => {
          if (i > 0) expect(at).toBeGreaterThan(settled.ticks[i - 1] ?? 0);
          if (i > covering) expect(Math.abs(at - (ticks[i] ?? 0))).toBeLessThanOrEqual(1.5 * GRID);
        });
      }),
    );
  });

  it('puts the pictures of a jittery start on the grid, and not on a coarser one', () => {
    fc.assert(
      fc.property(jittery, (ticks) => {
        const settled = settle(ticks, (ticks.at(-1) ?? 0) + 400_000).ticks;
        const isUnchanged = settled.every((at, i) => at === ticks[i]);
        if (isUnchanged || settled.length < 20) return;
        const head = settled.filter((at) => at <= 100_000).slice(0, 18);
        expect(head.every((at) => Math.abs(at % GRID) === 0)).toBe(true);
        const steps = head.slice(5).map((at, i) => (at - (head[i + 4] ?? 0)) / GRID);
        if (head.length === 18) expect(steps.reduce(greatestDivisor)).toBe(1);
      }),
    );
  });
});

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

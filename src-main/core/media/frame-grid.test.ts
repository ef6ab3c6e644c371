import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameGridTicks, onFrameGrid, roundTo } from './frame-grid.ts';

const TIMESCALE = 90_000;
const STEP = 480;
const MAX_SHIFT_TICKS = 0.0042 * TIMESCALE;

/** Ascending times; most distances are those of 8 to 60 Hz, some nearer than a step or far. */
const jittery = fc
  .tuple(
    fc.integer({ min: 0, max: 10_000_000 }),
    fc.array(
      fc.oneof(
        { arbitrary: fc.integer({ min: 1400, max: 11_000 }), weight: 12 },
        { arbitrary: fc.integer({ min: 1, max: 900 }), weight: 1 },
        { arbitrary: fc.integer({ min: 11_000, max: 900_000 }), weight: 1 },
      ),
      { minLength: 3, maxLength: 120 },
    ),
  )
  .map(([start, steps]) => {
    const ticks = [start];
    for (const step of steps) ticks.push(ticks.at(-1)! + step);
    return { ticks: Float64Array.from(ticks.slice(0, -1)), endTicks: ticks.at(-1)! };
  });

describe('onFrameGrid', () => {
  it('keeps the order of pictures, and each within 4.2 ms of its time', () => {
    fc.assert(
      fc.property(jittery, ({ ticks, endTicks }) => {
        const settled = onFrameGrid(ticks, endTicks, TIMESCALE);
        if (settled === null) return;
        settled.forEach((at, i) => {
          if (i > 0) expect(at).toBeGreaterThan(settled[i - 1]!);
          expect(Math.abs(at - ticks[i]!)).toBeLessThanOrEqual(MAX_SHIFT_TICKS);
        });
        expect(settled.at(-1)).toBeLessThan(roundTo(endTicks, STEP));
      }),
      { numRuns: 500 },
    );
  });

  it('puts all pictures that are a step apart on the grid', () => {
    const ticks = Float64Array.from([100, 3100, 6200, 9000, 12_340, 15_001]);
    expect(onFrameGrid(ticks, 18_000, TIMESCALE)).toEqual(
      Float64Array.from([0, 2880, 6240, 9120, 12_480, 14_880]),
    );
  });

  it('joins segments cut anywhere without a seam', () => {
    fc.assert(
      fc.property(jittery, fc.nat(), ({ ticks, endTicks }, at) => {
        const cut = 1 + (at % (ticks.length - 1 || 1));
        if (cut >= ticks.length) return;
        const before = onFrameGrid(ticks.subarray(0, cut), ticks[cut]!, TIMESCALE);
        const after = onFrameGrid(ticks.subarray(cut), endTicks, TIMESCALE);
        const end = before ? roundTo(ticks[cut]!, STEP) : ticks[cut]!;
        const start = after ? after[0]! : ticks[cut]!;
        expect(Math.abs(start - end)).toBeLessThanOrEqual(before && after ? 0 : STEP / 2);
        if (ticks[cut]! - ticks[cut - 1]! >= STEP) {
          expect(start).toBeGreaterThan((before ?? ticks)[cut - 1]!);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['30 Hz', 3000],
    ['29.97 Hz', 3003],
    ['59.94 Hz', 1501.5],
    ['23.976 Hz', 3753.75],
    ['one picture in ten seconds', 900_000],
  ])('leaves a constant rate of %s as it is, also with lost pictures', (_, period) => {
    const numbers = [0, 1, 2, 3, 5, 6, 9, 10, 11, 12, 13, 14, 40, 41, 42];
    const ticks = Float64Array.from(numbers, (i) => 777 + Math.round(i * period));
    expect(onFrameGrid(ticks, 777 + Math.round(43 * period), TIMESCALE)).toBeNull();
  });

  it('leaves alone what has nothing to compare and what is faster than the grid', () => {
    expect(onFrameGrid(Float64Array.of(5), 3000, TIMESCALE)).toBeNull();
    expect(onFrameGrid(Float64Array.of(5, 2900), 6000, TIMESCALE)).toBeNull();
    const fast = Float64Array.from({ length: 100 }, (_, i) => i * 500 + (i % 3));
    expect(onFrameGrid(fast, 50_000, TIMESCALE)).toBeNull();
  });

  it.each([10, 15, 20, 24, 25, 29.97, 30, 50, 59.94, 60])(
    'shows ffmpeg the grid and no multiple of it in the first twenty pictures of a browser at %d Hz',
    (rate) => {
      const jitterMs = fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 20, maxLength: 20 });
      fc.assert(
        fc.property(fc.integer({ min: 10, max: 100_000 }), jitterMs, (startMs, jitter) => {
          const ms = jitter.map((offMs, i) => startMs + Math.round((i * 1000) / rate) + offMs);
          const ticks = Float64Array.from(ms, (at) => at * 90);
          const settled = onFrameGrid(ticks, (startMs + Math.round(20_000 / rate)) * 90, TIMESCALE);
          if (settled === null) return;
          const distances = [...settled].slice(5).map((at, i) => at - settled[i + 4]!);
          expect(distances.reduce(greatestDivisor)).toBe(STEP);
        }),
      );
    },
  );

  it.each([600, 1000, 15_360, 30_000, 48_000, 90_000])(
    'has a step that ffmpeg believes at %d ticks',
    (timescale) => {
      expect(timescale / frameGridTicks(timescale)).toBeLessThan(210);
      expect(frameGridTicks(timescale) / timescale).toBeLessThan(0.0084);
    },
  );
});

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

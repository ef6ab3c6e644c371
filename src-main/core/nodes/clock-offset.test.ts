import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ClockOffset, knownOffsetMs, narrowClockOffset, offsetEstimateMs } from './clock-offset.ts';

it('finds a true offset to some milliseconds from whole-second dates', () => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 100_000 }), (trueOffsetMs) => {
      let known: ClockOffset | null = null;
      for (let i = 0; i < 200; i++) {
        const sentAtMs = 1_800_000_000_000 + i * 3137;
        const roundTripMs = 4;
        const nodeClockMs = sentAtMs + 2 + trueOffsetMs;
        known = narrowClockOffset(known, {
          dateMs: Math.floor(nodeClockMs / 1000) * 1000,
          sentAtMs,
          roundTripMs,
        });
      }
      expect(Math.abs(offsetEstimateMs(known as ClockOffset) - trueOffsetMs)).toBeLessThan(10);
    }),
    { numRuns: 50 },
  );
});

it('forgets what it knew when the clock was set', () => {
  const before = { minMs: -5, maxMs: 5 };
  const after = narrowClockOffset(before, { dateMs: 60_000, sentAtMs: 0, roundTripMs: 10 });
  expect(after.minMs).toBeGreaterThan(50_000);
});

it('says an offset only when it is known well, or large in any case', () => {
  expect(knownOffsetMs({ minMs: -480, maxMs: 510 })).toBeNull();
  expect(knownOffsetMs({ minMs: -20, maxMs: 60 })).toBe(20);
  expect(knownOffsetMs({ minMs: 2_100, maxMs: 3_100 })).toBe(2_600);
});

import { expect, it } from 'vitest';
import { stepTargetsMs } from './frame-step.ts';

/** The frame that is on screen after the seeks of one step forward, of frames of one length from 0 on. */
function stepForward(from: number, lengthMs: number, knownMs: number | null): number {
  for (const targetMs of stepTargetsMs(from * lengthMs, knownMs, 1)) {
    const frame = Math.floor(targetMs / lengthMs);
    if (frame !== from) return frame;
  }
  return from;
}

it('comes to the next frame, whatever its rate and whether that is known or not', () => {
  for (const rate of [5, 10, 12, 15, 23.976, 25, 29.97, 50, 59.94, 60]) {
    expect(stepForward(7, 1000 / rate, null)).toBe(8);
    expect(stepForward(7, 1000 / rate, 1000 / rate)).toBe(8);
  }
  // What was known was of a faster part.
  expect(stepForward(7, 100, 1000 / 30)).toBe(8);
});

it('comes to the frame before by its end, and never before the start', () => {
  expect(stepTargetsMs(1000, 40, -1)).toEqual([980]);
  const [targetMs] = stepTargetsMs(1000, null, -1);
  expect(targetMs).toBeGreaterThan(1000 - 1000 / 60);
  expect(stepTargetsMs(0, 40, -1)).toEqual([0]);
});

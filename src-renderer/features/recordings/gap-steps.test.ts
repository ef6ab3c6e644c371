import { describe, expect, it } from 'vitest';
import { gapStepsAt } from './gap-steps.ts';

const S = 1_000_000;
const covered = [
  { startUs: 0, endUs: 100 * S },
  { startUs: 200 * S, endUs: 300 * S },
  { startUs: 400 * S, endUs: 500 * S },
];

describe('steps over gaps', () => {
  it('finds the gaps around a playhead in a recording', () => {
    expect(gapStepsAt(covered, 250 * S)).toEqual({
      nextUs: 400 * S,
      previousUs: 97 * S,
      around: { startUs: 200 * S, endUs: 300 * S },
    });
  });

  it('finds recorded time around a playhead in a gap', () => {
    expect(gapStepsAt(covered, 350 * S)).toEqual({ nextUs: 400 * S, previousUs: 297 * S, around: null });
  });

  it('goes on to the gap before when it is already at the end of a recording', () => {
    expect(gapStepsAt(covered, 297 * S).previousUs).toBe(97 * S);
  });

  it('has nothing before the first and after the last', () => {
    expect(gapStepsAt(covered, 50 * S).previousUs).toBeNull();
    expect(gapStepsAt(covered, 450 * S).nextUs).toBeNull();
    expect(gapStepsAt([], 1)).toEqual({ nextUs: null, previousUs: null, around: null });
  });
});

import { describe, expect, it } from 'vitest';
import { medianFrameMs, stepTargetMs, withFrameLength } from './frame-clock.ts';

describe('frame clock', () => {
  it('finds the length of a frame although some were not shown', () => {
    let lengths: number[] = [];
    for (const length of [40, 40, 80, 40, 120, 80, 40, 80]) lengths = withFrameLength(lengths, length);
    expect(medianFrameMs(lengths)).toBe(40);
    expect(medianFrameMs([])).toBeCloseTo(33.33);
  });

  it('ignores jumps and steps back', () => {
    expect(withFrameLength([40], -400)).toEqual([40]);
    expect(withFrameLength([40], 9000)).toEqual([40]);
    expect(
      withFrameLength(
        Array.from({ length: 15 }, () => 40),
        20,
      ),
    ).toHaveLength(15);
  });

  it('steps into the middle of the neighbour', () => {
    expect(stepTargetMs(1000, 40, 1)).toBe(1060);
    expect(stepTargetMs(1000, 40, -1)).toBe(980);
    expect(stepTargetMs(0, 40, -1)).toBe(0);
  });
});

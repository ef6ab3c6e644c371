import { describe, expect, it } from 'vitest';
import { usualFrameMs, withFrameLength } from './frame-clock.ts';

describe('frame clock', () => {
  it('finds the length of a frame although some were not shown', () => {
    let lengths: number[] = [];
    for (const length of [40, 40, 80, 40, 120, 80, 40, 80]) lengths = withFrameLength(lengths, length);
    expect(usualFrameMs(lengths)).toBe(40);
    expect(usualFrameMs([])).toBeNull();
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
});

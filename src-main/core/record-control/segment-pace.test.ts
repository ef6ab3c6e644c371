import { expect, it } from 'vitest';
import { SegmentPace } from './segment-pace.ts';

const WALL_MS = 1_800_000_000_000;
const segment = (endMs: number, lengthMs: number) => ({
  stream: 'cam1',
  node: 'a',
  startUs: (endMs - lengthMs) * 1000,
  endUs: endMs * 1000,
});

it('learns how long segments are from the middle of the last five', () => {
  const pace = new SegmentPace();
  expect(pace.segmentMs('a', 'cam1')).toBe(12_000);
  for (const lengthMs of [99_000, 10_000, 11_000, 2000, 10_500, 40_000])
    pace.note(segment(WALL_MS, lengthMs), WALL_MS, 7);
  expect(pace.segmentMs('a', 'cam1')).toBe(10_500);
  expect(pace.lastMs('a', 'cam1')).toBe(7);
  expect(pace.lastMs('b', 'cam1')).toBeNull();
  expect([pace.isFollowed('a'), pace.isFollowed('b')]).toEqual([true, false]);
});

it('is not misled by old recordings that are indexed now', () => {
  const pace = new SegmentPace();
  pace.note(segment(WALL_MS - 3_600_000, 10_000), WALL_MS, 7);
  expect(pace.lastMs('a', 'cam1')).toBeNull();
  expect(pace.isFollowed('a')).toBe(false);
});

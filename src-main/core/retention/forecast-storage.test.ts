import { describe, expect, it } from 'vitest';
import { fullInDays, limitInDays, settledBytes } from './forecast-storage.ts';

const group = (storedBytes: number, growthBytes: number, settlesAtBytes: number | null = null) => ({
  storedBytes,
  growthBytes,
  settlesAtBytes,
});

describe('fullInDays', () => {
  it.each([
    ['one that grows without end', [group(5, 10)], 100, 10],
    ['nothing recorded', [group(5, 0)], 100, null],
    ['one that settles before', [group(0, 10, 50)], 100, null],
    ['one that settles exactly then', [group(0, 10, 100)], 100, 10],
    ['one that settled, beside one that does not', [group(90, 10, 50), group(0, 5)], 100, 20],
    // 4 days of 30 take 120, then 20 a day.
    ['the pace once one settles', [group(0, 10, 40), group(0, 20)], 200, 8],
    ['no room', [group(0, 10)], 0, 0],
  ])('of %s', (_, groups, freeBytes, expected) => {
    expect(fullInDays(groups, freeBytes)).toBe(expected);
  });
});

it('says what a rule settles at', () => {
  expect(settledBytes(10, { keepDays: 30, maxBytes: null })).toBe(300);
  expect(settledBytes(10, { keepDays: 30, maxBytes: 200 })).toBe(200);
  expect(settledBytes(10, { keepDays: null, maxBytes: 200 })).toBe(200);
  expect(settledBytes(10, { keepDays: null, maxBytes: null })).toBeNull();
});

it('says when a size limit is reached', () => {
  expect(limitInDays(50, 10, 100)).toBe(5);
  expect(limitInDays(100, 10, 100)).toBe(0);
  expect(limitInDays(50, 0, 100)).toBeNull();
  expect(limitInDays(50, 10, null)).toBeNull();
});

import { describe, expect, it } from 'vitest';
import { type ClockFragment, mediaPositionOf, nextFragmentStartMs, wallUsOf } from './player-clock.ts';

const T = Date.parse('2026-11-22T13:00:00Z') * 1000;
const S = 1_000_000;

/** Two segments, a gap of a minute, one more, and one that starts 40 ms late by rounding. */
const fragments: ClockFragment[] = [
  { mediaStartMs: 0, durationMs: 10_000, wallStartUs: T },
  { mediaStartMs: 10_000, durationMs: 10_000, wallStartUs: T + 10 * S },
  { mediaStartMs: 20_000, durationMs: 10_000, wallStartUs: T + 80 * S },
  { mediaStartMs: 30_000, durationMs: 10_000, wallStartUs: T + 90 * S + 40_000 },
];

describe('player clock', () => {
  it('maps media time to wall time across a gap', () => {
    expect(wallUsOf(fragments, 12_345)).toBe(T + 12_345_000);
    expect(wallUsOf(fragments, 19_999)).toBe(T + 19_999_000);
    expect(wallUsOf(fragments, 20_000)).toBe(T + 80 * S);
    expect(wallUsOf(fragments, 41_000)).toBe(T + 90 * S + 40_000 + 11 * S);
    expect(wallUsOf([], 0)).toBeNull();
  });

  it('maps wall time to media time', () => {
    expect(mediaPositionOf(fragments, T + 12_345_000)).toEqual({ kind: 'inside', mediaMs: 12_345 });
    expect(mediaPositionOf(fragments, T + 85 * S)).toEqual({ kind: 'inside', mediaMs: 25_000 });
    expect(mediaPositionOf(fragments, T - 100_000)).toEqual({ kind: 'inside', mediaMs: 0 });
    expect(mediaPositionOf(fragments, T + 90 * S + 20_000)).toEqual({ kind: 'inside', mediaMs: 30_000 });
  });

  it('says what is around a time that is not there', () => {
    expect(mediaPositionOf(fragments, T + 50 * S)).toEqual({
      kind: 'gap',
      nextMediaMs: 20_000,
      nextWallUs: T + 80 * S,
      previousEndUs: T + 20 * S,
    });
    expect(mediaPositionOf(fragments, T - 5 * S)).toEqual({
      kind: 'before',
      firstWallUs: T,
      firstMediaMs: 0,
    });
    expect(mediaPositionOf(fragments, T + 101 * S)).toEqual({
      kind: 'after',
      lastWallUs: T + 100 * S + 40_000,
      lastMediaMs: 40_000,
    });
    expect(mediaPositionOf([], T)).toEqual({ kind: 'unknown' });
    expect(mediaPositionOf([{ mediaStartMs: 0, durationMs: 1, wallStartUs: null }], T)).toEqual({
      kind: 'unknown',
    });
  });

  it('comes back to the same time for every instant that is inside', () => {
    for (let mediaMs = 0; mediaMs < 40_000; mediaMs += 333) {
      const wall = wallUsOf(fragments, mediaMs)!;
      expect(mediaPositionOf(fragments, wall)).toEqual({ kind: 'inside', mediaMs });
    }
  });

  it('finds the next fragment', () => {
    expect(nextFragmentStartMs(fragments, 7400)).toBe(10_000);
    expect(nextFragmentStartMs(fragments, 10_000)).toBe(20_000);
    expect(nextFragmentStartMs(fragments, 35_000)).toBeNull();
  });
});

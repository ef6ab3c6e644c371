import { describe, expect, it } from 'vitest';
import { formatDurationUs, formatSpanMs } from './durations.ts';

describe('formatDurationUs', () => {
  it.each([
    [0, '0 s'],
    [320_000, '320 ms'],
    [10_000_000, '10 s'],
    [104_960_000, '1 min 44.96 s'],
    [59_999_000, '1 min'],
    [120_000_000, '2 min'],
    [7_385_000_000, '2 h 03 min 05 s'],
    [21_600_000_000, '6 h'],
    [-5_000_000, '−5 s'],
    [-320_000, '−320 ms'],
  ])('%d µs is %s', (durationUs, text) => {
    expect(formatDurationUs(durationUs)).toBe(text);
  });
});

describe('formatSpanMs', () => {
  it.each([
    [800, '0.8 s'],
    [17_900, '17 s'],
    [125_000, '2 min'],
    [3_900_000, '1 h 5 min'],
    [533_000_000, '6 d 4 h'],
    [-50, '0.0 s'],
  ])('%d ms is %s', (spanMs, text) => {
    expect(formatSpanMs(spanMs)).toBe(text);
  });
});

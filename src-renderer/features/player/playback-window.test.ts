import { describe, expect, it } from 'vitest';
import { isInWindow, windowAround } from './playback-window.ts';

const MIN = 60_000_000;
const NOW = 1_795_000_000_000_000;

describe('playback window', () => {
  it('is closed in the past and grows at the present', () => {
    expect(windowAround(NOW - 300 * MIN, NOW, true)).toEqual({
      startUs: NOW - 302 * MIN,
      endUs: NOW - 270 * MIN,
    });
    expect(windowAround(NOW - 5 * MIN, NOW, true)).toEqual({ startUs: NOW - 7 * MIN, endUs: null });
    expect(windowAround(NOW - 5 * MIN, NOW, false)).toEqual({
      startUs: NOW - 7 * MIN,
      endUs: NOW - 1_000_000,
    });
  });

  it('knows what was asked for', () => {
    const window = { startUs: 10, endUs: 20 };
    expect([9, 10, 19, 20].map((us) => isInWindow(window, us))).toEqual([false, true, true, false]);
    expect(isInWindow({ startUs: 10, endUs: null }, 1e9)).toBe(true);
    expect(isInWindow(null, 10)).toBe(false);
  });
});

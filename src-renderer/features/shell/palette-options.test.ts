import { describe, expect, it } from 'vitest';
import { type PaletteActions, paletteOptions } from './palette-options.ts';

/** 27 November 2026, 05:00 in UTC. */
const NOW_US = Date.UTC(2026, 10, 27, 5) * 1000;

function timeOf(query: string): number | null {
  let opened: number | null = null;
  const actions: PaletteActions = {
    openNode: () => {},
    openStream: () => {},
    openTime: (us) => {
      opened = us;
    },
  };
  const sources = { fixed: [], nodes: [], streams: [], zone: 'UTC', nowUs: NOW_US };
  paletteOptions(query, sources, actions)[0]?.run();
  return opened;
}

describe('a time in the palette', () => {
  it('is today, or yesterday where it is still to come', () => {
    expect(timeOf('04:30')).toBe(Date.UTC(2026, 10, 27, 4, 30) * 1000);
    expect(timeOf('14:04:31.5')).toBe(Date.UTC(2026, 10, 26, 14, 4, 31, 500) * 1000);
  });

  it('is taken by its word where a day is given', () => {
    expect(timeOf('2026-11-27 14:04')).toBe(Date.UTC(2026, 10, 27, 14, 4) * 1000);
    expect(timeOf('not a time')).toBeNull();
  });
});

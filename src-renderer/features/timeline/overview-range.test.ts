import { describe, expect, it } from 'vitest';
import { US_PER_DAY, US_PER_HOUR } from '../../../src-shared/util/units.ts';
import { overviewRange } from './overview-range.ts';

const us = (iso: string): number => Date.parse(iso) * 1000;
const NOW = us('2026-11-22T13:00:00Z');

describe('range of the overview', () => {
  it('is the local day of the view, of 25 hours where it has them', () => {
    const at = us('2026-10-25T12:00:00Z');
    const range = overviewRange({ startUs: at, endUs: at + US_PER_HOUR }, null, NOW, 'Europe/Berlin');
    expect(range).toEqual({ startUs: us('2026-10-24T22:00:00Z'), endUs: us('2026-10-25T23:00:00Z') });
  });

  it('is all that was recorded for views wider than most of a day', () => {
    const first = NOW - 40 * US_PER_DAY;
    const range = overviewRange({ startUs: NOW - 3 * US_PER_DAY, endUs: NOW }, first, NOW, 'UTC');
    expect(range.startUs).toBe(us('2026-10-13T00:00:00Z'));
    expect(range.endUs).toBe(us('2026-11-23T00:00:00Z'));
  });
});

import { describe, expect, it } from 'vitest';
import {
  addDaysUs,
  formatZone,
  formatZoneOffset,
  isKnownZone,
  startOfDayUs,
  wallTimeToUs,
} from './time-zone.ts';
import { formatClock, formatDateTime, formatIsoDay, formatShortDate } from './times.ts';

const BERLIN = 'Europe/Berlin';
const HOUR_US = 3_600_000_000;
/** 22 November 2026 14:04:31.233 in Berlin. */
const AT_US = Date.UTC(2026, 10, 22, 13, 4, 31, 233) * 1000;

describe('times in a zone', () => {
  it('shows clock and date with as many digits as asked for', () => {
    expect(formatClock(AT_US, BERLIN, 'minutes')).toBe('14:04');
    expect(formatClock(AT_US, BERLIN)).toBe('14:04:31');
    expect(formatClock(AT_US + 999, 'UTC', 'milliseconds')).toBe('13:04:31.233');
    expect(formatShortDate(AT_US, BERLIN)).toBe('Sun 22 Nov');
    expect(formatDateTime(AT_US, BERLIN)).toBe('22 Nov 2026 14:04:31 UTC+1');
    expect(formatIsoDay(AT_US + 10 * HOUR_US, BERLIN)).toBe('2026-11-23');
  });

  it('shows midnight as 00 and times before 1970', () => {
    expect(formatClock(Date.UTC(2026, 0, 1) * 1000, 'UTC')).toBe('00:00:00');
    expect(formatClock(-1, 'UTC', 'milliseconds')).toBe('23:59:59.999');
  });

  it('says the zone with its offset at that instant', () => {
    expect(formatZone(AT_US, BERLIN)).toBe('UTC+1 Berlin');
    expect(formatZoneOffset(Date.UTC(2026, 6, 1) * 1000, BERLIN)).toBe('UTC+2');
    expect(formatZoneOffset(AT_US, 'Asia/Kolkata')).toBe('UTC+5:30');
    expect(formatZoneOffset(AT_US, 'America/St_Johns')).toBe('UTC−3:30');
    expect(formatZone(AT_US, 'UTC')).toBe('UTC');
    expect(isKnownZone('Europe/Atlantis')).toBe(false);
  });

  it('knows days of 23 and 25 hours', () => {
    const spring = wallTimeToUs({ year: 2026, month: 3, day: 29, hour: 12, minute: 0, second: 0 }, BERLIN);
    const autumn = wallTimeToUs({ year: 2026, month: 10, day: 25, hour: 12, minute: 0, second: 0 }, BERLIN);
    expect(addDaysUs(spring, 1, BERLIN) - startOfDayUs(spring, BERLIN)).toBe(23 * HOUR_US);
    expect(addDaysUs(autumn, 1, BERLIN) - startOfDayUs(autumn, BERLIN)).toBe(25 * HOUR_US);
  });

  it('gives the first of two instants that show the same clock, and one for a skipped clock', () => {
    const twice = wallTimeToUs({ year: 2026, month: 10, day: 25, hour: 2, minute: 30, second: 0 }, BERLIN);
    expect(twice).toBe(Date.UTC(2026, 9, 25, 0, 30) * 1000);
    const skipped = wallTimeToUs({ year: 2026, month: 3, day: 29, hour: 2, minute: 30, second: 0 }, BERLIN);
    expect(formatClock(skipped, BERLIN, 'minutes')).toBe('03:30');
  });
});

import { describe, expect, it } from 'vitest';
import { formatClock, formatDateTime, formatIsoDay, formatNearDate, formatShortDate } from './times.ts';
import { formatZone, isKnownZone } from './zone-choice.ts';

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

  it('names the year of a day of another year', () => {
    expect(formatNearDate(AT_US, BERLIN, AT_US + HOUR_US)).toBe('Sun 22 Nov');
    expect(formatNearDate(AT_US, BERLIN, Date.UTC(2026, 11, 31, 22) * 1000)).toBe('Sun 22 Nov');
    // The new year begins in Berlin an hour before it does in UTC.
    expect(formatNearDate(AT_US, BERLIN, Date.UTC(2026, 11, 31, 23) * 1000)).toBe('22 Nov 2026');
  });

  it('shows midnight as 00 and times before 1970', () => {
    expect(formatClock(Date.UTC(2026, 0, 1) * 1000, 'UTC')).toBe('00:00:00');
    expect(formatClock(-1, 'UTC', 'milliseconds')).toBe('23:59:59.999');
  });

  it('says the zone with its offset at that instant', () => {
    expect(formatZone(AT_US, BERLIN)).toBe('UTC+1 Berlin');
    expect(formatZone(Date.UTC(2026, 6, 1) * 1000, BERLIN)).toBe('UTC+2 Berlin');
    expect(formatZone(AT_US, 'Asia/Kolkata')).toBe('UTC+5:30 Kolkata');
    expect(formatZone(AT_US, 'America/St_Johns')).toBe('UTC−3:30 St Johns');
    expect(formatZone(AT_US, 'UTC')).toBe('UTC');
    expect(isKnownZone('Europe/Atlantis')).toBe(false);
  });
});

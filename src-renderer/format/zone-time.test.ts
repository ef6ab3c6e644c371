import { describe, expect, it } from 'vitest';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../../src-shared/util/units.ts';
import { dayStartUs, fieldsAt, offsetName, shiftDaysUs, usOfFields, zoneOffsetUs } from './zone-time.ts';

const BERLIN = 'Europe/Berlin';
const us = (iso: string): number => Date.parse(iso) * 1000;

describe('zone time', () => {
  it('reads calendar fields in a zone, microseconds included', () => {
    expect(fieldsAt(us('2026-11-22T13:04:31.233Z') + 7, BERLIN)).toEqual({
      year: 2026,
      month: 11,
      day: 22,
      hour: 14,
      minute: 4,
      second: 31,
      micros: 233_007,
    });
  });

  it('knows days of 23 and 25 hours', () => {
    const spring = dayStartUs(us('2026-03-29T12:00:00Z'), BERLIN);
    expect(shiftDaysUs(spring, 1, BERLIN) - spring).toBe(23 * US_PER_HOUR);
    const autumn = dayStartUs(us('2026-10-25T12:00:00Z'), BERLIN);
    expect(shiftDaysUs(autumn, 1, BERLIN) - autumn).toBe(25 * US_PER_HOUR);
    expect(shiftDaysUs(autumn, -1, BERLIN)).toBe(autumn - US_PER_DAY);
  });

  it('takes the first of a local time that comes twice', () => {
    const at = { year: 2026, month: 10, day: 25, hour: 2, minute: 30 };
    expect(usOfFields(at, BERLIN)).toBe(us('2026-10-25T00:30:00Z'));
  });

  it('moves a local time that is left out past the change', () => {
    const at = { year: 2026, month: 3, day: 29, hour: 2, minute: 30 };
    expect(usOfFields(at, BERLIN)).toBe(us('2026-03-29T01:30:00Z'));
    expect(fieldsAt(usOfFields(at, BERLIN), BERLIN).hour).toBe(3);
  });

  it('round-trips in zones of quarter hours and of half-hour summer time', () => {
    for (const zone of ['Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC']) {
      for (let month = 1; month <= 12; month++) {
        const at = usOfFields({ year: 2026, month, day: 15, hour: 13, minute: 37, micros: 5 }, zone);
        expect(fieldsAt(at, zone)).toMatchObject({ month, day: 15, hour: 13, minute: 37, micros: 5 });
      }
    }
  });

  it('names offsets', () => {
    const at = us('2026-11-22T12:00:00Z');
    expect(offsetName(at, BERLIN)).toBe('UTC+1');
    expect(offsetName(at, 'Asia/Kathmandu')).toBe('UTC+5:45');
    expect(offsetName(at, 'America/New_York')).toBe('UTC−5');
    expect(offsetName(at, 'UTC')).toBe('UTC');
    expect(zoneOffsetUs(at, 'Asia/Kathmandu')).toBe(5 * US_PER_HOUR + 45 * US_PER_MINUTE);
  });
});

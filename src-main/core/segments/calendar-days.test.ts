import { expect, it } from 'vitest';
import { calendarDays } from './calendar-days.ts';

const HOUR_US = 3_600_000_000;
const lengths = (month: string, zone: string) =>
  calendarDays(month, zone).map(({ startUs, endUs }) => (endUs - startUs) / HOUR_US);

it('knows days of 23 and 25 hours', () => {
  const march = lengths('2026-03', 'Europe/Berlin');
  expect(march).toHaveLength(31);
  expect(march[28]).toBe(23);
  expect(march.filter((hours) => hours === 24)).toHaveLength(30);
  expect(lengths('2026-10', 'Europe/Berlin')[24]).toBe(25);
  expect(lengths('2026-02', 'UTC')).toEqual(Array(28).fill(24));
});

it('starts days at midnight of the zone', () => {
  const iso = (zone: string) =>
    new Date((calendarDays('2026-05', zone)[0]?.startUs ?? 0) / 1000).toISOString();
  expect(iso('UTC')).toBe('2026-05-01T00:00:00.000Z');
  expect(iso('Europe/Berlin')).toBe('2026-04-30T22:00:00.000Z');
  expect(iso('Asia/Kathmandu')).toBe('2026-04-30T18:15:00.000Z');
  expect(iso('Pacific/Kiritimati')).toBe('2026-04-30T10:00:00.000Z');
  expect(iso('Pacific/Pago_Pago')).toBe('2026-05-01T11:00:00.000Z');
});

it('copes with a midnight that is skipped and a day that is left out', () => {
  // In Beirut clocks go forward at midnight.
  const beirut = calendarDays('2026-03', 'Asia/Beirut');
  const sunday = beirut.find(({ day }) => day === '2026-03-29');
  expect(sunday && (sunday.endUs - sunday.startUs) / HOUR_US).toBe(23);
  // Samoa went over the date line.
  expect(calendarDays('2011-12', 'Pacific/Apia').map(({ day }) => day)).not.toContain('2011-12-30');
});

it('leaves no time out and counts none twice', () => {
  for (const zone of ['America/New_York', 'Australia/Lord_Howe', 'Asia/Beirut', 'UTC']) {
    const days = [...calendarDays('2026-03', zone), ...calendarDays('2026-04', zone)];
    for (let i = 1; i < days.length; i += 1) expect(days[i]?.startUs).toBe(days[i - 1]?.endUs);
  }
});

it('says what is wrong', () => {
  expect(() => calendarDays('2026-03', 'Mars/Base')).toThrow('no time zone "Mars/Base"');
  expect(() => calendarDays('2026-13', 'UTC')).toThrow('not of the form');
});

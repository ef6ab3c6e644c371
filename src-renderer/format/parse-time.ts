import { MS_PER_MINUTE, US_PER_MS } from '../../src-shared/util/units.ts';
import { startOfDayUs, wallTimeOf, wallTimeToUs } from './time-zone.ts';

const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?$/;
const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const ZONE_SUFFIX = /(Z|[+-]\d{2}:?\d{2})$/i;

interface ParsedClock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fractionUs: number;
}

/**
 * Reads a time that somebody typed, in microseconds since the Unix epoch; null when it is none.
 *
 * Takes "14:04", "14:04:31.233" (on the day of `nearUs`), "2026-11-22", "2026-11-22 14:04:31", the same with
 * "T" and with "Z" or "+01:00" (then `zone` does not matter), "now", "yesterday 14:04", and bare Unix
 * microseconds or milliseconds. Without an offset the clock is that of `zone`, an IANA name.
 */
export function parseTime(text: string, zone: string, nearUs: number, nowUs: number): number | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === 'now') return nowUs;
  if (/^\d{16}$/.test(trimmed)) return Number(trimmed);
  if (/^\d{13}$/.test(trimmed)) return Number(trimmed) * US_PER_MS;
  const words = trimmed.replace(/(\d)t(\d)/, '$1 $2').split(/\s+/);
  const [first = '', second = ''] = words;
  if (words.length === 1) {
    const clock = parseClock(first);
    if (clock) return atClock(startOfDayUs(nearUs, zone), clock, zone);
    return parseDay(first, zone, nowUs);
  }
  if (words.length !== 2) return null;
  const offset = ZONE_SUFFIX.exec(second);
  if (offset?.[1]) return parseWithOffset(first, second.slice(0, offset.index), offset[1]);
  const dayUs = parseDay(first, zone, nowUs);
  const clock = parseClock(second);
  return dayUs === null || !clock ? null : atClock(dayUs, clock, zone);
}

function parseClock(text: string): ParsedClock | null {
  const match = CLOCK.exec(text);
  if (!match) return null;
  const clock = {
    hour: Number(match[1]),
    minute: Number(match[2]),
    second: Number(match[3] ?? 0),
    fractionUs: Number((match[4] ?? '').padEnd(6, '0')),
  };
  return clock.hour < 24 && clock.minute < 60 && clock.second < 60 ? clock : null;
}

function parseDay(text: string, zone: string, nowUs: number): number | null {
  if (text === 'today') return startOfDayUs(nowUs, zone);
  if (text === 'yesterday') return startOfDayUs(startOfDayUs(nowUs, zone) - 1, zone);
  const date = parseDate(text);
  return date ? wallTimeToUs({ ...date, hour: 0, minute: 0, second: 0 }, zone) : null;
}

function parseDate(text: string): { year: number; month: number; day: number } | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const check = new Date(Date.UTC(year, month - 1, day));
  const isReal = check.getUTCMonth() === month - 1 && check.getUTCDate() === day;
  return isReal ? { year, month, day } : null;
}

function atClock(dayUs: number, clock: ParsedClock, zone: string): number {
  const { year, month, day } = wallTimeOf(dayUs, zone);
  return wallTimeToUs({ year, month, day, ...clock }, zone) + clock.fractionUs;
}

function parseWithOffset(dateText: string, clockText: string, offset: string): number | null {
  const date = parseDate(dateText);
  const clock = parseClock(clockText);
  if (!date || !clock) return null;
  const utcUs = wallTimeToUs({ ...date, ...clock }, 'UTC') + clock.fractionUs;
  if (offset.toLowerCase() === 'z') return utcUs;
  const sign = offset.startsWith('-') ? -1 : 1;
  const digits = offset.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return utcUs - sign * minutes * MS_PER_MINUTE * US_PER_MS;
}

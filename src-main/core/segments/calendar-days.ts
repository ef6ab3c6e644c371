import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { MS_PER_MINUTE, US_PER_MS } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';

export interface CalendarDay extends TimeRange {
  /** `yyyy-mm-dd` in the zone. */
  day: string;
}

/** Zones lie less than 15 hours from UTC. */
const MAX_OFFSET_MINUTES = 15 * 60;

/**
 * The days of a month (`yyyy-mm`) in a time zone (IANA name), with their first and last instant.
 *
 * Days of 23 and 25 hours come out right, also where the clock is changed at midnight; a day that a zone left out
 * is left out. Throws bad_request for an unknown zone or month.
 */
export function calendarDays(month: string, timeZone: string): CalendarDay[] {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month);
  if (!match)
    throw new AppError('bad_request', `The month ${JSON.stringify(month)} is not of the form 2026-05.`);
  const localDate = localDateFormat(timeZone);
  const year = Number(match[1]);
  const monthIndex = Number(match[2]) - 1;
  const dayCount = new Date(Date.UTC(year, monthIndex + 1, 0)).getUTCDate();
  const starts = Array.from({ length: dayCount + 1 }, (_, i) =>
    dayStartMs(Date.UTC(year, monthIndex, i + 1), localDate),
  );
  return Array.from({ length: dayCount }, (_, i) => ({
    day: `${month}-${String(i + 1).padStart(2, '0')}`,
    startUs: (starts[i] ?? 0) * US_PER_MS,
    endUs: (starts[i + 1] ?? 0) * US_PER_MS,
  })).filter(({ startUs, endUs }) => startUs < endUs);
}

/** The first instant at which the zone's calendar shows the day or a later one, found by halving. */
function dayStartMs(utcMidnightMs: number, localDate: (instantMs: number) => string): number {
  const wanted = new Date(utcMidnightMs).toISOString().slice(0, 10);
  let low = -MAX_OFFSET_MINUTES;
  let high = MAX_OFFSET_MINUTES;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (localDate(utcMidnightMs + middle * MS_PER_MINUTE) >= wanted) high = middle;
    else low = middle;
  }
  return utcMidnightMs + high * MS_PER_MINUTE;
}

function localDateFormat(timeZone: string): (instantMs: number) => string {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      calendar: 'gregory',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  } catch (cause) {
    throw new AppError(
      'bad_request',
      `There is no time zone ${JSON.stringify(timeZone)}; give an IANA name such as Europe/Berlin.`,
      { cause },
    );
  }
  return (instantMs) => {
    const parts = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, value]));
    return `${parts.get('year')?.padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`;
  };
}

import {
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_MS,
  US_PER_SECOND,
} from '../../src-shared/util/units.ts';

/** Calendar fields of an instant in some time zone; `month` counts from 1. */
export interface ZonedFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Microseconds within the second. */
  readonly micros: number;
}

const US_PER_QUARTER_HOUR = 15 * US_PER_MINUTE;
const MAX_CACHED_OFFSETS = 4000;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}

function computeOffsetUs(us: number, timeZone: string): number {
  const wholeSec = Math.floor(us / US_PER_SECOND);
  const fields: Record<string, number> = {};
  for (const part of formatOf(timeZone).formatToParts(wholeSec * 1000))
    fields[part.type] = Number(part.value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return (Date.UTC(year, month - 1, day, hour, minute, second) - wholeSec * 1000) * US_PER_MS;
}

/**
 * How far local time of `timeZone` (IANA name) is ahead of UTC at `us`, in microseconds.
 *
 * Zones change their offset on quarter hours only, so that one look-up serves a quarter of an hour.
 */
export function zoneOffsetUs(us: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  let known = offsets.get(timeZone);
  if (!known || known.size > MAX_CACHED_OFFSETS) {
    known = new Map();
    offsets.set(timeZone, known);
  }
  const quarter = Math.floor(us / US_PER_QUARTER_HOUR);
  let offset = known.get(quarter);
  if (offset === undefined) {
    offset = computeOffsetUs(quarter * US_PER_QUARTER_HOUR, timeZone);
    known.set(quarter, offset);
  }
  return offset;
}

/** Calendar fields of `us` in `timeZone`. */
export function fieldsAt(us: number, timeZone: string): ZonedFields {
  const localUs = Math.floor(us) + zoneOffsetUs(us, timeZone);
  const wholeMs = Math.floor(localUs / US_PER_MS);
  const date = new Date(wholeMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    micros: localUs - Math.floor(localUs / US_PER_SECOND) * US_PER_SECOND,
  };
}

/** Day of the week of a calendar date, 0 is Sunday. */
export function weekdayOf(fields: Pick<ZonedFields, 'year' | 'month' | 'day'>): number {
  return new Date(Date.UTC(fields.year, fields.month - 1, fields.day)).getUTCDay();
}

/**
 * The instant at which `timeZone` shows the given local time; fields may overflow (day 32, hour 24).
 *
 * A local time that comes twice gives the first of the two; one that is left out gives the instant the
 * clock would have shown it had it not been put forward (as every calendar does).
 */
export function usOfFields(
  fields: Pick<ZonedFields, 'year' | 'month' | 'day'> & Partial<ZonedFields>,
  timeZone: string,
): number {
  const { year, month, day, hour = 0, minute = 0, second = 0, micros = 0 } = fields;
  const localUs = Date.UTC(year, month - 1, day, hour, minute, second) * US_PER_MS + micros;
  const before = zoneOffsetUs(localUs - US_PER_DAY, timeZone);
  const after = zoneOffsetUs(localUs + US_PER_DAY, timeZone);
  const candidates = [localUs - Math.max(before, after), localUs - Math.min(before, after)];
  for (const us of candidates) if (us + zoneOffsetUs(us, timeZone) === localUs) return us;
  return localUs - before;
}

/** Start of the local day that `us` lies in. */
export function dayStartUs(us: number, timeZone: string): number {
  return usOfFields(dateOf(us, timeZone), timeZone);
}

/** Start of the local day `days` after the one `us` lies in (negative: before). */
export function shiftDaysUs(us: number, days: number, timeZone: string): number {
  const date = dateOf(us, timeZone);
  return usOfFields({ ...date, day: date.day + days }, timeZone);
}

function dateOf(us: number, timeZone: string): Pick<ZonedFields, 'year' | 'month' | 'day'> {
  const { year, month, day } = fieldsAt(us, timeZone);
  return { year, month, day };
}

/** Short name of the offset at `us`, such as `UTC+1` or `UTC+5:30`. */
export function offsetName(us: number, timeZone: string): string {
  const offset = zoneOffsetUs(us, timeZone);
  if (offset === 0) return 'UTC';
  const hours = Math.floor(Math.abs(offset) / US_PER_HOUR);
  const minutes = Math.round((Math.abs(offset) % US_PER_HOUR) / US_PER_MINUTE);
  return `UTC${offset < 0 ? '−' : '+'}${hours}${minutes ? `:${String(minutes).padStart(2, '0')}` : ''}`;
}

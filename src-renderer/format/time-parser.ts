import { US_PER_HOUR, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '../../src-shared/util/units.ts';
import { fieldsAt, usOfFields } from './zone-time.ts';

export type ParsedTime =
  | { readonly ok: true; readonly us: number }
  | { readonly ok: false; readonly message: string };

export interface TimeParserContext {
  /** IANA zone in which times without one are meant. */
  readonly timeZone: string;
  /** Instant that gives a time without a date its day and that "-5m" counts from. */
  readonly referenceUs: number;
  readonly nowUs: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const UNIT_US: Record<string, number> = {
  ms: 1000,
  s: US_PER_SECOND,
  m: US_PER_MINUTE,
  h: US_PER_HOUR,
  d: 24 * US_PER_HOUR,
};

const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?`;
const CLOCK_ONLY = new RegExp(`^${CLOCK}$`);
const ISO = new RegExp(String.raw`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ]+${CLOCK})?(z|[+-]\d{2}:?\d{2})?$`);
const DAY_MONTH = new RegExp(String.raw`^(\d{1,2})\.? ([a-z]{3,9})\.?(?: (\d{4}))?(?:,? ${CLOCK})?$`);
const MONTH_DAY = new RegExp(String.raw`^([a-z]{3,9}) (\d{1,2})(?:,? (\d{4}))?(?:,? ${CLOCK})?$`);
const DOTTED = new RegExp(String.raw`^(\d{1,2})\.(\d{1,2})\.(\d{4})?(?: ${CLOCK})?$`);
const RELATIVE = /^([+-])((?: ?\d+(?:\.\d+)? ?(?:ms|s|m|h|d))+)$/;
const DAY_WORD = new RegExp(`^(today|yesterday)(?: ${CLOCK})?$`);

const EXAMPLES = '14:03:20, 22 Nov 14:03, 2026-11-22 14:03, -5m or now';

const fail = (message: string): ParsedTime => ({ ok: false, message });

type Clock = readonly [hour?: string, minute?: string, second?: string, fraction?: string];

/**
 * Reads a time as an operator types it, in the zone of `context`.
 *
 * Understood: `14:03`, `14:03:20.5`, `22 Nov 14:03`, `Nov 22, 2026`, `22.11.2026 14:03`, ISO with or
 * without a zone, `today`, `yesterday 14:03`, `now`, `-5m`, `+1h30m`, Unix time in ms or µs. A time alone lies on the day of the
 * reference, a date without a year in the most recent such year.
 */
export function parseTime(text: string, context: TimeParserContext): ParsedTime {
  const input = text
    .trim()
    .toLowerCase()
    .replaceAll('−', '-')
    .replace(/\s+/g, ' ')
    .replace(/^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? (?=.)/, '');
  if (input === '') return fail(`Type a time, for example ${EXAMPLES}.`);
  if (input === 'now' || input === 'live') return { ok: true, us: context.nowUs };
  // Scripts and logs speak of milliseconds and microseconds since 1970.
  if (/^\d{13}$/.test(input)) return { ok: true, us: Number(input) * US_PER_MS };
  if (/^\d{16}$/.test(input)) return { ok: true, us: Number(input) };

  const relative = RELATIVE.exec(input);
  if (relative) return parseRelative(relative[1]!, relative[2]!, context.referenceUs);

  const reference = fieldsAt(context.referenceUs, context.timeZone);
  const today = fieldsAt(context.nowUs, context.timeZone);

  const clock = CLOCK_ONLY.exec(input);
  if (clock)
    return at(
      reference.year,
      reference.month,
      reference.day,
      clock.slice(1) as unknown as Clock,
      context.timeZone,
    );

  const word = DAY_WORD.exec(input);
  if (word) {
    const day = today.day - (word[1] === 'yesterday' ? 1 : 0);
    const date = new Date(Date.UTC(today.year, today.month - 1, day));
    return at(
      date.getUTCFullYear(),
      date.getUTCMonth() + 1,
      date.getUTCDate(),
      clockOf(word, 2),
      context.timeZone,
    );
  }

  const iso = ISO.exec(input);
  if (iso) return parseIso(iso, context.timeZone);

  const dotted = DOTTED.exec(input);
  if (dotted) {
    const [, day, month, year] = dotted;
    return dated(year, Number(month), Number(day), clockOf(dotted, 4), context);
  }

  const dayMonth = DAY_MONTH.exec(input);
  if (dayMonth) return named(dayMonth[3], dayMonth[2]!, Number(dayMonth[1]), clockOf(dayMonth, 4), context);
  const monthDay = MONTH_DAY.exec(input);
  if (monthDay) return named(monthDay[3], monthDay[1]!, Number(monthDay[2]), clockOf(monthDay, 4), context);

  return fail(`“${text.trim()}” is not a time. Try ${EXAMPLES}.`);
}

function clockOf(match: RegExpExecArray, from: number): Clock {
  return match.slice(from, from + 4) as unknown as Clock;
}

function parseRelative(sign: string, parts: string, referenceUs: number): ParsedTime {
  let lengthUs = 0;
  for (const [, value, unit] of parts.matchAll(/(\d+(?:\.\d+)?) ?(ms|s|m|h|d)/g))
    lengthUs += Math.round(Number(value) * UNIT_US[unit!]!);
  return { ok: true, us: referenceUs + (sign === '-' ? -lengthUs : lengthUs) };
}

function parseIso(iso: RegExpExecArray, timeZone: string): ParsedTime {
  const [, year, month, day] = iso.map(Number);
  const zone = iso[8];
  const local = at(year!, month!, day!, clockOf(iso, 4), zone ? 'UTC' : timeZone);
  if (!local.ok || !zone || zone === 'z') return local;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return { ok: true, us: local.us - (zone.startsWith('-') ? -1 : 1) * minutes * US_PER_MINUTE };
}

function named(
  year: string | undefined,
  monthName: string,
  day: number,
  clock: Clock,
  context: TimeParserContext,
): ParsedTime {
  const month = MONTHS.findIndex((name) => monthName.startsWith(name)) + 1;
  if (month === 0) return fail(`“${monthName}” is not a month.`);
  return dated(year, month, day, clock, context);
}

/** A date without a year is the latest one that is not more than a day in the future. */
function dated(
  year: string | undefined,
  month: number,
  day: number,
  clock: Clock,
  context: TimeParserContext,
): ParsedTime {
  if (year) return at(Number(year), month, day, clock, context.timeZone);
  const thisYear = fieldsAt(context.nowUs, context.timeZone).year;
  const parsed = at(thisYear, month, day, clock, context.timeZone);
  if (parsed.ok && parsed.us <= context.nowUs + 24 * US_PER_HOUR) return parsed;
  const before = at(thisYear - 1, month, day, clock, context.timeZone);
  return before.ok ? before : parsed;
}

function at(year: number, month: number, day: number, clock: Clock, timeZone: string): ParsedTime {
  const [hour = '0', minute = '0', second = '0', fraction = '0'] = clock;
  if (month < 1 || month > 12) return fail(`There is no month ${month}.`);
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate())
    return fail(`That month has no day ${day}.`);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return fail('Hours go to 23, minutes and seconds to 59.');
  const micros = Number(fraction.padEnd(6, '0'));
  const fields = {
    year,
    month,
    day,
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    micros,
  };
  return { ok: true, us: usOfFields(fields, timeZone) };
}

/** Reads a length as typed: `90s`, `1m30s`, `1:30`, `0:01:30.5`, or bare seconds; null where it is none. */
export function parseLengthUs(text: string): number | null {
  const input = text
    .trim()
    .toLowerCase()
    .replace(/\bmin(utes?)?\b/g, 'm')
    .replace(/\b(sec(onds?)?)\b/g, 's')
    .replace(/\bhours?\b/g, 'h');
  if (/^\d+(?:[.,]\d+)?$/.test(input)) return Math.round(Number(input.replace(',', '.')) * US_PER_SECOND);
  const colon = /^(?:(\d+):)?(\d+):(\d{1,2}(?:[.,]\d+)?)$/.exec(input);
  if (colon) {
    const [, hours = '0', minutes, seconds] = colon;
    return Math.round(
      Number(hours) * US_PER_HOUR +
        Number(minutes) * US_PER_MINUTE +
        Number(seconds!.replace(',', '.')) * US_PER_SECOND,
    );
  }
  if (!/^(?: ?\d+(?:\.\d+)? ?(?:ms|s|m|h|d))+$/.test(input)) return null;
  const relative = parseRelative('+', input, 0);
  return relative.ok ? relative.us : null;
}

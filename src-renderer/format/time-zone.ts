import { MS_PER_MINUTE, US_PER_MS } from '../../src-shared/util/units.ts';

/** The operator's choice: this computer's zone, UTC, or an IANA name. */
export type ZoneChoice = string;

export const LOCAL_ZONE: ZoneChoice = 'local';
export const UTC_ZONE: ZoneChoice = 'utc';

/** The IANA name behind a choice. */
export function resolveZone(choice: ZoneChoice): string {
  if (choice === LOCAL_ZONE) return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  return choice === UTC_ZONE ? 'UTC' : choice;
}

/** Whether Intl knows the name of a zone. */
export function isKnownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** All zones Intl knows, UTC first. */
export function listZones(): string[] {
  const names = Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC');
  return ['UTC', ...names];
}

/** Fields of a wall clock. `month` 1 to 12. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const partsFormats = new Map<string, Intl.DateTimeFormat>();

function partsFormat(zone: string): Intl.DateTimeFormat {
  let format = partsFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    partsFormats.set(zone, format);
  }
  return format;
}

/** What the wall clock of a zone shows at an instant. */
export function wallTimeOf(timeUs: number, zone: string): WallTime {
  const fields: Record<string, number> = {};
  for (const part of partsFormat(zone).formatToParts(Math.floor(timeUs / US_PER_MS))) {
    if (part.type !== 'literal') fields[part.type] = Number(part.value);
  }
  return {
    year: fields.year ?? 1970,
    month: fields.month ?? 1,
    day: fields.day ?? 1,
    hour: fields.hour ?? 0,
    minute: fields.minute ?? 0,
    second: fields.second ?? 0,
  };
}

function asUtcMs(wall: WallTime): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
}

/** Minutes the zone is ahead of UTC at an instant. */
export function zoneOffsetMinutes(timeUs: number, zone: string): number {
  const wholeSecondMs = Math.floor(timeUs / (1000 * US_PER_MS)) * 1000;
  return Math.round((asUtcMs(wallTimeOf(timeUs, zone)) - wholeSecondMs) / MS_PER_MINUTE);
}

/**
 * The instant at which a zone's wall clock shows `wall`, in microseconds since the Unix epoch.
 *
 * Where the clock shows it twice (end of summer time) the first instant is given; where it is skipped, the
 * instant as far after the change as `wall` is after the skipped hour's start.
 */
export function wallTimeToUs(wall: WallTime, zone: string): number {
  const asUtcUs = asUtcMs(wall) * US_PER_MS;
  const dayUs = 24 * 60 * MS_PER_MINUTE * US_PER_MS;
  const offsetUs = (atUs: number) => zoneOffsetMinutes(atUs, zone) * MS_PER_MINUTE * US_PER_MS;
  const before = asUtcUs - offsetUs(asUtcUs - dayUs);
  const after = asUtcUs - offsetUs(asUtcUs + dayUs);
  const matches = [before, after].filter((us) => asUtcUs - offsetUs(us) === us).sort((a, b) => a - b);
  return matches[0] ?? before;
}

/** Start of the calendar day of an instant in a zone. Days are 23 to 25 hours long. */
export function startOfDayUs(timeUs: number, zone: string): number {
  return wallTimeToUs({ ...wallTimeOf(timeUs, zone), hour: 0, minute: 0, second: 0 }, zone);
}

/** Start of the day `days` after (or before) the one of an instant. */
export function addDaysUs(timeUs: number, days: number, zone: string): number {
  const wall = wallTimeOf(timeUs, zone);
  return wallTimeToUs({ ...wall, day: wall.day + days, hour: 0, minute: 0, second: 0 }, zone);
}

/** "UTC", "UTC+1", "UTC+5:30" at an instant. */
export function formatZoneOffset(timeUs: number, zone: string): string {
  const minutes = zoneOffsetMinutes(timeUs, zone);
  if (minutes === 0) return 'UTC';
  const abs = Math.abs(minutes);
  const rest = abs % 60 === 0 ? '' : `:${(abs % 60).toString().padStart(2, '0')}`;
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(abs / 60)}${rest}`;
}

/** "UTC+1 Berlin": offset at the instant and the city of the zone; "UTC" alone for UTC. */
export function formatZone(timeUs: number, zone: string): string {
  const offset = formatZoneOffset(timeUs, zone);
  if (zone === 'UTC') return 'UTC';
  return `${offset} ${zoneCity(zone)}`;
}

/** "Berlin" of Europe/Berlin. */
export function zoneCity(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

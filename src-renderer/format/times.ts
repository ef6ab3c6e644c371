import { US_PER_MS, US_PER_SECOND } from '../../src-shared/util/units.ts';
import { formatZoneOffset, type WallTime, wallTimeOf } from './time-zone.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** How fine a clock is shown. */
export type ClockDigits = 'minutes' | 'seconds' | 'milliseconds';

function pad(value: number, width = 2): string {
  return value.toString().padStart(width, '0');
}

/** "14:04:31.233" in a zone (an IANA name). */
export function formatClock(timeUs: number, zone: string, digits: ClockDigits = 'seconds'): string {
  const wall = wallTimeOf(timeUs, zone);
  const minutes = `${pad(wall.hour)}:${pad(wall.minute)}`;
  if (digits === 'minutes') return minutes;
  const seconds = `${minutes}:${pad(wall.second)}`;
  if (digits === 'seconds') return seconds;
  const inSecondUs = ((timeUs % US_PER_SECOND) + US_PER_SECOND) % US_PER_SECOND;
  return `${seconds}.${pad(Math.floor(inSecondUs / US_PER_MS), 3)}`;
}

/** "22 Nov 2026" in a zone. */
export function formatDate(timeUs: number, zone: string): string {
  const wall = wallTimeOf(timeUs, zone);
  return `${wall.day} ${MONTHS[wall.month - 1]} ${wall.year}`;
}

/** "Sun 22 Nov" in a zone. */
export function formatShortDate(timeUs: number, zone: string): string {
  const wall = wallTimeOf(timeUs, zone);
  return `${WEEKDAYS[weekdayOf(wall)]} ${wall.day} ${MONTHS[wall.month - 1]}`;
}

/** 0 is Sunday. */
export function weekdayOf(wall: Pick<WallTime, 'year' | 'month' | 'day'>): number {
  return new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).getUTCDay();
}

/** "22 Nov 2026 14:04:31 UTC+1": nothing left to guess. */
export function formatDateTime(timeUs: number, zone: string, digits: ClockDigits = 'seconds'): string {
  return `${formatDate(timeUs, zone)} ${formatClock(timeUs, zone, digits)} ${formatZoneOffset(timeUs, zone)}`;
}

/** "2026-11-22" in a zone, as file names and the day route have it. */
export function formatIsoDay(timeUs: number, zone: string): string {
  const wall = wallTimeOf(timeUs, zone);
  return `${pad(wall.year, 4)}-${pad(wall.month)}-${pad(wall.day)}`;
}

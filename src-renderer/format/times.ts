import { US_PER_MS } from '../../src-shared/util/units.ts';
import { fieldsAt, offsetName, weekdayOf } from './zone-time.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** How fine a clock is shown. */
export type ClockDigits = 'minutes' | 'seconds' | 'milliseconds';

function pad(value: number, width = 2): string {
  return value.toString().padStart(width, '0');
}

/** "14:04:31.233" in a zone (an IANA name). */
export function formatClock(timeUs: number, zone: string, digits: ClockDigits = 'seconds'): string {
  const at = fieldsAt(timeUs, zone);
  const minutes = `${pad(at.hour)}:${pad(at.minute)}`;
  if (digits === 'minutes') return minutes;
  const seconds = `${minutes}:${pad(at.second)}`;
  if (digits === 'seconds') return seconds;
  return `${seconds}.${pad(Math.floor(at.micros / US_PER_MS), 3)}`;
}

/** "22 Nov 2026" in a zone. */
export function formatDate(timeUs: number, zone: string): string {
  const at = fieldsAt(timeUs, zone);
  return `${at.day} ${MONTHS[at.month - 1]} ${at.year}`;
}

/** "Sun 22 Nov" in a zone. */
export function formatShortDate(timeUs: number, zone: string): string {
  const at = fieldsAt(timeUs, zone);
  return `${WEEKDAYS[weekdayOf(at)]} ${at.day} ${MONTHS[at.month - 1]}`;
}

/** "Sun 22 Nov" where that is of this year, else "22 Nov 2025". */
export function formatNearDate(timeUs: number, zone: string, nowUs = Date.now() * US_PER_MS): string {
  const isThisYear = fieldsAt(timeUs, zone).year === fieldsAt(nowUs, zone).year;
  return isThisYear ? formatShortDate(timeUs, zone) : formatDate(timeUs, zone);
}

/** "22 Nov 2026 14:04:31 UTC+1": nothing left to guess. */
export function formatDateTime(timeUs: number, zone: string, digits: ClockDigits = 'seconds'): string {
  return `${formatDate(timeUs, zone)} ${formatClock(timeUs, zone, digits)} ${offsetName(timeUs, zone)}`;
}

/** "2026-11-22" in a zone, as file names and the day route have it. */
export function formatIsoDay(timeUs: number, zone: string): string {
  const at = fieldsAt(timeUs, zone);
  return `${pad(at.year, 4)}-${pad(at.month)}-${pad(at.day)}`;
}

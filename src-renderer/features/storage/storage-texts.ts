import { formatDurationUs } from '../../format/durations.ts';
import { formatBytes, formatCounted } from '../../format/numbers.ts';
import { formatShortDate } from '../../format/times.ts';
import type { HeatCell } from './heat-rows.ts';

/** "Sun 22 Nov", of a UTC day `yyyy-mm-dd`. */
export function dayText(day: string): string {
  return formatShortDate(Date.parse(`${day}T12:00:00Z`) * 1000, 'UTC');
}

/** "3.41 GB, 23 h 58 min, 17,240 segments", or that nothing was recorded. */
export function cellText(cell: Pick<HeatCell, 'sizeBytes' | 'recordedUs' | 'segmentCount'>): string {
  if (cell.segmentCount === 0) return 'nothing recorded';
  const segments = formatCounted(cell.segmentCount, 'segment');
  const size = cell.sizeBytes > 0 ? formatBytes(cell.sizeBytes) : 'size not known yet';
  return `${size}, ${formatDurationUs(roundToMinutes(cell.recordedUs))}, ${segments}`;
}

const US_PER_MINUTE = 60_000_000;

/** Seconds of a day's recorded time are noise, except where there are only seconds. */
function roundToMinutes(durationUs: number): number {
  if (durationUs < 10 * US_PER_MINUTE) return durationUs;
  return Math.round(durationUs / US_PER_MINUTE) * US_PER_MINUTE;
}

/** "full in 19 days", "full in 3 years"; null where it is not known or very far off. */
export function fullInText(days: number | null): string | null {
  if (days === null || days > 3650) return null;
  if (days < 1) return 'full within a day';
  if (days <= 730) return `full in ${formatCounted(Math.floor(days), 'day')}`;
  return `full in ${Math.floor(days / 365)} years`;
}

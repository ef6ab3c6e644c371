import type { StreamTotal, StreamUsage } from '../../../src-shared/contract/index-routes.ts';
import { MS_PER_DAY } from '../../../src-shared/util/units.ts';

/** Bytes recorded on each of the days, all streams together. */
export function bytesByDay(streams: readonly StreamUsage[], days: readonly string[]): number[] {
  const sums = new Map<string, number>();
  for (const { days: own } of streams) {
    for (const { day, sizeBytes } of own) sums.set(day, (sums.get(day) ?? 0) + sizeBytes);
  }
  return days.map((day) => sums.get(day) ?? 0);
}

/** `yyyy-mm-dd` of each UTC day from `fromDay` to `toDay`, both included. */
export function daysBetween(fromDay: string, toDay: string): string[] {
  const days: string[] = [];
  for (let atMs = Date.parse(`${fromDay}T00:00:00Z`); ; atMs += MS_PER_DAY) {
    const day = new Date(atMs).toISOString().slice(0, 10);
    if (!(day <= toDay)) return days;
    days.push(day);
  }
}

const GROWTH_DAYS = 7;

/**
 * Bytes that come in per day: the mean of the last week's whole days, from the first of them on which anything was
 * recorded. Null where only today is known. The last of `perDay` is today.
 */
export function growthPerDay(perDay: readonly number[]): number | null {
  const whole = perDay.slice(0, -1).slice(-GROWTH_DAYS);
  const first = whole.findIndex((bytes) => bytes > 0);
  if (first < 0) return null;
  const counted = whole.slice(first);
  return counted.reduce((sum, bytes) => sum + bytes, 0) / counted.length;
}

/** Whole days until the disk is full at this rate; null where that cannot be said. */
export function daysUntilFull(freeBytes: number | null, perDayBytes: number | null): number | null {
  if (freeBytes === null || perDayBytes === null || perDayBytes <= 0) return null;
  return Math.floor(freeBytes / perDayBytes);
}

/** All recordings together; `startUs` null where there are none. */
export function sumTotals(totals: readonly StreamTotal[]): {
  sizeBytes: number;
  recordingCount: number;
  startUs: number | null;
} {
  let sizeBytes = 0;
  let recordingCount = 0;
  let startUs: number | null = null;
  for (const total of totals) {
    sizeBytes += total.sizeBytes;
    recordingCount += total.recordingCount;
    startUs = Math.min(startUs ?? total.startUs, total.startUs);
  }
  return { sizeBytes, recordingCount, startUs };
}

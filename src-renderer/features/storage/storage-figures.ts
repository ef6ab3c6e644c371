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

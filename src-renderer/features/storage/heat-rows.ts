import type { StreamTotal, StreamUsage } from '../../../src-shared/contract/index-routes.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { compareNames } from '../../stores/keyed-list.ts';

export const HEAT_MEASURES = ['size', 'time'] as const;
/** What a shade stands for: bytes, or the part of the day that was recorded. */
export type HeatMeasure = (typeof HEAT_MEASURES)[number];

export interface HeatCell {
  readonly day: string;
  readonly sizeBytes: number;
  readonly recordedUs: number;
  readonly segmentCount: number;
  /** 0 for nothing to `LEVELS`. */
  readonly level: number;
}

export interface HeatRow {
  readonly stream: string;
  readonly nodes: readonly string[];
  readonly cells: readonly HeatCell[];
  /** In the days shown. */
  readonly sizeBytes: number;
  /** Of all time. */
  readonly totalBytes: number;
}

const SHADE_POWER = 0.7;

/** How many shades there are beside that of nothing. */
export const LEVELS = 5;

export type HeatOrder = 'name' | 'size' | 'total';

/** One row per stream that has recordings, with a cell for each day. */
export function heatRows(
  streams: readonly StreamUsage[],
  totals: readonly StreamTotal[],
  days: readonly string[],
  measure: HeatMeasure,
): HeatRow[] {
  const usages = new Map(streams.map((usage) => [usage.stream, usage]));
  const totalOf = new Map(totals.map((total) => [total.stream, total.sizeBytes]));
  const names = [...new Set([...usages.keys(), ...totalOf.keys()])];
  const largest = Math.max(0, ...streams.flatMap((usage) => usage.days.map((day) => day.sizeBytes)));
  return names.map((stream) => {
    const usage = usages.get(stream);
    const byDay = new Map(usage?.days.map((entry) => [entry.day, entry]));
    const cells = days.map((day): HeatCell => {
      const entry = byDay.get(day);
      const { recordedUs = 0, segmentCount = 0, sizeBytes = 0 } = entry ?? {};
      // Small streams would vanish beside large ones, so shades do not follow the size alone.
      const share =
        measure === 'size'
          ? (largest > 0 ? sizeBytes / largest : 0) ** SHADE_POWER
          : recordedUs / US_PER_DAY / Math.max(1, usage?.nodes.length ?? 1);
      return { day, sizeBytes, recordedUs, segmentCount, level: levelOf(share, segmentCount > 0) };
    });
    const sizeBytes = cells.reduce((sum, cell) => sum + cell.sizeBytes, 0);
    return {
      stream,
      nodes: usage?.nodes ?? [],
      cells,
      sizeBytes,
      // The sum of all time may be a minute older than the days.
      totalBytes: Math.max(sizeBytes, totalOf.get(stream) ?? 0),
    };
  });
}

/** What is there is never shown as nothing. */
function levelOf(share: number, isThere: boolean): number {
  const level = Math.min(LEVELS, Math.ceil(share * LEVELS - 0.02));
  return isThere ? Math.max(1, level) : 0;
}

export function orderHeatRows(rows: readonly HeatRow[], order: HeatOrder): HeatRow[] {
  const byName = (a: HeatRow, b: HeatRow) => compareNames(a.stream, b.stream);
  if (order === 'name') return [...rows].sort(byName);
  const key = order === 'size' ? 'sizeBytes' : 'totalBytes';
  return [...rows].sort((a, b) => b[key] - a[key] || byName(a, b));
}

/** Where an arrow key moves in the grid; null when it does not. */
export function moveInHeat(
  key: string,
  at: { row: number; column: number },
  size: { rows: number; columns: number },
): { row: number; column: number } | null {
  const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  switch (key) {
    case 'ArrowLeft':
      return { ...at, column: clamp(at.column - 1, size.columns) };
    case 'ArrowRight':
      return { ...at, column: clamp(at.column + 1, size.columns) };
    case 'ArrowUp':
      return { ...at, row: clamp(at.row - 1, size.rows) };
    case 'ArrowDown':
      return { ...at, row: clamp(at.row + 1, size.rows) };
    case 'Home':
      return { ...at, column: 0 };
    case 'End':
      return { ...at, column: size.columns - 1 };
    default:
      return null;
  }
}

import { type Static, Type } from 'typebox';

/** A span of recorded time: `startUs` inclusive, `endUs` exclusive, microseconds since the Unix epoch. */
export const TimeRange = Type.Object({
  startUs: Type.Integer({ description: 'First instant, inclusive, microseconds since the Unix epoch.' }),
  endUs: Type.Integer({ description: 'End, exclusive, microseconds since the Unix epoch.' }),
});
export type TimeRange = Static<typeof TimeRange>;

/** The part two ranges share, or null. */
export function intersectRanges(a: TimeRange, b: TimeRange): TimeRange | null {
  const startUs = Math.max(a.startUs, b.startUs);
  const endUs = Math.min(a.endUs, b.endUs);
  return startUs < endUs ? { startUs, endUs } : null;
}

/**
 * Joins ranges that touch or lie at most `toleranceUs` apart.
 *
 * `ranges` in any order; the result is sorted and its ranges are more than `toleranceUs` apart.
 */
export function mergeRanges(ranges: readonly TimeRange[], toleranceUs = 0): TimeRange[] {
  const sorted = [...ranges].sort((a, b) => a.startUs - b.startUs);
  const merged: TimeRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last && range.startUs - last.endUs <= toleranceUs) last.endUs = Math.max(last.endUs, range.endUs);
    else merged.push({ startUs: range.startUs, endUs: range.endUs });
  }
  return merged;
}

/** What of `whole` is not in `parts` (sorted, not overlapping). */
export function subtractRanges(whole: TimeRange, parts: readonly TimeRange[]): TimeRange[] {
  const rest: TimeRange[] = [];
  let fromUs = whole.startUs;
  for (const part of parts) {
    if (part.endUs <= fromUs) continue;
    if (part.startUs >= whole.endUs) break;
    if (part.startUs > fromUs) rest.push({ startUs: fromUs, endUs: part.startUs });
    fromUs = Math.max(fromUs, part.endUs);
  }
  if (fromUs < whole.endUs) rest.push({ startUs: fromUs, endUs: whole.endUs });
  return rest;
}

import { US_PER_DAY, US_PER_SECOND } from '../../../src-shared/util/units.ts';

/** Recorded time of one stream, node and track. `endUs` is exclusive. */
export interface CoverageSpan {
  startUs: number;
  endUs: number;
  isEstimated: boolean;
}

/** Segments this close together are one span. */
export const MERGE_TOLERANCE_US = US_PER_SECOND;

/** Number of the UTC day that an instant lies in. */
export function dayOf(instantUs: number): number {
  return Math.floor(instantUs / US_PER_DAY);
}

/** Cuts a span at each UTC midnight, so that every day can be kept for itself. Empty spans give nothing. */
export function splitAtMidnight(span: CoverageSpan): CoverageSpan[] {
  const parts: CoverageSpan[] = [];
  let { startUs } = span;
  while (startUs < span.endUs) {
    const endUs = Math.min(span.endUs, (dayOf(startUs) + 1) * US_PER_DAY);
    parts.push({ startUs, endUs, isEstimated: span.isEstimated });
    startUs = endUs;
  }
  return parts;
}

/**
 * Merges spans of one day that touch or lie at most `MERGE_TOLERANCE_US` apart; sorted.
 *
 * The result does not depend on the order in which spans came, so adding to merged spans and counting anew agree.
 */
export function mergeSpans(spans: readonly CoverageSpan[]): CoverageSpan[] {
  const merged: CoverageSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.startUs - b.startUs)) {
    const last = merged.at(-1);
    if (last && span.startUs - last.endUs <= MERGE_TOLERANCE_US) {
      last.endUs = Math.max(last.endUs, span.endUs);
      last.isEstimated ||= span.isEstimated;
    } else {
      merged.push({ ...span });
    }
  }
  return merged;
}

/** Coverage of segments counted from nothing: cut into days, merged within each, sorted. */
export function countCoverage(segments: readonly CoverageSpan[]): CoverageSpan[] {
  const byDay = new Map<number, CoverageSpan[]>();
  for (const part of segments.flatMap(splitAtMidnight)) {
    const day = dayOf(part.startUs);
    const parts = byDay.get(day);
    if (parts) parts.push(part);
    else byDay.set(day, [part]);
  }
  return [...byDay.entries()].sort(([a], [b]) => a - b).flatMap(([, parts]) => mergeSpans(parts));
}

/** What to write so that `before` becomes `after`; both merged, of one day. A span is known by its start. */
export function spanChanges(
  before: readonly CoverageSpan[],
  after: readonly CoverageSpan[],
): { removedStartsUs: number[]; written: CoverageSpan[] } {
  const old = new Map(before.map((span) => [span.startUs, span]));
  const kept = new Set(after.map((span) => span.startUs));
  return {
    removedStartsUs: before.filter((span) => !kept.has(span.startUs)).map((span) => span.startUs),
    written: after.filter((span) => {
      const same = old.get(span.startUs);
      return same?.endUs !== span.endUs || same.isEstimated !== span.isEstimated;
    }),
  };
}

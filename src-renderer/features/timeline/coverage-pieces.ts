import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { mergeRanges, subtractRanges } from '../../../src-shared/model/time-range.ts';

export interface CoverageSpan extends TimeRange {
  readonly isEstimated: boolean;
}

export interface NodeSpans {
  readonly alias: string;
  /** Sorted, not overlapping. */
  readonly spans: readonly CoverageSpan[];
}

/** A stretch of a lane that is drawn as one bar: who recorded it, and how sure its time is. */
export interface CoveragePiece extends TimeRange {
  readonly alias: string;
  /** Only a node other than the main one has it. */
  readonly isSecondSource: boolean;
  readonly isEstimated: boolean;
}

function lengthUs(spans: readonly TimeRange[]): number {
  return spans.reduce((sum, span) => sum + span.endUs - span.startUs, 0);
}

/** The node that recorded most; `previous` stays while no other has a tenth more, so that colours keep still. */
export function pickMainNode(nodes: readonly NodeSpans[], previous: string | null): string | null {
  let best: { alias: string; us: number } | null = null;
  for (const node of nodes) {
    const us = lengthUs(node.spans) * (node.alias === previous ? 1.1 : 1);
    if (!best || us > best.us || (us === best.us && node.alias < best.alias))
      best = { alias: node.alias, us };
  }
  return best?.alias ?? null;
}

/**
 * What to draw for a stream: all time of the main node, then of the others only what is still missing.
 *
 * The result is sorted and its pieces do not overlap.
 */
export function splitBySource(nodes: readonly NodeSpans[], mainAlias: string | null): CoveragePiece[] {
  const pieces: CoveragePiece[] = [];
  let covered: TimeRange[] = [];
  const ordered = [...nodes].sort(
    (a, b) =>
      Number(b.alias === mainAlias) - Number(a.alias === mainAlias) ||
      lengthUs(b.spans) - lengthUs(a.spans) ||
      (a.alias < b.alias ? -1 : 1),
  );
  for (const node of ordered) {
    const isSecondSource = node.alias !== mainAlias;
    for (const span of node.spans) {
      const rest = covered.length === 0 ? [span] : subtractRanges(span, covered);
      for (const { startUs, endUs } of rest)
        pieces.push({ startUs, endUs, alias: node.alias, isSecondSource, isEstimated: span.isEstimated });
    }
    covered = mergeRanges([...covered, ...node.spans]);
  }
  return pieces.sort((a, b) => a.startUs - b.startUs);
}

/** Without time whose objects are lost, at all nodes; `lost` sorted and not overlapping. */
export function withoutLost(nodes: readonly NodeSpans[], lost: readonly TimeRange[]): readonly NodeSpans[] {
  if (lost.length === 0) return nodes;
  return nodes.map(({ alias, spans }) => ({
    alias,
    spans: spans.flatMap((span) => subtractRanges(span, lost).map((rest) => ({ ...span, ...rest }))),
  }));
}

/** Recorded time of a stream whoever recorded it, merged. */
export function coveredRanges(nodes: readonly NodeSpans[]): TimeRange[] {
  return mergeRanges(nodes.flatMap((node) => node.spans));
}

/** Gaps between the first recorded instant and `endUs` of what is known, within `range`. */
export function gapsIn(range: TimeRange, covered: readonly TimeRange[]): TimeRange[] {
  return range.endUs > range.startUs ? subtractRanges(range, covered) : [];
}

/** The element that contains `us`, or null; `ranges` sorted and not overlapping. */
export function findRangeAt<T extends TimeRange>(ranges: readonly T[], us: number): T | null {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle]!;
    if (us < range.startUs) high = middle - 1;
    else if (us >= range.endUs) low = middle + 1;
    else return range;
  }
  return null;
}

/** Recorded instants nearest to `us`: the end of the time before it and the start of the time after it. */
export function nearestCovered(
  ranges: readonly TimeRange[],
  us: number,
): { beforeUs: number | null; afterUs: number | null } {
  let beforeUs: number | null = null;
  let afterUs: number | null = null;
  for (const range of ranges) {
    if (range.endUs <= us) beforeUs = range.endUs;
    else if (range.startUs > us) {
      afterUs = range.startUs;
      break;
    }
  }
  return { beforeUs, afterUs };
}

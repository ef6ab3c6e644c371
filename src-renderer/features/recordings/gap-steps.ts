import type { TimeRange } from '../../../src-shared/model/time-range.ts';

/** Places of interest around a playhead, from recorded time (sorted, not overlapping). */
export interface GapSteps {
  /** Start of the recorded time behind the next gap: where `]` goes. */
  readonly nextUs: number | null;
  /** A little before the gap in front of the playhead: where `[` goes. */
  readonly previousUs: number | null;
  /** Start and end of the recorded time that holds the playhead; null within a gap. */
  readonly around: TimeRange | null;
}

/** So much of the end of a recording is shown before a gap. */
export const LEAD_US = 3_000_000;

export function gapStepsAt(covered: readonly TimeRange[], playheadUs: number): GapSteps {
  const nextUs = covered.find((range) => range.startUs > playheadUs)?.startUs ?? null;
  // From just before a gap, `[` goes on to the gap before.
  const ended = covered.findLast((range) => range.endUs - LEAD_US < playheadUs - 500_000);
  const previousUs =
    ended && ended.endUs <= playheadUs + LEAD_US ? endOf(ended) : previousEnd(covered, playheadUs);
  const around = covered.find((range) => range.startUs <= playheadUs && playheadUs < range.endUs) ?? null;
  return { nextUs, previousUs, around };
}

function previousEnd(covered: readonly TimeRange[], playheadUs: number): number | null {
  const ended = covered.findLast((range) => range.endUs <= playheadUs);
  return ended ? endOf(ended) : null;
}

function endOf(range: TimeRange): number {
  return Math.max(range.startUs, range.endUs - LEAD_US);
}

import type { RecordingGap } from '../../../src-shared/model/recording-gap.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import type { CoveragePiece } from './coverage-pieces.ts';
import {
  coveredRanges,
  findRangeAt,
  gapsIn,
  type NodeSpans,
  splitBySource,
  withoutLost,
} from './coverage-pieces.ts';
import { lostOf } from './gap-reasons.ts';
import type { LaneFlag } from './timeline-flags.ts';
import type { Ruler } from './timeline-ruler.ts';

/** A failure that playing got over, on its lane. */
export interface LaneMark {
  readonly atUs: number;
  readonly resumedUs: number | null;
  readonly message: string;
}

/** One stream, ready to be drawn. */
export interface LaneScene {
  readonly stream: string;
  readonly pieces: readonly CoveragePiece[];
  readonly gaps: readonly TimeRange[];
  /** Why its gaps are there, as far as that is known. */
  readonly reasons: readonly RecordingGap[];
  /** What is not known yet. */
  readonly unknown: readonly TimeRange[];
  readonly borders: readonly number[];
  readonly marks: readonly LaneMark[];
  readonly isActive: boolean;
  readonly isRecording: boolean;
}

/** Everything a frame of the timeline shows. */
export interface TimelineScene {
  readonly view: TimeRange;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly scrollTopPx: number;
  readonly ruler: Ruler;
  readonly lanes: readonly LaneScene[];
  readonly flags: readonly LaneFlag[];
  readonly laneCount: number;
  readonly firstLane: number;
  readonly selection: TimeRange | null;
  readonly playheadUs: number | null;
  readonly nowUs: number;
  readonly hoverUs: number | null;
}

export interface LaneFacts {
  readonly stream: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly isRecording: boolean;
  readonly isActive: boolean;
  readonly mainAlias: string | null;
  readonly nodes: readonly NodeSpans[];
  readonly unknown: readonly TimeRange[];
  readonly borders: readonly number[];
  readonly reasons?: readonly RecordingGap[];
  readonly marks: readonly LaneMark[];
}

/** Behind the newest segment of a stream that records, so much is simply not there yet. */
const LIVE_LAG_US = 30_000_000;

/**
 * A lane from what is known of it within `range`.
 *
 * Gaps lie between its first recorded instant and now (for a stream that records: a little before now);
 * those shorter than `minGapUs` are left out, as nobody could see them.
 */
export function buildLane(facts: LaneFacts, range: TimeRange, minGapUs: number, nowUs: number): LaneScene {
  const reasons = facts.reasons ?? [];
  const nodes = withoutLost(facts.nodes, lostOf(reasons));
  const pieces = splitBySource(nodes, facts.mainAlias);
  const lastUs = facts.isRecording ? Math.max(facts.endUs, nowUs - LIVE_LAG_US) : nowUs;
  const whole = { startUs: Math.max(range.startUs, facts.startUs), endUs: Math.min(range.endUs, lastUs) };
  const known = [...coveredRanges(nodes), ...facts.unknown].sort((a, b) => a.startUs - b.startUs);
  return {
    stream: facts.stream,
    pieces,
    gaps: gapsIn(whole, known).filter((gap) => gap.endUs - gap.startUs >= minGapUs),
    reasons,
    unknown: facts.unknown,
    borders: facts.borders,
    marks: facts.marks,
    isActive: facts.isActive,
    isRecording: facts.isRecording,
  };
}

/** What a lane holds at an instant, for the hint under the pointer. */
export type LaneContent =
  | { readonly kind: 'recorded'; readonly piece: CoveragePiece }
  | { readonly kind: 'gap'; readonly gap: TimeRange }
  | { readonly kind: 'unknown' | 'nothing' };

export function contentAt(lane: LaneScene, us: number): LaneContent {
  const piece = findRangeAt(lane.pieces, us);
  if (piece) return { kind: 'recorded', piece };
  if (lane.unknown.some((range) => us >= range.startUs && us < range.endUs)) return { kind: 'unknown' };
  const gap = findRangeAt(lane.gaps, us);
  return gap ? { kind: 'gap', gap } : { kind: 'nothing' };
}

/** The mark nearest to `us` within `reachUs`, or null. */
export function markAt(lane: LaneScene, us: number, reachUs: number): LaneMark | null {
  let best: LaneMark | null = null;
  for (const mark of lane.marks)
    if (Math.abs(mark.atUs - us) <= reachUs && (!best || Math.abs(mark.atUs - us) < Math.abs(best.atUs - us)))
      best = mark;
  return best;
}

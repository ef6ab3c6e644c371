import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { isUsable, type Lane, type PlayRecording, type PlaySegment } from './media-model.ts';

/** Segments further apart than this, on the wall or on the axis, are not continuous. */
export const GAP_TOLERANCE_US = US_PER_SECOND;
/** Of segments with a lost one in between: what it held is covered by its neighbours, or a hole. */
const LOST_TOLERANCE_US = 0.05 * US_PER_SECOND;

/** Segments of one lane that follow each other without a gap and can all be served. */
export interface Block {
  readonly recording: PlayRecording;
  readonly lane: Lane;
  readonly segments: readonly PlaySegment[];
  readonly startUs: number;
  readonly endUs: number;
}

/**
 * Cuts a lane into blocks at gaps and at missing or unreadable objects, oldest first.
 *
 * A block never begins with a segment that has nothing to start decoding from; such segments are left out, except from
 * `continuedId` on, which goes on from one that is not here.
 */
export function blocksOf(recording: PlayRecording, lane: Lane, continuedId?: string): Block[] {
  return piecesOf(lane).flatMap((piece) => {
    const segments = fromFirstStart(piece, continuedId);
    const [first, last] = [segments[0], segments.at(-1)];
    if (!first || !last) return [];
    const startUs = entryUs(first, lane.track.timescale);
    return [{ recording, lane, segments, startUs, endUs: last.endUs }];
  });
}

/** Wall time from which the segment can be decoded; its start where it has no such sample. */
export function entryUs(segment: PlaySegment, timescale: number): number {
  const skippedTicks = (segment.syncTicks ?? segment.startTicks) - segment.startTicks;
  return segment.startUs + Math.round((skippedTicks * US_PER_SECOND) / timescale);
}

function piecesOf(lane: Lane): PlaySegment[][] {
  const pieces: PlaySegment[][] = [];
  let before: PlaySegment | null = null;
  let isLost = false;
  for (const segment of inOrder(lane.segments)) {
    if (!isUsable(segment)) {
      isLost = true;
      continue;
    }
    const toleranceUs = isLost ? LOST_TOLERANCE_US : GAP_TOLERANCE_US;
    const isNext = before !== null && isContinuous(before, segment, lane.track.timescale, toleranceUs);
    if (isNext) pieces.at(-1)?.push(segment);
    else pieces.push([segment]);
    before = segment;
    isLost = false;
  }
  return pieces;
}

/** By time; of several with one start the usable one (a file that was written again). */
function inOrder(segments: readonly PlaySegment[]): PlaySegment[] {
  const sorted = [...segments].sort(
    (a, b) => a.startTicks - b.startTicks || Number(isUsable(b)) - Number(isUsable(a)),
  );
  return sorted.filter((segment, i) => i === 0 || segment.startTicks > sorted[i - 1]!.startTicks);
}

function isContinuous(
  before: PlaySegment,
  after: PlaySegment,
  timescale: number,
  toleranceUs: number,
): boolean {
  const toleranceTicks = (toleranceUs * timescale) / US_PER_SECOND;
  return (
    Math.abs(after.startUs - before.endUs) <= toleranceUs &&
    after.startTicks - before.endTicks <= toleranceTicks
  );
}

function fromFirstStart(segments: readonly PlaySegment[], continuedId: string | undefined): PlaySegment[] {
  const first = segments.findIndex(({ id, syncTicks }) => syncTicks !== null || id === continuedId);
  return first < 0 ? [] : segments.slice(first);
}

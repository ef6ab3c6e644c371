import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { isUsable, type Lane, type PlayRecording, type PlaySegment } from './media-model.ts';

/** Segments further apart than this, on the wall or on the axis, are not continuous. */
export const GAP_TOLERANCE_US = US_PER_SECOND;

/** Segments of one lane that follow each other without a gap and can all be served. */
export interface Block {
  readonly recording: PlayRecording;
  readonly lane: Lane;
  readonly segments: readonly PlaySegment[];
  readonly startUs: number;
  readonly endUs: number;
  /** The block behind this one where only missing or unreadable objects lie between them. */
  readonly next: { readonly block: Block; readonly lost: readonly PlaySegment[] } | null;
}

/**
 * Cuts a lane into blocks, oldest first.
 *
 * A block never begins with a segment that has nothing to start decoding from; such segments are left out.
 */
export function blocksOf(recording: PlayRecording, lane: Lane): Block[] {
  const blocks: Block[] = [];
  let following: Block | null = null;
  for (const piece of piecesOf(lane).reverse()) {
    const segments = fromFirstStart(piece.segments);
    const [first, last] = [segments[0], segments.at(-1)];
    const isBridged: boolean = piece.lostAfter.length > 0 && following !== null;
    following =
      first && last
        ? {
            recording,
            lane,
            segments,
            startUs: entryUs(first, lane.track.timescale),
            endUs: last.endUs,
            next: isBridged && following ? { block: following, lost: piece.lostAfter } : null,
          }
        : null;
    if (following) blocks.unshift(following);
  }
  return blocks;
}

/** Wall time from which the segment can be decoded; its start where it has no such sample. */
export function entryUs(segment: PlaySegment, timescale: number): number {
  const skippedTicks = (segment.syncTicks ?? segment.startTicks) - segment.startTicks;
  return segment.startUs + Math.round((skippedTicks * US_PER_SECOND) / timescale);
}

interface Piece {
  segments: PlaySegment[];
  /** Unusable segments that join this piece to the one after it; empty at a gap. */
  lostAfter: PlaySegment[];
}

function piecesOf(lane: Lane): Piece[] {
  const pieces: Piece[] = [];
  // The piece that reaches, over lost segments perhaps, to the segment before this one.
  let open: Piece | null = null;
  let lost: PlaySegment[] = [];
  let previous: PlaySegment | null = null;
  for (const segment of inOrder(lane.segments)) {
    if (previous === null || !isContinuous(previous, segment, lane.track.timescale)) {
      open = null;
      lost = [];
    }
    previous = segment;
    if (!isUsable(segment)) {
      if (open) lost.push(segment);
    } else if (open && lost.length === 0) {
      open.segments.push(segment);
    } else {
      if (open) open.lostAfter = lost;
      open = { segments: [segment], lostAfter: [] };
      pieces.push(open);
      lost = [];
    }
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

function isContinuous(before: PlaySegment, after: PlaySegment, timescale: number): boolean {
  const toleranceTicks = (GAP_TOLERANCE_US * timescale) / US_PER_SECOND;
  return (
    Math.abs(after.startUs - before.endUs) <= GAP_TOLERANCE_US &&
    after.startTicks - before.endTicks <= toleranceTicks
  );
}

function fromFirstStart(segments: readonly PlaySegment[]): PlaySegment[] {
  const first = segments.findIndex((segment) => segment.syncTicks !== null);
  return first < 0 ? [] : segments.slice(first);
}

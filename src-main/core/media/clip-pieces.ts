import type { SegmentHeader } from './media-segment.ts';
import type { SegmentAnalysis } from './repair.ts';

/** A recorded segment that may give samples to a clip. */
export interface ClipSegment {
  /** Of the stored object. */
  path: string;
  /** The node that recorded it. */
  node?: string | undefined;
  header: SegmentHeader;
  analysis: SegmentAnalysis;
  /** Wall clock in microseconds at tick 0 of the track. */
  zeroUs: number;
  /** Where the next segment of the same recording starts, if known. */
  nextStartTicks?: number;
  /** Of the init segment it was recorded with, if the caller has it: checked against the clip's. */
  configHash?: string;
}

/**
 * The part of a segment that is used: samples from `fromUs` (inclusive) to before `untilUs`.
 * Microseconds are wall time relative to the clip's in-point, with fractions.
 */
export interface UsedSegment {
  segment: ClipSegment;
  fromUs: number;
  untilUs: number;
  /** Estimated end of its last sample. */
  endUs: number;
}

/** A stretch of wall time without a gap. Its first sample can be decoded on its own. */
export interface Piece {
  startUs: number;
  endUs: number;
  segments: UsedSegment[];
}

/** A hole longer than this is closed up; a shorter one holds the last picture. */
export const MAX_HELD_US = 1_000_000;

/** Wall time of a tick relative to `originUs`. Differences are taken first, so that fractions stay exact. */
export function wallUs(segment: ClipSegment, ticks: number, timescale: number, originUs: number): number {
  return segment.zeroUs - originUs + (ticks * 1e6) / timescale;
}

/**
 * Puts the segments of one track in order of wall time, cuts overlaps (the later segment wins, as it begins with a
 * key frame) and groups them by gaps. Segments that cannot be decoded for want of a key frame are left out.
 */
export function piecesOf(
  segments: readonly ClipSegment[],
  track: { kind: 'video' | 'audio'; timescale: number },
  originUs: number,
): Piece[] {
  const ordered = segments
    .filter((segment) => segment.analysis.keptCount > 0)
    .map((segment) => ({
      segment,
      startUs: wallUs(segment, segment.analysis.startTicks, track.timescale, originUs),
      endUs: wallUs(segment, endTicksOf(segment), track.timescale, originUs),
    }))
    .sort((a, b) => a.startUs - b.startUs || a.endUs - b.endUs);
  const pieces: Piece[] = [];
  let previous: UsedSegment | null = null;
  for (const { segment, startUs, endUs } of ordered) {
    const flowsOn =
      previous !== null &&
      previous.segment.zeroUs === segment.zeroUs &&
      Math.abs(startUs - previous.endUs) <= MAX_HELD_US;
    const { firstSyncTicks } = segment.analysis;
    if (!flowsOn && track.kind === 'video' && firstSyncTicks === null) continue;
    const fromUs =
      flowsOn || track.kind === 'audio' || firstSyncTicks === null
        ? startUs
        : wallUs(segment, firstSyncTicks, track.timescale, originUs);
    if (previous !== null && fromUs <= previous.fromUs) continue;
    const used: UsedSegment = { segment, fromUs, untilUs: Infinity, endUs };
    if (previous !== null) previous.untilUs = fromUs;
    const piece = pieces.at(-1);
    if (piece === undefined || fromUs - piece.endUs > MAX_HELD_US) {
      pieces.push({ startUs: fromUs, endUs, segments: [used] });
    } else {
      piece.segments.push(used);
      piece.endUs = Math.max(fromUs, endUs);
    }
    previous = used;
  }
  return pieces;
}

function endTicksOf({ analysis, nextStartTicks }: ClipSegment): number {
  return nextStartTicks !== undefined && nextStartTicks > analysis.lastTicks
    ? nextStartTicks
    : analysis.endTicks;
}

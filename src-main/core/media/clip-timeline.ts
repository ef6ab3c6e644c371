import { AppError } from '../base/errors.ts';
import { MAX_HELD_US, type Piece } from './clip-pieces.ts';

/** A kept stretch of wall time and where it lies in the clip. All in microseconds relative to the asked in-point. */
export interface KeptWindow {
  startUs: number;
  endUs: number;
  /** Time in the clip of `startUs`; 0 is the first picture that is shown. */
  mediaStartUs: number;
}

/** How wall time maps to the time of a clip. */
export interface ClipTimeline {
  windows: KeptWindow[];
  /** The pieces the windows were cut from, one for one. */
  pieces: Piece[];
  durationUs: number;
  /** Wall time without media inside the asked range, longer than a second. */
  gaps: { startUs: number; endUs: number }[];
}

/**
 * Cuts [0, lengthUs) out of the pieces and closes up the gaps.
 * A hole of up to a second at the end holds the last picture. Throws AppError `no_media` when nothing is left.
 */
export function clipTimeline(pieces: readonly Piece[], lengthUs: number): ClipTimeline {
  const timeline: ClipTimeline = { windows: [], pieces: [], durationUs: 0, gaps: [] };
  let coveredUntilUs = 0;
  for (const piece of pieces) {
    if (piece.startUs >= lengthUs || piece.endUs <= 0) continue;
    const startUs = Math.max(piece.startUs, 0);
    const endUs = Math.min(piece.endUs, lengthUs);
    noteGap(timeline, coveredUntilUs, startUs);
    timeline.windows.push({ startUs, endUs, mediaStartUs: timeline.durationUs });
    timeline.pieces.push(piece);
    timeline.durationUs += endUs - startUs;
    coveredUntilUs = endUs;
  }
  const last = timeline.windows.at(-1);
  if (last === undefined) {
    throw new AppError('no_media', 'Nothing that can be decoded is recorded in this range.');
  }
  const missingUs = lengthUs - last.endUs;
  if (missingUs <= MAX_HELD_US) {
    last.endUs = lengthUs;
    timeline.durationUs += missingUs;
  } else {
    noteGap(timeline, last.endUs, lengthUs);
  }
  return timeline;
}

/** Time in the clip of a wall time inside the window, or before the first one (negative). */
export function mediaUsIn(window: KeptWindow, us: number): number {
  return us - window.startUs + window.mediaStartUs;
}

function noteGap(timeline: ClipTimeline, startUs: number, endUs: number): void {
  if (endUs - startUs > MAX_HELD_US) timeline.gaps.push({ startUs, endUs });
}

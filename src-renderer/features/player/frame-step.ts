import type { FrameClock } from './frame-clock.ts';

/** As much of an unknown frame as is tried first: no camera makes more than 120 frames a second. */
const FIRST_TRY_MS = 8.4;
const FURTHEST_MS = 1000;
const FURTHEST_FRAMES = 8;
const SEEK_LIMIT_MS = 2500;

/**
 * Where to seek, one after the other until another frame is on screen, so that it is the neighbour of the shown one.
 *
 * Forward each place is twice as far as the one before, so that no frame is passed over: where half of it still showed
 * the same frame, the whole of it lies in the next one. Backward the end of the frame before is enough.
 */
export function stepTargetsMs(shownMs: number, frameMs: number | null, direction: -1 | 1): number[] {
  if (direction === -1) return [Math.max(0, shownMs - (frameMs ?? FIRST_TRY_MS) / 2)];
  const targets: number[] = [];
  const furthestMs = frameMs === null ? FURTHEST_MS : FURTHEST_FRAMES * frameMs;
  for (let byMs = 1.5 * (frameMs ?? FIRST_TRY_MS); byMs < furthestMs; byMs *= 2) targets.push(shownMs + byMs);
  return targets;
}

/** Brings the frame before or after the shown one on screen, where there is one. */
export async function stepFrame(
  video: HTMLVideoElement,
  frames: FrameClock,
  direction: -1 | 1,
): Promise<void> {
  const showAt = async (mediaMs: number): Promise<void> => {
    video.currentTime = mediaMs / 1000;
    await frames.settled(SEEK_LIMIT_MS);
  };
  // Which frame is on screen is not known before it was told of once.
  if (frames.shownMs === null) await showAt(video.currentTime * 1000);
  const before = frames.shownMs ?? video.currentTime * 1000;
  for (const targetMs of stepTargetsMs(before, frames.frameMs, direction)) {
    await showAt(targetMs);
    if (frames.shownMs !== null && frames.shownMs !== before) return;
  }
}

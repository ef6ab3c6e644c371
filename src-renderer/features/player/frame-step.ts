import type { FrameClock } from './frame-clock.ts';

/** As much of an unknown frame as is tried first: no camera makes more than 120 frames a second. */
const FIRST_TRY_MS = 8.4;
const FURTHEST_MS = 1000;
const FURTHEST_FRAMES = 8;
const SEEK_LIMIT_MS = 1500;
/** A frame that was decoded is on screen by then. */
const SHOWN_LIMIT_MS = 120;

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
  const before = frames.shownMs;
  for (const targetMs of stepTargetsMs(before ?? video.currentTime * 1000, frames.frameMs, direction)) {
    const seeked = new Promise<void>((resolve) => {
      video.addEventListener('seeked', () => resolve(), { once: true });
      setTimeout(resolve, SEEK_LIMIT_MS);
    });
    const shown = frames.nextShown(SEEK_LIMIT_MS + SHOWN_LIMIT_MS);
    video.currentTime = targetMs / 1000;
    await seeked;
    await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, SHOWN_LIMIT_MS))]);
    if (frames.shownMs !== before) return;
  }
}

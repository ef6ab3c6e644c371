const DEFAULT_FRAME_MS = 1000 / 30;
const SHORTEST_FRAME_MS = 4;
const LONGEST_FRAME_MS = 200;
const KEPT_FRAMES = 15;

/**
 * Times of the frames a `<video>` shows: which one is on screen, and how long frames usually last.
 *
 * Works from `requestVideoFrameCallback`, so that it tells frames and not clock readings.
 */
export class FrameClock {
  readonly #video: HTMLVideoElement;
  #handle: number | null = null;
  #shownMs: number | null = null;
  #lengthsMs: number[] = [];

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    this.#ask();
  }

  /** Media time of the frame on screen; null before the first. */
  get shownMs(): number | null {
    return this.#shownMs;
  }

  /** Usual length of a frame: the median of the last ones. */
  get frameMs(): number {
    return medianFrameMs(this.#lengthsMs);
  }

  /** Forgets the frame on screen, as another medium is loaded. */
  reset(): void {
    this.#shownMs = null;
  }

  dispose(): void {
    if (this.#handle !== null) this.#video.cancelVideoFrameCallback(this.#handle);
    this.#handle = null;
  }

  #ask(): void {
    this.#handle = this.#video.requestVideoFrameCallback((_now, metadata) => {
      const mediaMs = metadata.mediaTime * 1000;
      if (this.#shownMs !== null) this.#lengthsMs = withFrameLength(this.#lengthsMs, mediaMs - this.#shownMs);
      this.#shownMs = mediaMs;
      this.#ask();
    });
  }
}

/** Adds the distance of two shown frames where it can be the length of one. */
export function withFrameLength(lengthsMs: readonly number[], lengthMs: number): number[] {
  if (lengthMs < SHORTEST_FRAME_MS || lengthMs > LONGEST_FRAME_MS) return [...lengthsMs];
  return [...lengthsMs, lengthMs].slice(-KEPT_FRAMES);
}

/**
 * Length of a frame from distances of shown frames, where frames may have been left out in between: the
 * lower quartile, or a thirtieth of a second where nothing is known.
 */
export function medianFrameMs(lengthsMs: readonly number[]): number {
  if (lengthsMs.length === 0) return DEFAULT_FRAME_MS;
  const sorted = [...lengthsMs].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 4)] ?? DEFAULT_FRAME_MS;
}

/** Where to seek so that the frame before or after the shown one comes on screen: into its middle. */
export function stepTargetMs(shownMs: number, frameMs: number, direction: -1 | 1): number {
  return Math.max(0, shownMs + (direction === 1 ? 1.5 : -0.5) * frameMs);
}

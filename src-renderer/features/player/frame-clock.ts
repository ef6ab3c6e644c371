const SHORTEST_FRAME_MS = 4;
const LONGEST_FRAME_MS = 200;
const KEPT_FRAMES = 15;
const LOOK_EVERY_MS = 40;

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
  #waiting: (() => void)[] = [];
  #count = 0;
  #countAtSeek = 0;
  readonly #onSeeking = (): void => {
    this.#countAtSeek = this.#count;
  };

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    video.addEventListener('seeking', this.#onSeeking);
    this.#ask();
  }

  /** Media time of the frame on screen; null before the first. */
  get shownMs(): number | null {
    return this.#shownMs;
  }

  /** Usual length of a frame; null while two have not been seen. */
  get frameMs(): number | null {
    return usualFrameMs(this.#lengthsMs);
  }

  /** Resolves once what was sought last is on screen, which comes a little after `seeked`; after `limitMs` anyway. */
  async settled(limitMs: number): Promise<void> {
    const endMs = performance.now() + limitMs;
    const isSettled = () => !this.#video.seeking && this.#count > this.#countAtSeek;
    while (!isSettled() && performance.now() < endMs) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        setTimeout(resolve, LOOK_EVERY_MS);
      });
    }
  }

  /** Forgets the frame on screen, as another medium is loaded. */
  reset(): void {
    this.#shownMs = null;
  }

  dispose(): void {
    if (this.#handle !== null) this.#video.cancelVideoFrameCallback(this.#handle);
    this.#handle = null;
    this.#video.removeEventListener('seeking', this.#onSeeking);
  }

  #ask(): void {
    this.#handle = this.#video.requestVideoFrameCallback((_now, metadata) => {
      const mediaMs = metadata.mediaTime * 1000;
      if (this.#shownMs !== null) this.#lengthsMs = withFrameLength(this.#lengthsMs, mediaMs - this.#shownMs);
      this.#shownMs = mediaMs;
      this.#count += 1;
      for (const resolve of this.#waiting.splice(0)) resolve();
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
 * lower quartile. Null where nothing is known.
 */
export function usualFrameMs(lengthsMs: readonly number[]): number | null {
  if (lengthsMs.length === 0) return null;
  const sorted = [...lengthsMs].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 4)] ?? null;
}

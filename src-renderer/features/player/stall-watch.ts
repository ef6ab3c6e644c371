import type { PlayerFailure } from './player-recovery.ts';

/** What of a `<video>` is looked at; kept small so that tests need none. */
export type WatchedVideo = Pick<HTMLVideoElement, 'currentTime' | 'readyState' | 'seeking'> & {
  readonly buffered: Pick<TimeRanges, 'length' | 'start' | 'end'>;
};

const FIRST_REPORT_MS = 1500;
const REPORT_EVERY_MS = 1500;
const HAVE_FUTURE_DATA = 3;

/** Notices that a clock stands although it should run, and tells again as long as it does. */
export class StallWatch {
  #mediaMs = -1;
  #sinceMs: number | null = null;
  #reportedMs = 0;

  reset(): void {
    this.#sinceMs = null;
    this.#mediaMs = -1;
  }

  /** A stall to act on, or null. `nowMs` is a monotonic clock. */
  watch(video: WatchedVideo, shouldRun: boolean, nowMs: number): (PlayerFailure & { kind: 'stall' }) | null {
    const mediaMs = video.currentTime * 1000;
    if (!shouldRun || mediaMs !== this.#mediaMs || this.#sinceMs === null) {
      this.#mediaMs = mediaMs;
      this.#sinceMs = nowMs;
      this.#reportedMs = 0;
      return null;
    }
    const stalledMs = nowMs - this.#sinceMs;
    if (stalledMs < FIRST_REPORT_MS || stalledMs - this.#reportedMs < REPORT_EVERY_MS) return null;
    this.#reportedMs = stalledMs;
    return {
      kind: 'stall',
      mediaMs,
      stalledMs,
      bufferedFromMs: nextBufferedMs(video, mediaMs),
      isLoading: video.readyState < HAVE_FUTURE_DATA,
    };
  }
}

/** Start of the buffered media behind a hole at `mediaMs`; null inside of buffered media and at its end. */
export function nextBufferedMs(video: Pick<WatchedVideo, 'buffered'>, mediaMs: number): number | null {
  for (let index = 0; index < video.buffered.length; index++) {
    const startMs = video.buffered.start(index) * 1000;
    if (startMs > mediaMs + 1) return startMs;
    if (video.buffered.end(index) * 1000 > mediaMs + 100) return null;
  }
  return null;
}

import { US_PER_MINUTE, US_PER_SECOND } from '../../../src-shared/util/units.ts';

/** What is asked of the playlist route around a playhead. */
export interface PlaybackWindow {
  readonly startUs: number;
  /** Null: up to now and growing. */
  readonly endUs: number | null;
}

const BEFORE_US = 2 * US_PER_MINUTE;
const AFTER_US = 30 * US_PER_MINUTE;
const LIVE_MARGIN_US = 5 * US_PER_SECOND;

/** The range to load for playing from `us`: two minutes before it to half an hour after it, or to now. */
export function windowAround(us: number, nowUs: number, isRecording: boolean): PlaybackWindow {
  const startUs = Math.max(0, us - BEFORE_US);
  const endUs = us + AFTER_US;
  if (endUs < nowUs - LIVE_MARGIN_US) return { startUs, endUs };
  return { startUs, endUs: isRecording ? null : Math.max(startUs + US_PER_SECOND, nowUs - US_PER_SECOND) };
}

/** Whether `us` lies in what was asked for, whatever was found there. */
export function isInWindow(window: PlaybackWindow | null, us: number): boolean {
  return window !== null && us >= window.startUs && (window.endUs === null || us < window.endUs);
}

import type { PictureStatus } from '../../stores/player-store.ts';

/** One picture as the director steers it. */
export interface Picture {
  readonly stream: string;
  readonly status: PictureStatus;
  /** Wall time of what is shown now; null while it shows nothing. */
  positionUs(): number | null;
  seek(us: number): void;
  /** Waits, its picture standing, until the playhead comes to `afterUs`. */
  waitInGap(beforeUs: number, afterUs: number): void;
  setRunning(isRunning: boolean): void;
  setRate(rate: number): void;
}

export interface DirectorState {
  readonly playheadUs: number;
  readonly isPlaying: boolean;
  readonly rate: number;
  readonly shouldSkipGaps: boolean;
  readonly active: string | null;
}

/** What the director tells: the new playhead, and that playing has come to its end. */
export interface DirectorStep {
  readonly playheadUs: number;
  readonly isPlaying: boolean;
}

/** A clock that runs ahead by more than this between two frames has passed a gap. */
const LEAP_US = 700_000;
/** How far a picture may be out of step before it is put right. */
const MAX_DRIFT_US = 250_000;
const SOFT_DRIFT_US = 40_000;
const RESYNC_PAUSE_MS = 2500;
const LONGEST_FRAME_MS = 250;

/**
 * Keeps several pictures on one playhead.
 *
 * The active picture leads while it has something to show, else the first that has. Where none has, the
 * playhead jumps to the next recorded time, or with `shouldSkipGaps` off runs on by itself. While any
 * picture that could lead is loading, the playhead waits for it.
 */
export class PlaybackDirector {
  #lastTickMs: number | null = null;
  #leader: string | null = null;
  readonly #resyncedAtMs = new Map<string, number>();

  /** To be called on each animation frame with a monotonic clock; `nowUs` is the wall clock. */
  tick(pictures: readonly Picture[], state: DirectorState, nowMs: number, nowUs: number): DirectorStep {
    const elapsedMs = this.#lastTickMs === null ? 0 : nowMs - this.#lastTickMs;
    this.#lastTickMs = nowMs;
    if (!state.isPlaying) {
      for (const picture of pictures) picture.setRunning(false);
      return { playheadUs: state.playheadUs, isPlaying: false };
    }
    const stepUs = Math.min(LONGEST_FRAME_MS, Math.max(0, elapsedMs)) * 1000 * state.rate;
    const ordered = [...pictures].sort(
      (a, b) => Number(b.stream === state.active) - Number(a.stream === state.active),
    );
    const step = this.#advance(ordered, state, stepUs, nowUs);
    this.#follow(ordered, state, step, nowMs);
    return step;
  }

  #advance(pictures: readonly Picture[], state: DirectorState, stepUs: number, nowUs: number): DirectorStep {
    const { playheadUs } = state;
    const ready = pictures.filter((picture) => picture.status.kind === 'ready');
    const isActiveLoading = pictures[0]?.status.kind === 'loading' && pictures[0].stream === state.active;
    const leader = isActiveLoading ? undefined : ready[0];
    this.#leader = leader?.stream ?? null;
    if (leader) return { playheadUs: this.#leaderTime(leader, ready, state, stepUs), isPlaying: true };
    if (pictures.some(({ status }) => status.kind === 'loading')) return { playheadUs, isPlaying: true };

    const gaps = pictures.flatMap(({ status }) => (status.kind === 'gap' ? [status] : []));
    if (gaps.length === 0) return { playheadUs, isPlaying: false };
    const nextUs = earliest(gaps.map((gap) => gap.afterUs));
    if (state.shouldSkipGaps && nextUs === null) return { playheadUs, isPlaying: false };
    if (state.shouldSkipGaps && nextUs !== null)
      return { playheadUs: Math.max(playheadUs, nextUs), isPlaying: true };
    const runOnUs = Math.min(playheadUs + stepUs, Math.max(playheadUs, nowUs));
    return { playheadUs: Math.round(runOnUs), isPlaying: runOnUs < nowUs };
  }

  /** The leader's clock; where it leaps over a gap in which others play on, it has to wait for them. */
  #leaderTime(leader: Picture, ready: readonly Picture[], state: DirectorState, stepUs: number): number {
    const positionUs = leader.positionUs();
    if (positionUs === null) return state.playheadUs;
    const leapUs = positionUs - state.playheadUs;
    if (leapUs <= LEAP_US + 4 * stepUs) return positionUs;
    const isAlone = ready.length === 1;
    if (isAlone && state.shouldSkipGaps) return positionUs;
    leader.waitInGap(state.playheadUs, positionUs);
    return state.playheadUs;
  }

  #follow(pictures: readonly Picture[], state: DirectorState, step: DirectorStep, nowMs: number): void {
    for (const picture of pictures) {
      const { status } = picture;
      const isWaiting =
        status.kind === 'gap' && (status.afterUs === null || status.afterUs > step.playheadUs);
      if (status.kind === 'gap' && !isWaiting) picture.seek(step.playheadUs);
      picture.setRunning(step.isPlaying && !isWaiting);
      if (status.kind !== 'ready') continue;
      if (picture.stream === this.#leader) picture.setRate(state.rate);
      else this.#keepInStep(picture, state, step.playheadUs, nowMs);
    }
  }

  /** Small drift is worked off by speed, large drift by a seek; a leap ahead is a gap of this picture alone. */
  #keepInStep(picture: Picture, state: DirectorState, playheadUs: number, nowMs: number): void {
    const positionUs = picture.positionUs();
    if (positionUs === null) return;
    const driftUs = positionUs - playheadUs;
    const allowedUs = MAX_DRIFT_US * Math.max(1, state.rate);
    if (Math.abs(driftUs) <= allowedUs) {
      const correction = Math.abs(driftUs) < SOFT_DRIFT_US ? 1 : driftUs > 0 ? 0.95 : 1.05;
      picture.setRate(Math.min(16, state.rate * correction));
      return;
    }
    if (driftUs > LEAP_US * Math.max(1, state.rate)) {
      picture.waitInGap(playheadUs, positionUs);
      return;
    }
    const lastMs = this.#resyncedAtMs.get(picture.stream);
    if (lastMs !== undefined && nowMs - lastMs < RESYNC_PAUSE_MS) return;
    this.#resyncedAtMs.set(picture.stream, nowMs);
    picture.seek(playheadUs);
  }
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time): time is number => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/** Streams whose pictures are shown: the first of the chosen ones, the active one always among them. */
export function visiblePictures(chosen: readonly string[], active: string | null, count: number): string[] {
  const shown = chosen.slice(0, count);
  if (active === null || shown.includes(active) || !chosen.includes(active)) return shown;
  return [...shown.slice(0, count - 1), active];
}

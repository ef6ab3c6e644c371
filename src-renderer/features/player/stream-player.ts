import type { PictureStatus } from '../../stores/player-store.ts';
import type { PlaybackMark } from '../../stores/timeline-store.ts';
import { FrameClock } from './frame-clock.ts';
import { stepFrame } from './frame-step.ts';
import { createHlsEngine, type HlsEngine, seekVideo } from './hls-engine.ts';
import type { Picture } from './playback-director.ts';
import { isInWindow, type PlaybackWindow, windowAround } from './playback-window.ts';
import { type ClockFragment, mediaPositionOf, nextFragmentStartMs, wallUsOf } from './player-clock.ts';
import { type PlayerFailure, PlayerRecovery, type RecoveryAction } from './player-recovery.ts';
import { StallWatch } from './stall-watch.ts';

/** Recorded times nearest to an instant that has none. */
export interface NearestTimes {
  readonly isRecorded: boolean;
  readonly beforeUs: number | null;
  readonly afterUs: number | null;
}

export interface StreamPlayerEnvironment {
  readonly playlistUrl: (stream: string, window: PlaybackWindow) => string;
  readonly findNearest: (stream: string, us: number, signal: AbortSignal) => Promise<NearestTimes>;
  readonly isRecording: (stream: string) => boolean;
  readonly nowUs: () => number;
  readonly onStatus: (stream: string, status: PictureStatus) => void;
  readonly onMark: (mark: PlaybackMark) => void;
}

/** So close to its end a window is taken for played. */
const END_TOLERANCE_MS = 120;
/** The start is put right when the first segment turned out to lie elsewhere by more than this. */
const START_TOLERANCE_MS = 15;
/** An instant so little behind the end of a growing playlist means its end. */
const LIVE_REACH_US = 20_000_000;
const LIVE_DELAY_MS = 1000;
/** hls.js has given a request up and repeated it by then. */
const LONGEST_LOADING_MS = 15_000;

/**
 * Plays one stream in one `<video>`: loads windows of its recording, maps their media time to wall time,
 * and gets over what breaks. Steered by the director; `dispose` ends it, and may be called twice.
 */
export class StreamPlayer implements Picture {
  readonly stream: string;
  readonly video: HTMLVideoElement;
  readonly #environment: StreamPlayerEnvironment;
  readonly #recovery = new PlayerRecovery();
  readonly #frames: FrameClock;
  readonly #stalls = new StallWatch();
  readonly #disposal = new AbortController();
  #engine: HlsEngine | null = null;
  #window: PlaybackWindow | null = null;
  #fragments: readonly ClockFragment[] = [];
  #status: PictureStatus = { kind: 'idle' };
  #isRunning = false;
  /** The instant that was asked for last, until it is on screen. */
  #targetUs: number | null = null;
  #isStartChecked = false;
  #loadingSinceMs: number | null = null;
  #reloadTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(stream: string, video: HTMLVideoElement, environment: StreamPlayerEnvironment) {
    this.stream = stream;
    this.video = video;
    this.#environment = environment;
    this.#frames = new FrameClock(video);
    const { signal } = this.#disposal;
    video.addEventListener('seeked', () => this.#showed(), { signal });
    video.addEventListener('canplay', () => this.#showed(), { signal });
    video.addEventListener('ended', () => this.#reachedEnd(), { signal });
    video.addEventListener('error', () => this.#failedInVideo(), { signal });
  }

  get status(): PictureStatus {
    return this.#status;
  }

  /** Codec string of the pictures, once known. */
  get videoCodec(): string | null {
    return this.#engine?.videoCodec ?? null;
  }

  positionUs(): number | null {
    return this.#status.kind === 'ready' ? wallUsOf(this.#fragments, this.video.currentTime * 1000) : null;
  }

  /** Wall time of the frame on screen; null before the first. */
  shownUs(): number | null {
    const shownMs = this.#frames.shownMs;
    return shownMs === null ? null : wallUsOf(this.#fragments, shownMs);
  }

  seek(us: number): void {
    this.#recovery.reset();
    this.#stalls.reset();
    this.#goTo(us);
  }

  waitInGap(beforeUs: number, afterUs: number): void {
    this.video.pause();
    this.#setStatus({ kind: 'gap', beforeUs, afterUs });
  }

  setRunning(isRunning: boolean): void {
    this.#isRunning = isRunning;
    const shouldRun = isRunning && this.#status.kind === 'ready';
    if (shouldRun && this.video.paused) void this.video.play().catch(() => undefined);
    else if (!shouldRun && !this.video.paused) this.video.pause();
  }

  setRate(rate: number): void {
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  /** Resolves once the frame that was sought is on screen, or after `limitMs`. */
  settled(limitMs: number): Promise<void> {
    return this.#frames.settled(limitMs);
  }

  /** Shows the next or previous frame; resolves to its wall time, or null where there is none. */
  async step(direction: -1 | 1): Promise<number | null> {
    if (this.#status.kind !== 'ready') return null;
    await stepFrame(this.video, this.#frames, direction);
    return this.shownUs() ?? this.positionUs();
  }

  /** Wall time at which the segment before or after `us` starts; each begins with a key frame. */
  keyFrameNear(us: number, direction: -1 | 1): number | null {
    const starts = this.#fragments.flatMap(({ wallStartUs }) => wallStartUs ?? []);
    if (direction === 1) return starts.find((start) => start > us + 1000) ?? null;
    return starts.findLast((start) => start < us - 1000) ?? null;
  }

  /** To be called a few times a second: notices the end of a window and a clock that stands. */
  check(nowMs: number): void {
    const mediaMs = this.video.currentTime * 1000;
    if (this.#status.kind === 'loading') {
      this.#loadingSinceMs ??= nowMs;
      const stalledMs = nowMs - this.#loadingSinceMs;
      if (stalledMs < LONGEST_LOADING_MS) return;
      this.#loadingSinceMs = nowMs;
      this.#act({ kind: 'stall', mediaMs, stalledMs, bufferedFromMs: null, isLoading: true });
      return;
    }
    this.#loadingSinceMs = null;
    if (this.#status.kind !== 'ready') return;
    this.#recovery.played(mediaMs);
    const last = this.#fragments.at(-1);
    const isAtEnd = last !== undefined && mediaMs >= last.mediaStartMs + last.durationMs - END_TOLERANCE_MS;
    if (isAtEnd) {
      this.#stalls.reset();
      if (this.#engine?.isLive === false && this.#isRunning) this.#reachedEnd();
      return;
    }
    const failure = this.#stalls.watch(this.video, this.#isRunning, nowMs);
    if (failure) this.#act(failure);
  }

  dispose(): void {
    this.#disposal.abort();
    clearTimeout(this.#reloadTimer);
    this.#frames.dispose();
    this.#engine?.dispose();
    this.#engine = null;
  }

  #setStatus(status: PictureStatus): void {
    this.#loadingSinceMs = null;
    this.#status = status;
    this.#environment.onStatus(this.stream, status);
  }

  #goTo(us: number): void {
    this.#targetUs = us;
    const position = mediaPositionOf(this.#fragments, us);
    if (position.kind === 'inside' && this.#engine) {
      this.#setStatus({ kind: 'loading' });
      seekVideo(this.video, position.mediaMs);
      return;
    }
    if (position.kind === 'gap' && this.#engine) {
      this.#holdInGap(position.previousEndUs, position.nextWallUs, position.nextMediaMs);
      return;
    }
    if (this.#engine?.isLive && position.kind === 'after' && us - position.lastWallUs < LIVE_REACH_US) {
      this.#targetUs = null;
      this.#setStatus({ kind: 'loading' });
      seekVideo(this.video, Math.max(0, position.lastMediaMs - LIVE_DELAY_MS));
      return;
    }
    if (this.#engine && position.kind === 'before' && isInWindow(this.#window, us)) {
      this.#holdInGap(null, position.firstWallUs, position.firstMediaMs);
      return;
    }
    this.#load(us);
  }

  #holdInGap(beforeUs: number | null, afterUs: number, nextMediaMs: number): void {
    this.#targetUs = null;
    this.waitInGap(beforeUs ?? afterUs, afterUs);
    seekVideo(this.video, nextMediaMs);
  }

  #load(us: number): void {
    clearTimeout(this.#reloadTimer);
    this.#engine?.dispose();
    this.#frames.reset();
    this.#fragments = [];
    this.#targetUs = us;
    this.#isStartChecked = false;
    const { isRecording, nowUs, playlistUrl } = this.#environment;
    const window = windowAround(us, nowUs(), isRecording(this.stream));
    this.#window = window;
    this.#setStatus({ kind: 'loading' });
    const guessMs = (us - window.startUs) / 1000;
    const engine = createHlsEngine(this.video, playlistUrl(this.stream, window), guessMs, {
      onPlaylist: () => {
        if (this.#isCurrent(engine)) this.#startAtTarget(us);
      },
      onFragments: (fragments) => {
        this.#fragments = fragments;
      },
      onFailure: (failure) => {
        if (this.#isCurrent(engine)) this.#act(failure);
      },
    });
    this.#engine = engine;
  }

  #isCurrent(engine: HlsEngine): boolean {
    return this.#engine === engine && !this.#disposal.signal.aborted;
  }

  /** The playlist is there: start loading exactly where the target lies in it. */
  #startAtTarget(us: number): void {
    const position = mediaPositionOf(this.#fragments, this.#targetUs ?? us);
    switch (position.kind) {
      case 'inside':
        this.#engine?.startAt(position.mediaMs);
        return;
      case 'gap':
        this.#engine?.startAt(position.nextMediaMs);
        this.waitInGap(position.previousEndUs, position.nextWallUs);
        return;
      case 'before':
        this.#engine?.startAt(position.firstMediaMs);
        this.waitInGap(position.firstWallUs, position.firstWallUs);
        return;
      case 'after':
        if (this.#engine?.isLive && us - position.lastWallUs < LIVE_REACH_US) {
          this.#targetUs = null;
          this.#engine.startAt(Math.max(0, position.lastMediaMs - LIVE_DELAY_MS));
        } else void this.#findNearest(us);
        return;
      case 'unknown':
        this.#engine?.startAt(0);
    }
  }

  /** A frame is on screen: after a start it may not be the right one yet, as times were only planned. */
  #showed(): void {
    if (this.#status.kind !== 'loading' || this.video.seeking || this.video.readyState < 2) return;
    if (this.#targetUs !== null && !this.#isStartChecked) {
      this.#isStartChecked = true;
      const position = mediaPositionOf(this.#fragments, this.#targetUs);
      const isOff =
        position.kind === 'inside' &&
        Math.abs(position.mediaMs - this.video.currentTime * 1000) > START_TOLERANCE_MS;
      if (isOff) {
        seekVideo(this.video, position.mediaMs);
        return;
      }
    }
    this.#targetUs = null;
    this.#setStatus({ kind: 'ready' });
    this.setRunning(this.#isRunning);
  }

  #reachedEnd(): void {
    const endUs = this.#endUs();
    if (endUs !== null && this.#status.kind === 'ready') this.#load(endUs + 1000);
  }

  #failedInVideo(): void {
    const { error } = this.video;
    if (!error || !this.#engine) return;
    const mediaMs = this.video.currentTime * 1000;
    const { appendingMs } = this.#engine;
    this.#act({ kind: 'video', code: error.code, message: error.message, mediaMs, appendingMs });
  }

  #act(failure: PlayerFailure): void {
    const action = this.#recovery.decide(failure, {
      nextSegmentMs: (mediaMs) => nextFragmentStartMs(this.#fragments, mediaMs),
      videoCodec: this.videoCodec,
    });
    const atUs = wallUsOf(this.#fragments, failure.mediaMs) ?? this.#targetUs;
    this.#perform(action, atUs);
  }

  #perform(action: RecoveryAction, atUs: number | null): void {
    switch (action.do) {
      case 'nothing':
        return;
      case 'rebuild':
      case 'seek':
        this.#goOnAt(action);
        return;
      case 'next-window': {
        const resumeUs = this.#endUs() ?? atUs;
        this.#mark(atUs, resumeUs, action.message);
        if (resumeUs !== null) this.#load(resumeUs + 1000);
        return;
      }
      case 'reload': {
        const us = this.#targetUs ?? atUs;
        this.#setStatus({ kind: 'loading' });
        clearTimeout(this.#reloadTimer);
        if (us !== null) this.#reloadTimer = setTimeout(() => this.#load(us), action.delayMs);
        return;
      }
      case 'find-nearest':
        void this.#findNearest(this.#targetUs ?? atUs ?? 0);
        return;
      case 'give-up':
        this.#engine?.dispose();
        this.#engine = null;
        this.#fragments = [];
        this.#setStatus({ kind: 'failed', message: action.message });
    }
  }

  #goOnAt(action: RecoveryAction & { do: 'rebuild' | 'seek' }): void {
    const atUs = wallUsOf(this.#fragments, action.failedMs);
    const resumeUs = wallUsOf(this.#fragments, action.resumeMs);
    if (action.message !== null) this.#mark(atUs, resumeUs, action.message);
    this.#stalls.reset();
    if (action.do === 'rebuild' && resumeUs !== null) {
      this.#load(resumeUs);
      return;
    }
    this.#targetUs = resumeUs;
    this.#setStatus({ kind: 'loading' });
    seekVideo(this.video, action.resumeMs);
  }

  #endUs(): number | null {
    const last = this.#fragments.at(-1);
    return last ? wallUsOf(this.#fragments, last.mediaStartMs + last.durationMs) : null;
  }

  #mark(atUs: number | null, resumedUs: number | null, message: string): void {
    if (atUs !== null) this.#environment.onMark({ stream: this.stream, atUs, resumedUs, message });
  }

  async #findNearest(us: number): Promise<void> {
    this.#engine?.dispose();
    this.#engine = null;
    this.#fragments = [];
    this.#targetUs = us;
    const { signal } = this.#disposal;
    try {
      const { isRecorded, beforeUs, afterUs } = await this.#environment.findNearest(this.stream, us, signal);
      if (signal.aborted || this.#engine || this.#targetUs !== us) return;
      if (isRecorded)
        this.#act({
          kind: 'hls',
          type: 'networkError',
          details: '',
          isFatal: true,
          httpStatus: null,
          mediaMs: 0,
        });
      else this.#setStatus({ kind: 'gap', beforeUs, afterUs });
    } catch {
      if (!signal.aborted)
        this.#setStatus({ kind: 'failed', message: 'The recording cannot be looked up now. Try again.' });
    }
  }
}

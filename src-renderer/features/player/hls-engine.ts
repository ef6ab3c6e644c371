import Hls, { type ErrorData, type Fragment, type HlsConfig, type LevelDetails } from 'hls.js';
import workerUrl from 'hls.js/dist/hls.worker.js?url';
import { FragmentLoader } from './fragment-loader.ts';
import type { ClockFragment } from './player-clock.ts';
import type { PlayerFailure } from './player-recovery.ts';

const US_PER_MS = 1000;

/** Bounded memory for each of several pictures, patience with a manager that is busy, no start by itself. */
const CONFIG: Partial<HlsConfig> = {
  autoStartLoad: false,
  // Recordings have neither; the first would also resume what `pauseBuffering` holds back.
  interstitialsController: undefined,
  subtitleStreamController: undefined,
  subtitleTrackController: undefined,
  timelineController: undefined,
  fLoader: FragmentLoader,
  enableWorker: true,
  workerPath: workerUrl,
  lowLatencyMode: false,
  maxBufferLength: 20,
  maxMaxBufferLength: 40,
  maxBufferSize: 40_000_000,
  backBufferLength: 30,
  maxBufferHole: 0.5,
  maxFragLookUpTolerance: 0.1,
  nudgeMaxRetry: 5,
  liveSyncDurationCount: 1,
  liveMaxLatencyDurationCount: Number.POSITIVE_INFINITY,
};

export interface HlsEngineListeners {
  /** The playlist was read for the first time. */
  onPlaylist(): void;
  /** Fragments were added or their place on the media axis became known better. */
  onFragments(fragments: readonly ClockFragment[]): void;
  onFailure(failure: PlayerFailure): void;
}

/** hls.js behind the few things the player needs of it; one per playlist. */
export interface HlsEngine {
  /** Codec string of the pictures, once known. */
  readonly videoCodec: string | null;
  readonly isLive: boolean;
  /** Start of the segment that was given to the decoder last; null before the first. */
  readonly appendingMs: number | null;
  /** Loads segments from `mediaMs` on; to be called once, after `onPlaylist`. */
  startAt(mediaMs: number): void;
  dispose(): void;
}

/** Whether this browser plays HLS through Media Source Extensions. */
export function isHlsSupported(): boolean {
  return Hls.isSupported();
}

/** Plays the playlist at `url` in `video`; nothing but playlists is loaded before `startAt`. */
export function createHlsEngine(
  video: HTMLVideoElement,
  url: string,
  guessMs: number,
  listeners: HlsEngineListeners,
): HlsEngine {
  const hls = new Hls(CONFIG);
  let details: LevelDetails | null = null;
  let isStarted = false;
  let isDisposed = false;
  let videoCodec: string | null = null;
  let appendingMs: number | null = null;
  const readFragments = (): void => {
    if (details) listeners.onFragments(toClockFragments(details.fragments));
  };
  hls.on(Hls.Events.MANIFEST_LOADED, (_event, data) => {
    // Before hls.js takes out what this browser cannot decode: the operator is to be told its name.
    videoCodec = data.levels[0]?.videoCodec ?? data.levels[0]?.unknownCodecs?.[0] ?? null;
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    hls.startLoad(guessMs / 1000);
    // The playlist first: only with it is it known which segment the target lies in.
    hls.pauseBuffering();
  });
  hls.on(Hls.Events.LEVEL_LOADED, (_event, data) => {
    details = data.details;
    readFragments();
    if (isStarted) return;
    isStarted = true;
    // hls.js is still busy with this event itself; starting anew within it would confuse it.
    setTimeout(() => {
      if (!isDisposed) listeners.onPlaylist();
    });
  });
  hls.on(Hls.Events.LEVEL_UPDATED, (_event, data) => {
    details = data.details;
    readFragments();
  });
  hls.on(Hls.Events.BUFFER_APPENDING, (_event, data) => {
    if (data.type === 'video' || appendingMs === null) appendingMs = data.frag.start * 1000;
  });
  hls.on(Hls.Events.LEVEL_PTS_UPDATED, readFragments);
  hls.on(Hls.Events.ERROR, (_event, data) => listeners.onFailure(toFailure(data, video.currentTime * 1000)));
  hls.loadSource(url);
  hls.attachMedia(video);
  return {
    get videoCodec() {
      return videoCodec;
    },
    get isLive() {
      return details?.live ?? false;
    },
    get appendingMs() {
      return appendingMs;
    },
    startAt(mediaMs) {
      hls.startLoad(mediaMs / 1000);
    },
    dispose() {
      isDisposed = true;
      hls.destroy();
    },
  };
}

/** Seeks so that the frame that begins at `mediaMs` is shown, in spite of rounding. */
export function seekVideo(video: HTMLVideoElement, mediaMs: number): void {
  video.currentTime = mediaMs / 1000 + 0.0005;
}

function toClockFragments(fragments: readonly Fragment[]): ClockFragment[] {
  const known: ClockFragment[] = [];
  for (const fragment of fragments) {
    if (fragment.gap) continue;
    known.push({
      mediaStartMs: fragment.start * 1000,
      durationMs: fragment.duration * 1000,
      wallStartUs:
        fragment.programDateTime === null ? null : Math.round(fragment.programDateTime * US_PER_MS),
    });
  }
  return known;
}

function toFailure(data: ErrorData, mediaMs: number): PlayerFailure {
  return {
    kind: 'hls',
    type: data.type,
    details: data.details,
    isFatal: data.fatal,
    httpStatus: data.response?.code ?? null,
    mediaMs: data.frag && data.fatal ? Math.max(mediaMs, data.frag.start * 1000) : mediaMs,
  };
}

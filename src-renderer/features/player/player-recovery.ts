/** Something that went wrong while playing, without any type of hls.js. */
export type PlayerFailure =
  /** The `error` event of the `<video>`; codes of MediaError: 2 network, 3 decode, 4 not supported. */
  | {
      readonly kind: 'video';
      readonly code: number;
      readonly message: string;
      readonly mediaMs: number;
      /** Start of the segment that was given to the decoder last, where known. */
      readonly appendingMs: number | null;
    }
  /** `Hls.Events.ERROR`. */
  | {
      readonly kind: 'hls';
      readonly type: string;
      readonly details: string;
      readonly isFatal: boolean;
      readonly httpStatus: number | null;
      readonly mediaMs: number;
    }
  /** The clock stands although it should run. `bufferedFromMs`: where buffered media goes on. */
  | {
      readonly kind: 'stall';
      readonly mediaMs: number;
      readonly stalledMs: number;
      readonly bufferedFromMs: number | null;
      readonly isLoading: boolean;
    };

/** What can be played after a failure. */
export interface RecoveryScene {
  /** Start of the first segment after the failing time; null where the window ends before it. */
  readonly nextSegmentMs: (mediaMs: number) => number | null;
  readonly videoCodec: string | null;
}

/** What the player is to do. `message` is for the timeline or the picture, in words. */
export type RecoveryAction =
  | { readonly do: 'nothing' }
  /** Build player and decoder anew and go on at `resumeMs`. */
  | { readonly do: 'rebuild'; readonly failedMs: number; readonly resumeMs: number; readonly message: string }
  | {
      readonly do: 'seek';
      readonly failedMs: number;
      readonly resumeMs: number;
      readonly message: string | null;
    }
  /** Load what follows this window. */
  | { readonly do: 'next-window'; readonly message: string }
  /** Ask for the playlist again, after `delayMs`. */
  | { readonly do: 'reload'; readonly delayMs: number }
  /** The range holds nothing (any more). */
  | { readonly do: 'find-nearest' }
  | { readonly do: 'give-up'; readonly message: string };

const MAX_TRIES = 6;
/** So much media played without a failure makes earlier ones forgotten. */
const FORGET_AFTER_MS = 20_000;
const STALL_JUMP_MS = 1500;
const STALL_RELOAD_MS = 8000;
const RELOAD_DELAYS_MS = [500, 1000, 2000, 4000, 8000, 8000];

/**
 * The one place that decides what happens after a failure.
 *
 * It counts: six tries without 20 s of media in between, then it gives up and says why. Time going back
 * (the operator jumped) starts a new count through `reset`.
 */
export class PlayerRecovery {
  #tries = 0;
  #lastMediaMs = 0;
  #lastStallMs: number | null = null;

  /** Forgets earlier failures; to be called when the operator jumps or another window is loaded. */
  reset(): void {
    this.#tries = 0;
    this.#lastStallMs = null;
  }

  /** Tells how far playing has come; enough of it makes earlier failures forgotten. */
  played(mediaMs: number): void {
    if (this.#tries > 0 && mediaMs - this.#lastMediaMs > FORGET_AFTER_MS) this.reset();
  }

  decide(failure: PlayerFailure, scene: RecoveryScene): RecoveryAction {
    switch (failure.kind) {
      case 'video':
        return this.#afterVideoError(failure, scene);
      case 'hls':
        return this.#afterHlsError(failure, scene);
      case 'stall':
        return this.#afterStall(failure, scene);
    }
  }

  #afterVideoError(failure: PlayerFailure & { kind: 'video' }, scene: RecoveryScene): RecoveryAction {
    if (failure.code === 4) return { do: 'give-up', message: cannotDecode(scene.videoCodec) };
    if (failure.code === 1) return { do: 'nothing' };
    // A segment that cannot even be taken apart fails when it is loaded, far ahead of the picture.
    const isUnreadable = failure.message.includes('APPEND') && failure.appendingMs !== null;
    if (isUnreadable)
      return this.#goOnAfter(failure.appendingMs ?? failure.mediaMs, 'Broken segment here', scene);
    const failingMs = failingTimeMs(failure.message) ?? failure.mediaMs;
    return this.#goOnAfter(Math.max(failingMs, failure.mediaMs), 'Decode error here', scene);
  }

  #afterHlsError(failure: PlayerFailure & { kind: 'hls' }, scene: RecoveryScene): RecoveryAction {
    if (failure.details === 'manifestIncompatibleCodecsError' || failure.details === 'bufferAddCodecError')
      return { do: 'give-up', message: cannotDecode(scene.videoCodec) };
    if (!failure.isFatal) return { do: 'nothing' };
    if (failure.type === 'networkError') {
      if (failure.httpStatus === 404 && isPlaylist(failure.details)) return { do: 'find-nearest' };
      if (failure.httpStatus === 401 || failure.httpStatus === 403)
        return {
          do: 'give-up',
          message: 'You may not play this stream. Log in again, or ask an administrator for access.',
        };
      if (failure.httpStatus === 422)
        return { do: 'give-up', message: 'What was recorded here cannot be decoded. Export it instead.' };
      if (failure.httpStatus === 404)
        return this.#goOnAfter(failure.mediaMs, 'A media object is missing here', scene, 'seek');
      return this.#reloadLater();
    }
    return this.#goOnAfter(failure.mediaMs, 'Broken media here', scene);
  }

  #afterStall(failure: PlayerFailure & { kind: 'stall' }, scene: RecoveryScene): RecoveryAction {
    if (failure.bufferedFromMs !== null && failure.stalledMs >= STALL_JUMP_MS)
      return { do: 'seek', failedMs: failure.mediaMs, resumeMs: failure.bufferedFromMs, message: null };
    if (failure.stalledMs < STALL_RELOAD_MS) return { do: 'nothing' };
    const isAgain = this.#lastStallMs !== null && Math.abs(this.#lastStallMs - failure.mediaMs) < 1000;
    this.#lastStallMs = failure.mediaMs;
    if (failure.isLoading && !isAgain) return this.#reloadLater();
    return this.#goOnAfter(failure.mediaMs, 'Playing stood still here', scene);
  }

  #goOnAfter(
    mediaMs: number,
    what: string,
    scene: RecoveryScene,
    how: 'rebuild' | 'seek' = 'rebuild',
  ): RecoveryAction {
    if (this.#isSpent(mediaMs))
      return {
        do: 'give-up',
        message: `${what}, and again at the next ${MAX_TRIES} key frames. Jump further or export the range.`,
      };
    const resumeMs = scene.nextSegmentMs(mediaMs);
    if (resumeMs === null) return { do: 'next-window', message: what };
    return { do: how, failedMs: mediaMs, resumeMs, message: what };
  }

  #reloadLater(): RecoveryAction {
    const delayMs = RELOAD_DELAYS_MS[this.#tries];
    if (delayMs === undefined || this.#isSpent(this.#lastMediaMs))
      return {
        do: 'give-up',
        message: 'The recording cannot be loaded now. Check the manager, then try again.',
      };
    return { do: 'reload', delayMs };
  }

  #isSpent(mediaMs: number): boolean {
    this.#tries += 1;
    this.#lastMediaMs = mediaMs;
    return this.#tries > MAX_TRIES;
  }
}

/** The failing media time that Chromium names in its message (microseconds there), or null. */
export function failingTimeMs(message: string): number | null {
  const match = /timestamp[=: ]+(\d+)/i.exec(message);
  return match ? Number(match[1]) / 1000 : null;
}

function isPlaylist(details: string): boolean {
  return details.startsWith('manifest') || details.startsWith('level') || details.startsWith('audioTrack');
}

function cannotDecode(codec: string | null): string {
  const name = codecName(codec);
  return name
    ? `This computer cannot decode ${name}. Export the range instead.`
    : 'This computer cannot decode the pictures. Export the range instead.';
}

/** The common name behind a codec string such as `hvc1.1.6.L93.B0`. */
export function codecName(codec: string | null): string | null {
  if (!codec) return null;
  if (/^(hev1|hvc1|h265|hevc)/i.test(codec)) return 'HEVC';
  if (/^(avc1|avc3|h264)/i.test(codec)) return 'H.264';
  if (/^(vp09|vp9)/i.test(codec)) return 'VP9';
  if (/^(vp08|vp8)/i.test(codec)) return 'VP8';
  if (/^(av01|av1)/i.test(codec)) return 'AV1';
  return codec;
}

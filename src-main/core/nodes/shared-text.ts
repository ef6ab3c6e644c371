import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Clock } from '../base/clock.ts';

/** A text may be as old as this many times what it takes to build it: building takes a twentieth of the time at most. */
const AGE_PER_BUILD_TIME = 20;
/** Not worth packing below it. */
const SMALL_BYTES = 1024;
/** Texts like these pack to a twentieth at the lowest level; higher ones take much longer for little more. */
const GZIP_OPTIONS = { level: constants.Z_BEST_SPEED };

const pack = promisify(gzip);

/** One state of a text, ready to be sent to any number of readers; not to be changed. */
export interface TextState {
  /** UTF-8, packed where it was asked for packed. */
  readonly bytes: Buffer;
  /** Names this text, packed or not, over all runs of the program. */
  readonly tag: string;
  readonly isPacked: boolean;
}

export interface SharedTextOptions {
  readonly clock: Clock;
  /** Changes whenever the text may have changed. */
  readonly readVersion: () => number;
  /** UTF-8 where it is bytes: long texts are put together without being a string first. */
  readonly build: () => string | Buffer;
  /** For readers who follow the changes from here on: never older than the last of them. */
  readonly isExact?: boolean;
}

/**
 * A text that many readers share. It is built and packed again when something changed, but not more often than its
 * size allows: what takes 0.1 ms is never older than 2 ms, what takes 20 ms may be 400 ms old.
 */
export class SharedText {
  /** Tags of another run must not match, whatever was counted there. */
  readonly #run = randomBytes(6).toString('base64url');
  #state: TextState | undefined;
  #version = -1;
  #isGoodUntilMs = 0;
  #count = 0;
  #packed: Promise<TextState> | undefined;
  #packedTag = '';
  #isPackedGoodUntilMs = 0;

  constructor(private readonly options: SharedTextOptions) {}

  /** The text; the same object as long as it is the same. */
  read(): TextState {
    const { build, clock, readVersion } = this.options;
    const startedMs = clock.monotonicMs();
    const version = readVersion();
    if (this.#state && (version === this.#version || startedMs < this.#isGoodUntilMs)) return this.#state;
    const built = build();
    const bytes = typeof built === 'string' ? Buffer.from(built) : built;
    this.#version = version;
    const nowMs = clock.monotonicMs();
    this.#isGoodUntilMs = this.#goodUntilMs(nowMs, startedMs);
    if (this.#state?.bytes.equals(bytes)) return this.#state;
    this.#count += 1;
    this.#state = { bytes, tag: `${this.#run}.${this.#count}`, isPacked: false };
    return this.#state;
  }

  /** The text packed by gzip, once for all who ask; short ones as they are. Packing is done off the main thread. */
  readPacked(): Promise<TextState> {
    const { clock } = this.options;
    const mayBeOld = this.options.isExact !== true;
    if (mayBeOld && this.#packed && clock.monotonicMs() < this.#isPackedGoodUntilMs) return this.#packed;
    const state = this.read();
    if (this.#packed && state.tag === this.#packedTag) return this.#packed;
    this.#packedTag = state.tag;
    // Until it is known how long packing takes: who asks meanwhile waits for the same.
    this.#isPackedGoodUntilMs = Number.POSITIVE_INFINITY;
    this.#packed = this.#pack(state);
    return this.#packed;
  }

  async #pack(state: TextState): Promise<TextState> {
    const { clock } = this.options;
    const startedMs = clock.monotonicMs();
    try {
      if (state.bytes.length < SMALL_BYTES) return state;
      return { bytes: await pack(state.bytes, GZIP_OPTIONS), tag: state.tag, isPacked: true };
    } finally {
      this.#isPackedGoodUntilMs = this.#goodUntilMs(clock.monotonicMs(), startedMs);
    }
  }

  #goodUntilMs(nowMs: number, startedMs: number): number {
    return this.options.isExact ? 0 : nowMs + (nowMs - startedMs) * AGE_PER_BUILD_TIME;
  }
}

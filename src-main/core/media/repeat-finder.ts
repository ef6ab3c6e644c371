import { viewOf } from './boxes.ts';

/** A kept sample that later ones are compared with. `ticks` is its time on the recorder's clock. */
export interface TailSample {
  bytes: Uint8Array;
  ticks: number;
}

/** How many kept samples back a repeat is looked for. */
export const LOOK_BACK_SAMPLES = 120;

/** A repeated tail begins after the 4-byte length and the NAL header byte, and has at least 16 bytes. */
const FRONT_BYTES = 5;
const MIN_TAIL_BYTES = 16;
/** Encoders do write equal small pictures of a still scene; above this only a repeat is equal. */
const SURELY_DISTINCT_BYTES = 256;
const MIN_ZERO_DELTA_BYTES = 32;

/**
 * Whether a segment can hold repeats at all, by its stored durations. A repeat is stored with the difference to its
 * original: not above zero, or what is stored for zero. Most good recordings of browsers hold neither.
 */
export function mayHoldRepeats(storedDurations: Int32Array, timescale: number): boolean {
  const zeroDelta = zeroDeltaTicks(timescale);
  return storedDurations.some((ticks) => ticks <= 0 || ticks === zeroDelta);
}

/** What the recorder stores for two samples with the same time. */
function zeroDeltaTicks(timescale: number): number {
  return Math.round(timescale / 30);
}

interface Entry extends TailSample {
  key: number;
}

/**
 * Finds packets that the recorder stored twice: a whole sample again, or the last part of one.
 *
 * Candidates come from a hash of the last 16 bytes, so the usual sample costs one look-up. Equal bytes alone are
 * not proof: a repeat also carries the time of its original, which keeps looped and still pictures.
 */
export class RepeatFinder {
  readonly #entries: Entry[] = [];
  readonly #byKey = new Map<number, Entry[]>();
  readonly #timescale: number;
  readonly #zeroDeltaTicks: number;

  constructor(tail: readonly TailSample[], timescale: number) {
    this.#timescale = timescale;
    this.#zeroDeltaTicks = zeroDeltaTicks(timescale);
    for (const sample of tail) this.remember(sample.bytes, sample.ticks);
  }

  /** Adds a kept sample; the bytes are referred to, not copied. */
  remember(bytes: Uint8Array, ticks: number): void {
    const entry = { bytes, ticks, key: tailKey(bytes) };
    this.#entries.push(entry);
    const sameKey = this.#byKey.get(entry.key);
    if (sameKey === undefined) this.#byKey.set(entry.key, [entry]);
    else sameKey.push(entry);
    if (this.#entries.length > LOOK_BACK_SAMPLES) this.#forgetOldest();
  }

  /**
   * The time of the original if `bytes` repeats an earlier sample, else `null`.
   * `clockTicks` is the time of the sample stored before it, `storedDuration` what was stored as the difference.
   */
  originalTicks(bytes: Uint8Array, clockTicks: number, storedDuration: number): number | null {
    const sameKey = this.#byKey.get(tailKey(bytes));
    if (sameKey === undefined) return null;
    for (let k = sameKey.length - 1; k >= 0; k -= 1) {
      const { bytes: earlier, ticks } = sameKey[k]!;
      if (this.#timeFits(bytes.length, ticks, clockTicks, storedDuration) && repeats(bytes, earlier)) {
        return ticks;
      }
    }
    return null;
  }

  /** Moves all remembered times; used when a whole segment is moved. */
  shift(ticks: number): void {
    for (const entry of this.#entries) entry.ticks += ticks;
  }

  /** The remembered samples, oldest first, with their bytes copied so that no segment stays in memory for them. */
  detachedTail(): TailSample[] {
    const copy = new Uint8Array(this.#entries.reduce((sum, { bytes }) => sum + bytes.length, 0));
    let at = 0;
    return this.#entries.map(({ bytes, ticks }) => {
      copy.set(bytes, at);
      at += bytes.length;
      return { bytes: copy.subarray(at - bytes.length, at), ticks };
    });
  }

  #timeFits(sizeBytes: number, ticks: number, clockTicks: number, storedDuration: number): boolean {
    const ownTicks = clockTicks + storedDuration;
    if (ownTicks === ticks) return true;
    if (sizeBytes >= SURELY_DISTINCT_BYTES) return Math.abs(ownTicks - ticks) <= this.#timescale;
    return (
      storedDuration === this.#zeroDeltaTicks && clockTicks === ticks && sizeBytes >= MIN_ZERO_DELTA_BYTES
    );
  }

  #forgetOldest(): void {
    const oldest = this.#entries.shift();
    if (oldest === undefined) return;
    const sameKey = this.#byKey.get(oldest.key);
    if (sameKey === undefined || sameKey.length <= 1) this.#byKey.delete(oldest.key);
    else sameKey.shift();
  }
}

function repeats(bytes: Uint8Array, earlier: Uint8Array): boolean {
  if (bytes.length === earlier.length && Buffer.compare(bytes, earlier) === 0) return true;
  const tailBytes = bytes.length - FRONT_BYTES;
  if (tailBytes < MIN_TAIL_BYTES || tailBytes > earlier.length) return false;
  return Buffer.compare(bytes.subarray(FRONT_BYTES), earlier.subarray(earlier.length - tailBytes)) === 0;
}

/** A 32-bit hash of the last 16 bytes; of all bytes of a shorter sample. */
function tailKey(bytes: Uint8Array): number {
  if (bytes.length < 16) {
    let key = bytes.length;
    for (const byte of bytes) key = (Math.imul(key, 31) + byte) | 0;
    return key;
  }
  const view = viewOf(bytes);
  const at = bytes.length - 16;
  let key = view.getInt32(at);
  for (let i = 4; i < 16; i += 4) key = (Math.imul(key, 0x01000193) ^ view.getInt32(at + i)) | 0;
  return key;
}

import type { ObjectStore } from '../storage/object-store.ts';
import { type ExaminedTrack, needsSamplesBehind } from './examine-segment.ts';
import { type ReadOutcome, tryReadSegment } from './read-media.ts';
import type { StoredFile } from './storage-folders.ts';

/** Files of a track that are read at once. */
const MAX_FILES = 8;
/** What those may hold that are read with their samples; one is, whatever it holds. */
const MAX_BYTES = 8 * 1024 * 1024;
/** A node's listing tells no sizes. */
const USUAL_BYTES = 1024 * 1024;

interface Read {
  file: StoredFile;
  outcome: Promise<ReadOutcome>;
  heldBytes: number;
}

/** Reads the files of a track ahead of who examines them one after the other. */
export class ReadAhead {
  readonly #reads: Read[] = [];
  #nextIndex = 0;
  #heldBytes = 0;

  constructor(
    private readonly tools: { store: ObjectStore; signal: AbortSignal },
    private readonly files: readonly StoredFile[],
    private readonly track: ExaminedTrack,
  ) {}

  /**
   * What reading `file`, the next one, came to; `carry` is that of the one before it, as far as it is known. Throws
   * storage_unavailable, the signal's reason.
   */
  async take(file: StoredFile, carry: Parameters<typeof needsSamplesBehind>[0]): Promise<ReadOutcome> {
    const withSamples = needsSamplesBehind(carry, this.track);
    this.#begin(withSamples);
    const read = this.#reads.shift();
    if (read?.file !== file) throw new RangeError(`${file.path} is not the next file.`);
    this.#heldBytes -= read.heldBytes;
    return read.outcome;
  }

  #begin(withSamples: boolean): void {
    const { signal, store } = this.tools;
    while (this.#reads.length < MAX_FILES) {
      const file = this.files[this.#nextIndex];
      const heldBytes = withSamples ? file?.sizeBytes || USUAL_BYTES : 0;
      const isFull = this.#reads.length > 0 && this.#heldBytes + heldBytes > MAX_BYTES;
      if (!file || isFull) return;
      this.#nextIndex += 1;
      this.#heldBytes += heldBytes;
      const outcome = tryReadSegment(store, file.path, withSamples, { signal });
      // A failure is met when it is its turn.
      outcome.catch(() => {});
      this.#reads.push({ file, outcome, heldBytes });
    }
  }
}

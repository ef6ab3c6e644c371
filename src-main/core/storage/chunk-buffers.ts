import { SpareBuffers, sharedBuffer } from './spare-buffers.ts';

/** What one read fetches: large enough to be quick, small enough to stay in the processor's cache until it is sent. */
export const CHUNK_BYTES = 512 * 1024;
const spare = new SpareBuffers(CHUNK_BYTES, 16, sharedBuffer);

/** Where chunks are read into. */
export interface ChunkBuffers {
  /** A buffer of `CHUNK_BYTES` with anything in it. */
  next(): Buffer;
  /** All that `next` gave: nothing reads and nothing fills them any more. */
  giveBack(): void;
}

/** A buffer of its own for each chunk, for who keeps chunks. */
export const NEW_BUFFERS: ChunkBuffers = {
  next: () => Buffer.allocUnsafeSlow(CHUNK_BYTES),
  giveBack: () => {},
};

/** Two buffers by turns, so that one can be filled while the other is sent; others have them afterwards. */
export class BufferPair implements ChunkBuffers {
  readonly #own: Buffer[] = [];
  #turn = 1;

  next(): Buffer {
    this.#turn = 1 - this.#turn;
    this.#own[this.#turn] ??= spare.take();
    return this.#own[this.#turn]!;
  }

  giveBack(): void {
    for (const buffer of this.#own.splice(0)) spare.giveBack(buffer);
  }
}

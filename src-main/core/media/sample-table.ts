import { box, fullBox, u32, viewOf } from './boxes.ts';
import { GrowingUint32Array } from './growing-array.ts';
import { type Layout, LayoutBuilder } from './layout.ts';
import { stsd } from './movie-boxes.ts';

/** Samples of one track that lie together in the clip's file. */
export interface ClipChunk {
  /** When its first sample is shown, in microseconds of the clip; decides the order of chunks. */
  mediaUs: number;
  data: Layout;
}

/**
 * Collects one track's samples and writes its `stbl`.
 *
 * Times are ticks relative to the clip's in-point, negative for hidden samples. A sample's duration is known when
 * the next one comes, so the latest one is pending until then.
 */
export class SampleTableBuilder {
  readonly chunks: ClipChunk[] = [];
  readonly #sizes = new GrowingUint32Array();
  /** Pairs of count and duration. */
  readonly #timeRuns = new GrowingUint32Array();
  readonly #syncNumbers = new GrowingUint32Array();
  /** Triples as in stsc: first chunk, samples in each, sample description. */
  readonly #chunkRuns = new GrowingUint32Array();
  #chunk: { mediaUs: number; builder: LayoutBuilder; sampleCount: number } | null = null;
  #pendingTicks: number | null = null;
  #firstTicks = 0;
  #endTicks = 0;

  get sampleCount(): number {
    return this.#sizes.length;
  }

  /** Time of the first sample. */
  get firstTicks(): number {
    return this.#firstTicks;
  }

  /** End of the last sample, once finished. */
  get endTicks(): number {
    return this.#endTicks;
  }

  /** Time of the latest sample, `null` before the first. */
  get pendingTicks(): number | null {
    return this.#pendingTicks;
  }

  beginChunk(mediaUs: number): void {
    this.#endChunk();
    this.#chunk = { mediaUs, builder: new LayoutBuilder(), sampleCount: 0 };
  }

  /** Adds a sample to the current chunk; one that is not later than the one before it is put a tick after it. */
  add(ticks: number, path: string, offset: number, sizeBytes: number, isSync: boolean): void {
    if (this.#chunk === null) throw new Error('A sample was added outside a chunk.');
    const at = this.#pendingTicks === null ? ticks : Math.max(ticks, this.#pendingTicks + 1);
    if (this.#pendingTicks === null) this.#firstTicks = at;
    else this.#addDuration(at - this.#pendingTicks);
    this.#pendingTicks = at;
    this.#sizes.push(sizeBytes);
    if (isSync) this.#syncNumbers.push(this.#sizes.length);
    this.#chunk.builder.addObject(path, offset, sizeBytes);
    this.#chunk.sampleCount += 1;
  }

  /** Moves the latest sample to a later time. */
  movePending(ticks: number): void {
    if (this.#pendingTicks === null || ticks <= this.#pendingTicks) return;
    const isFirst = this.#sizes.length === 1;
    if (isFirst) this.#firstTicks = ticks;
    else this.#extendLastDuration(ticks - this.#pendingTicks);
    this.#pendingTicks = ticks;
  }

  finish(endTicks: number): void {
    this.#endChunk();
    if (this.#pendingTicks === null) return;
    this.#endTicks = Math.max(endTicks, this.#pendingTicks + 1);
    this.#addDuration(this.#endTicks - this.#pendingTicks);
    this.#pendingTicks = null;
  }

  /** The stbl box. `chunkOffsets` has the file offset of each chunk, or `null` to learn the size of the box. */
  stbl(entry: Uint8Array, chunkOffsets: Float64Array | null, is64Bit: boolean): Uint8Array {
    const offsets = chunkOffsets ?? new Float64Array(this.chunks.length);
    const allSync = this.#syncNumbers.length === this.#sizes.length;
    const sync = this.#syncNumbers;
    return box(
      'stbl',
      stsd(entry),
      fullBox('stts', 0, 0, u32(this.#timeRuns.length / 2), this.#timeRuns.toBigEndian()),
      ...(allSync ? [] : [fullBox('stss', 0, 0, u32(sync.length), sync.toBigEndian())]),
      fullBox('stsc', 0, 0, u32(this.#chunkRuns.length / 3), this.#chunkRuns.toBigEndian()),
      fullBox('stsz', 0, 0, u32(0, this.#sizes.length), this.#sizes.toBigEndian()),
      fullBox(is64Bit ? 'co64' : 'stco', 0, 0, u32(offsets.length), offsetBytes(offsets, is64Bit)),
    );
  }

  #endChunk(): void {
    const chunk = this.#chunk;
    this.#chunk = null;
    if (chunk === null || chunk.sampleCount === 0) return;
    this.chunks.push({ mediaUs: chunk.mediaUs, data: chunk.builder.build() });
    if (this.#chunkRuns.at(-2) === chunk.sampleCount) return;
    this.#chunkRuns.push(this.chunks.length, chunk.sampleCount, 1);
  }

  #addDuration(ticks: number): void {
    const runs = this.#timeRuns;
    if (runs.at(-1) === ticks) runs.set(-2, runs.at(-2)! + 1);
    else runs.push(1, ticks);
  }

  #extendLastDuration(ticks: number): void {
    const runs = this.#timeRuns;
    const count = runs.at(-2)!;
    const last = runs.at(-1)!;
    if (count > 1) runs.set(-2, count - 1);
    else runs.truncate(runs.length - 2);
    this.#addDuration(last + ticks);
  }
}

function offsetBytes(offsets: Float64Array, is64Bit: boolean): Uint8Array {
  const bytes = new Uint8Array(offsets.length * (is64Bit ? 8 : 4));
  const view = viewOf(bytes);
  offsets.forEach((offset, i) => {
    if (is64Bit) view.setBigUint64(i * 8, BigInt(offset));
    else view.setUint32(i * 4, offset);
  });
  return bytes;
}

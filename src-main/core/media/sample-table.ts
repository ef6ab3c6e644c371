import { box, fullBox, u32, zeros } from './boxes.ts';
import type { FrameTimes } from './clip-frame-times.ts';
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
 * Times are ticks relative to the clip's in-point, negative for hidden samples.
 */
export class SampleTableBuilder {
  readonly chunks: ClipChunk[] = [];
  readonly #sizes = new GrowingUint32Array();
  /** Distance of each sample to the next; the last one is missing until `finish`. */
  readonly #distances = new GrowingUint32Array();
  /** 1-based, as in stss. */
  readonly #syncNumbers = new GrowingUint32Array();
  /** Triples as in stsc: first chunk, samples in each, sample description. */
  readonly #chunkRuns = new GrowingUint32Array();
  #chunk: { mediaUs: number; builder: LayoutBuilder; sampleCount: number } | null = null;
  #firstTicks = 0;
  #lastTicks: number | null = null;
  #endTicks = 0;

  get sampleCount(): number {
    return this.#sizes.length;
  }

  /** Time of the first sample. */
  get firstTicks(): number {
    return this.#firstTicks;
  }

  /** Time of the latest sample, `null` before the first. */
  get lastTicks(): number | null {
    return this.#lastTicks;
  }

  /** End of the last sample, once finished. */
  get endTicks(): number {
    return this.#endTicks;
  }

  beginChunk(mediaUs: number): void {
    this.#endChunk();
    this.#chunk = { mediaUs, builder: new LayoutBuilder(), sampleCount: 0 };
  }

  /** Adds a sample to the current chunk; one that is not later than the one before it is put a tick after it. */
  add(
    ticks: number,
    object: { readonly path: string; readonly node?: string | undefined },
    offset: number,
    sizeBytes: number,
    isSync: boolean,
  ): void {
    if (this.#chunk === null) throw new Error('A sample was added outside a chunk.');
    const at = this.#lastTicks === null ? ticks : Math.max(ticks, this.#lastTicks + 1);
    if (this.#lastTicks === null) this.#firstTicks = at;
    else this.#distances.push(at - this.#lastTicks);
    this.#lastTicks = at;
    this.#sizes.push(sizeBytes);
    if (isSync) this.#syncNumbers.push(this.#sizes.length);
    this.#chunk.builder.addObject(object.path, offset, sizeBytes, object.node);
    this.#chunk.sampleCount += 1;
  }

  /** Ends the last sample at `endTicks`. `settle` may move the samples first. */
  finish(endTicks: number, settle: (times: FrameTimes) => FrameTimes = (times) => times): void {
    this.#endChunk();
    if (this.#lastTicks === null) return;
    const ticks = new Float64Array(this.#sizes.length);
    ticks[0] = this.#firstTicks;
    for (let i = 1; i < ticks.length; i += 1) ticks[i] = ticks[i - 1]! + this.#distances.at(i - 1)!;
    const settled = settle({ ticks, endTicks: Math.max(endTicks, this.#lastTicks + 1) });
    this.#distances.truncate(0);
    settled.ticks.forEach((at, i) => {
      this.#distances.push((settled.ticks[i + 1] ?? settled.endTicks) - at);
    });
    this.#firstTicks = settled.ticks[0]!;
    this.#endTicks = settled.endTicks;
  }

  /** The stbl box, with zeros for the offsets of the chunks in the file. */
  stbl(entry: Uint8Array, is64Bit: boolean): Uint8Array {
    const chunkCount = this.chunks.length;
    const allSync = this.#syncNumbers.length === this.#sizes.length;
    const sync = this.#syncNumbers;
    const times = this.#timeRuns();
    return box(
      'stbl',
      stsd(entry),
      fullBox('stts', 0, 0, u32(times.length / 2), times.toBigEndian()),
      ...(allSync ? [] : [fullBox('stss', 0, 0, u32(sync.length), sync.toBigEndian())]),
      fullBox('stsc', 0, 0, u32(this.#chunkRuns.length / 3), this.#chunkRuns.toBigEndian()),
      fullBox('stsz', 0, 0, u32(0, this.#sizes.length), this.#sizes.toBigEndian()),
      fullBox(is64Bit ? 'co64' : 'stco', 0, 0, u32(chunkCount), zeros(chunkCount * (is64Bit ? 8 : 4))),
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

  /** Pairs of count and duration. */
  #timeRuns(): GrowingUint32Array {
    const runs = new GrowingUint32Array();
    for (let i = 0; i < this.#distances.length; i += 1) {
      const ticks = this.#distances.at(i)!;
      if (runs.at(-1) === ticks) runs.set(-2, runs.at(-2)! + 1);
      else runs.push(1, ticks);
    }
    return runs;
  }
}

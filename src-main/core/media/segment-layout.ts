import { u64 } from './boxes.ts';
import { plainFragmentBytes } from './fragment-writer.ts';
import { type Layout, LayoutBuilder } from './layout.ts';
import { MediaFormatError } from './media-error.ts';
import type { SegmentHeader } from './media-segment.ts';
import type { SegmentAnalysis } from './repair.ts';
import { type KeptSamples, sampleTimes } from './sample-times.ts';

export interface SegmentLayoutInput {
  /** Of the stored object. */
  path: string;
  sizeBytes: number;
  header: SegmentHeader;
  /** The first bytes of the object, at least `header.headerSizeBytes`. */
  headerBytes: Uint8Array;
  analysis: SegmentAnalysis;
  /** Added to every time: puts the track on the time axis of its recording. */
  offsetTicks: number;
  /** Where the next segment of the track starts, for the true duration of the last sample. */
  nextStartTicks?: number;
}

/**
 * A media segment as it is served.
 *
 * An untouched one is the object with the 8 bytes of its decode time changed; a rewritten one is a generated header
 * and the ranges of the samples that are kept. Throws MediaFormatError when nothing is kept.
 */
export function segmentLayout(input: SegmentLayoutInput): Layout {
  const { path, sizeBytes, header, analysis, offsetTicks } = input;
  if (analysis.keptCount === 0) {
    throw new MediaFormatError(`${path} has no usable sample.`);
  }
  const startTicks = analysis.startTicks + offsetTicks;
  if (!Number.isSafeInteger(startTicks) || startTicks < 0) {
    throw new MediaFormatError(`${path} would start at ${startTicks} ticks.`);
  }
  if (!analysis.isRewritten && header.tfdtVersion === 1) {
    const patched = input.headerBytes.slice(0, header.tfdtOffset + 8);
    patched.set(u64(startTicks), header.tfdtOffset);
    return new LayoutBuilder()
      .addBytes(patched)
      .addObject(path, patched.length, sizeBytes - patched.length)
      .build();
  }
  const kept = sampleTimes(header, analysis, input.nextStartTicks);
  const fragment = plainFragmentBytes(
    { sequence: header.sequence, trackId: header.trackId, startTicks },
    { durations: kept.durationTicks, sizes: kept.sizeBytes, isSync: kept.isSync },
  );
  const builder = new LayoutBuilder().addBytes(fragment);
  addKeptRanges(builder, path, kept, 0, kept.count);
  return builder.build();
}

/** Adds the bytes of the kept samples from number `from` to before `to`, as few ranges as possible. */
export function addKeptRanges(
  builder: LayoutBuilder,
  path: string,
  kept: KeptSamples,
  from: number,
  to: number,
): void {
  for (let k = from; k < to; k += 1) builder.addObject(path, kept.offset[k]!, kept.sizeBytes[k]!);
}

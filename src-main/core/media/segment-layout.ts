import { AppError } from '../base/errors.ts';
import { u64 } from './boxes.ts';
import { plainFragmentBytes } from './fragment-writer.ts';
import { frameGridTicks, onFrameGrid, roundTo } from './frame-grid.ts';
import { type Layout, LayoutBuilder } from './layout.ts';
import { MediaFormatError } from './media-error.ts';
import type { SegmentHeader } from './media-segment.ts';
import type { AnalysedTrack, SegmentAnalysis } from './repair.ts';
import { type KeptSamples, sampleTimes } from './sample-times.ts';

export interface SegmentLayoutInput {
  /** Of the stored object. */
  path: string;
  /** The node that recorded it. */
  node?: string | undefined;
  sizeBytes: number;
  track: AnalysedTrack;
  header: SegmentHeader;
  /** The first bytes of the object, at least `header.headerSizeBytes`. */
  headerBytes: Uint8Array;
  analysis: SegmentAnalysis;
  /** Added to every time: puts the track on the time axis of its recording. */
  offsetTicks: number;
  /** Where the next segment of the track starts, for the true duration of the last sample. */
  nextStartTicks?: number;
  /** Only the samples whose true time on the axis lies from `startTicks` to before `endTicks`. */
  cut?: { startTicks: number; endTicks: number } | null;
}

/**
 * A media segment as it is served.
 *
 * One in order is the object with the 8 bytes of its decode time changed. One that a recorder spoiled, whose pictures
 * jitter (`onFrameGrid`) or that is cut is a generated header and the ranges of the samples that are kept. Throws
 * MediaFormatError when nothing is kept, AppError `not_found` when nothing is left of the cut.
 */
export function segmentLayout(input: SegmentLayoutInput): Layout {
  const { path, node, sizeBytes, header, analysis, offsetTicks } = input;
  if (analysis.keptCount === 0) {
    throw new MediaFormatError(`${path} has no usable sample.`);
  }
  const firstTicks = analysis.startTicks + offsetTicks;
  if (!Number.isSafeInteger(firstTicks) || firstTicks < 0) {
    throw new MediaFormatError(`${path} would start at ${firstTicks} ticks.`);
  }
  const kept = sampleTimes(header, analysis, input.nextStartTicks);
  const settled = settledTimes(kept, input);
  if (!input.cut && !settled && !analysis.isRewritten && header.tfdtVersion === 1) {
    const patched = input.headerBytes.slice(0, header.tfdtOffset + 8);
    patched.set(u64(firstTicks), header.tfdtOffset);
    return new LayoutBuilder()
      .addBytes(patched)
      .addObject(path, patched.length, sizeBytes - patched.length, node)
      .build();
  }
  const { from, to } = input.cut ? cutRange(input.cut, kept, input) : { from: 0, to: kept.count };
  const { startTicks, durations } = settled ?? {
    startTicks: kept.timeTicks.map((ticks) => ticks + offsetTicks),
    durations: kept.durationTicks,
  };
  const fragment = plainFragmentBytes(
    { sequence: header.sequence, trackId: header.trackId, startTicks: startTicks[from]! },
    {
      durations: durations.subarray(from, to),
      sizes: kept.sizeBytes.subarray(from, to),
      isSync: kept.isSync.subarray(from, to),
    },
  );
  const builder = new LayoutBuilder().addBytes(fragment);
  for (let k = from; k < to; k += 1) builder.addObject(path, kept.offset[k]!, kept.sizeBytes[k]!, node);
  return builder.build();
}

interface ServedTimes {
  /** On the axis of the recording. */
  startTicks: Float64Array;
  durations: Uint32Array;
}

/** Times without jitter, or `null` when those of the samples can stay. */
function settledTimes(kept: KeptSamples, input: SegmentLayoutInput): ServedTimes | null {
  const { timescale, kind } = input.track;
  if (kind !== 'video' || !isAllMedia(kept, input)) return null;
  const last = kept.count - 1;
  const endTicks = kept.timeTicks[last]! + kept.durationTicks[last]! + input.offsetTicks;
  const trueTicks = kept.timeTicks.map((ticks) => ticks + input.offsetTicks);
  const startTicks = onFrameGrid(trueTicks, endTicks, timescale);
  if (startTicks === null) return null;
  // The end of a recording stays where it is, so that its length does.
  const isFollowed = input.nextStartTicks !== undefined;
  const servedEnd = isFollowed ? roundTo(endTicks, frameGridTicks(timescale)) : endTicks;
  const durations = kept.durationTicks.map((_, k) =>
    Math.max((startTicks[k + 1] ?? servedEnd) - startTicks[k]!, 1),
  );
  return { startTicks, durations };
}

/** Whether nothing lies in the object behind the samples of its header, further fragments for example. */
function isAllMedia(kept: KeptSamples, { analysis, header, sizeBytes }: SegmentLayoutInput): boolean {
  if (analysis.isRewritten || header.tfdtVersion !== 1) return true;
  return kept.offset[kept.count - 1]! + kept.sizeBytes[kept.count - 1]! === sizeBytes;
}

function cutRange(
  cut: { startTicks: number; endTicks: number },
  kept: KeptSamples,
  { path, offsetTicks }: SegmentLayoutInput,
): { from: number; to: number } {
  const indexOf = (ticks: number): number => {
    const index = kept.timeTicks.findIndex((time) => time + offsetTicks >= ticks);
    return index < 0 ? kept.count : index;
  };
  const from = indexOf(cut.startTicks);
  const to = indexOf(cut.endTicks);
  if (to <= from) {
    throw new AppError('not_found', `${path} has no sample from ${cut.startTicks} to ${cut.endTicks} ticks.`);
  }
  return { from, to };
}

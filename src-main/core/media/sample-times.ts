import { MediaFormatError } from './media-error.ts';
import type { SegmentHeader } from './media-segment.ts';
import type { SegmentAnalysis } from './repair.ts';

/** The kept samples of one segment, one array entry each. */
export interface KeptSamples {
  count: number;
  /** Ticks since the track's zero, strictly ascending. */
  timeTicks: Float64Array;
  durationTicks: Uint32Array;
  /** Byte of the file at which the sample begins. */
  offset: Float64Array;
  sizeBytes: Uint32Array;
  /** 1 where the sample can be decoded without those before it. */
  isSync: Uint8Array;
}

/**
 * The samples that remain of a segment, with their true times.
 *
 * `nextStartTicks` is where the next segment of the recording starts; it gives the last sample its true duration,
 * which is an estimate without it. Throws MediaFormatError when the analysis was made from another file.
 */
export function sampleTimes(
  header: SegmentHeader,
  analysis: SegmentAnalysis,
  nextStartTicks?: number,
): KeptSamples {
  const { storedDurations, sizes, isSync } = header.samples;
  if (analysis.v !== 1 || analysis.sampleCount !== sizes.length) {
    throw new MediaFormatError(
      `The file has ${sizes.length} samples, but ${analysis.sampleCount} when it was examined: it was overwritten. Index the recording again.`,
    );
  }
  const kept = emptySamples(analysis.keptCount);
  let nextDropped = 0;
  let nextCorrection = 0;
  let clockTicks = analysis.startTicks;
  let offset = header.dataOffset;
  let count = 0;
  for (let i = 0; i < sizes.length; i += 1) {
    // The first kept sample is at startTicks; from then on the clock runs on, over dropped samples too.
    if (analysis.isRewritten && count > 0) {
      clockTicks += storedDurations[i]!;
      const correction = analysis.corrections[nextCorrection];
      if (correction?.[0] === i) {
        clockTicks += correction[1];
        nextCorrection += 1;
      }
    }
    if (analysis.dropped[nextDropped] === i) {
      nextDropped += 1;
    } else {
      kept.timeTicks[count] = clockTicks;
      kept.offset[count] = offset;
      kept.sizeBytes[count] = sizes[i]!;
      kept.isSync[count] = isSync[i]!;
      count += 1;
    }
    if (!analysis.isRewritten) clockTicks += storedDurations[i]!;
    offset += sizes[i]!;
  }
  for (let k = 0; k < count; k += 1) {
    const isLast = k === count - 1;
    const next = isLast
      ? endOf(kept.timeTicks[k]!, analysis.endTicks, nextStartTicks)
      : kept.timeTicks[k + 1]!;
    kept.durationTicks[k] = Math.min(Math.max(next - kept.timeTicks[k]!, 1), 0xffffffff);
  }
  return kept;
}

function endOf(lastTicks: number, endTicks: number, nextStartTicks: number | undefined): number {
  return nextStartTicks !== undefined && nextStartTicks > lastTicks ? nextStartTicks : endTicks;
}

function emptySamples(count: number): KeptSamples {
  return {
    count,
    timeTicks: new Float64Array(count),
    durationTicks: new Uint32Array(count),
    offset: new Float64Array(count),
    sizeBytes: new Uint32Array(count),
    isSync: new Uint8Array(count),
  };
}

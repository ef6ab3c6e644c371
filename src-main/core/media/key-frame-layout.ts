import { concat } from './boxes.ts';
import { plainFragmentBytes } from './fragment-writer.ts';
import { type Layout, LayoutBuilder } from './layout.ts';
import { MediaFormatError } from './media-error.ts';
import type { SegmentHeader } from './media-segment.ts';
import type { SegmentAnalysis } from './repair.ts';
import { sampleTimes } from './sample-times.ts';

export interface KeyFrameInput {
  /** Of the stored object. */
  path: string;
  /** The node that recorded it. */
  node?: string | undefined;
  header: SegmentHeader;
  analysis: SegmentAnalysis;
  /** The init segment of its track, as it is served. */
  initBytes: Uint8Array;
  timescale: number;
  /** On the track's own clock. */
  atTicks: number;
}

/**
 * A film of a single picture: the last key frame of the segment at or before `atTicks`, else its first one.
 *
 * It begins at 0 and lasts a second. `frameTicks` is when the picture was taken, on the track's own clock. Throws
 * MediaFormatError where the segment has no key frame.
 */
export function keyFrameLayout(input: KeyFrameInput): { layout: Layout; frameTicks: number } {
  const { analysis, header, initBytes, node, path } = input;
  const kept = sampleTimes(header, analysis);
  let chosen = -1;
  for (let k = 0; k < kept.count; k += 1) {
    if (!kept.isSync[k]) continue;
    if (chosen >= 0 && kept.timeTicks[k]! > input.atTicks) break;
    chosen = k;
  }
  if (chosen < 0) throw new MediaFormatError(`${path} has no key frame.`);
  const sizeBytes = kept.sizeBytes[chosen]!;
  const fragment = plainFragmentBytes(
    { sequence: 1, trackId: header.trackId, startTicks: 0 },
    { durations: [input.timescale], sizes: [sizeBytes], isSync: [1] },
  );
  const layout = new LayoutBuilder()
    .addBytes(concat([initBytes, fragment]))
    .addObject(path, kept.offset[chosen]!, sizeBytes, node)
    .build();
  return { layout, frameTicks: kept.timeTicks[chosen]! };
}

import { MediaFormatError } from '../media/media-error.ts';
import {
  type AnalysedTrack,
  type AnalysisCarry,
  carryFromPrevious,
  type UnreadSegment,
} from '../media/repair.ts';
import { LOOK_BACK_SAMPLES } from '../media/repeat-finder.ts';
import type { CallOptions, ObjectStore } from '../storage/object-store.ts';
import { readSegment } from './read-media.ts';

/** The carry behind a segment that was examined by its header alone: as many as hold the samples looked back at. */
export function withNextUnread(
  before: AnalysisCarry | null,
  { json }: AnalysisCarry,
  segment: UnreadSegment,
): AnalysisCarry {
  const all = [...(before?.unread ?? []), segment];
  let from = all.length;
  let count = 0;
  while (from > 0 && count < LOOK_BACK_SAMPLES) {
    from -= 1;
    count += all[from]?.analysis.keptCount ?? 0;
  }
  const tail = count < LOOK_BACK_SAMPLES ? (before?.tail ?? []) : [];
  return { json, tail, unread: all.slice(from) };
}

/**
 * The carry with all samples that are looked back at, read now where they were not needed before.
 *
 * Where a file is gone or cannot be read, repeats of its samples cannot be found. Throws storage_unavailable.
 */
export async function withTail(
  store: ObjectStore,
  carry: AnalysisCarry | null,
  track: AnalysedTrack,
  options: CallOptions,
): Promise<AnalysisCarry | null> {
  if (!carry?.unread) return carry;
  const { json, unread } = carry;
  const tail = [...carry.tail];
  for (const { analysis, path } of unread) {
    const read = await readSegment(store, path, true, options).catch((error: unknown) => {
      if (error instanceof MediaFormatError) return null;
      throw error;
    });
    if (!read?.sampleData) continue;
    const { header, sampleData } = read;
    // Written over since: its samples are others than were examined.
    if (header.samples.sizes.length !== analysis.sampleCount) continue;
    tail.push(...carryFromPrevious(json, [{ header, analysis, sampleData }], track).tail);
  }
  return { json, tail: tail.slice(-LOOK_BACK_SAMPLES) };
}

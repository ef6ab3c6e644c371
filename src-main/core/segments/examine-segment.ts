import type { Track } from '../../../src-shared/model/segment.ts';
import { errorMessage } from '../base/errors.ts';
import { type AnalysisCarry, analyseSegment, type SegmentAnalysis } from '../media/repair.ts';
import { mayHoldRepeats } from '../media/repeat-finder.ts';
import type { CallOptions, ObjectStore } from '../storage/object-store.ts';
import { MAX_SAMPLE_READ_BYTES, type ReadOutcome, type ReadSegment, tryReadSegment } from './read-media.ts';
import { withNextUnread, withTail } from './unread-samples.ts';

export interface ExaminedTrack {
  kind: Track;
  timescale: number;
}

export type ExamineOutcome =
  | {
      state: 'ok';
      analysis: SegmentAnalysis;
      carry: AnalysisCarry;
      sizeBytes: number;
      writtenMs: number | null;
      isKeyframe: boolean;
      /** Not all samples are in the file: it is still being written, or was cut off. */
      isTruncated: boolean;
      problem: string | null;
    }
  | { state: 'missing' }
  | { state: 'bad'; sizeBytes: number | null; problem: string };

/** Whether the samples of what follows will have to be read, as far as what came before tells. */
export function needsSamplesBehind(carry: AnalysisCarry | null, { kind }: ExaminedTrack): boolean {
  if (carry === null || kind === 'audio') return false;
  return carry.json.isSpoiled || (carry.tail.length > 0 && !carry.unread?.length);
}

/**
 * Examines the next segment of a track.
 *
 * `carry` is what the one before it in file order gave; null for the first, or to anchor at the stored decode time.
 * `read`: what reading it came to, where that was done before. Throws storage_unavailable.
 */
export async function examineSegment(
  store: ObjectStore,
  path: string,
  carry: AnalysisCarry | null,
  track: ExaminedTrack,
  options: CallOptions = {},
  read?: ReadOutcome,
): Promise<ExamineOutcome> {
  let outcome = read ?? (await tryReadSegment(store, path, needsSamplesBehind(carry, track), options));
  const needsSamples = outcome.state === 'read' && needsSamplesOf(outcome.segment, carry, track);
  if (outcome.state === 'read' && needsSamples && outcome.segment.sampleData === null) {
    outcome = await tryReadSegment(store, path, true, options);
  }
  if (outcome.state !== 'read') return outcome;
  const { header, sizeBytes, writtenMs } = outcome.segment;
  const sampleData = needsSamples ? outcome.segment.sampleData : null;
  const before = sampleData === null ? carry : await withTail(store, carry, track, options);
  try {
    const { analysis, carry: next } = analyseSegment(before, header, sampleData, track);
    if (analysis.keptCount === 0) {
      return { state: 'bad', sizeBytes, problem: `No sample of ${path} can be used.` };
    }
    const isTruncated = header.truncatedAtSample !== null;
    return {
      state: 'ok',
      analysis,
      carry:
        sampleData === null && track.kind === 'video'
          ? withNextUnread(carry, next, { path, analysis })
          : next,
      sizeBytes,
      writtenMs,
      isKeyframe: analysis.firstSyncTicks === analysis.startTicks,
      isTruncated,
      problem: isTruncated ? `The file ${path} is cut off; what is there is used.` : null,
    };
  } catch (error) {
    // Whatever odd numbers a file holds, they must not stop the track.
    return {
      state: 'bad',
      sizeBytes,
      problem: `The file ${path} cannot be understood: ${errorMessage(error)}`,
    };
  }
}

/** Where nothing shows that packets were stored twice, the header says all. */
function needsSamplesOf(
  { header, sizeBytes }: ReadSegment,
  carry: AnalysisCarry | null,
  { kind, timescale }: ExaminedTrack,
): boolean {
  if (kind === 'audio' || sizeBytes > MAX_SAMPLE_READ_BYTES) return false;
  // The first sample of all can repeat none.
  const durations = header.samples.storedDurations.subarray(carry === null ? 1 : 0);
  return (carry?.json.isSpoiled ?? false) || mayHoldRepeats(durations, timescale);
}

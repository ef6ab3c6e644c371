import { errorMessage } from '../base/errors.ts';
import type { AnalysisCarry, SegmentAnalysis } from '../media/repair.ts';
import { isDenied, type ObjectStore } from '../storage/object-store.ts';
import { type ExaminedTrack, examineSegment } from './examine-segment.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { StoredFile } from './storage-folders.ts';

/** A file that is cut off and younger than this is still being written. */
const WRITING_MS = 30_000;

/** A file of a track and what is in it. */
export interface Examined {
  file: StoredFile;
  analysis: SegmentAnalysis | null;
  sizeBytes: number;
  isKeyframe: boolean;
  writtenMs: number | null;
  state: 'ok' | 'bad';
  problem: string | null;
}

/** What came of the files of a track. */
export interface ExaminedFiles {
  examined: Examined[];
  /** State behind the last of them. */
  carry: AnalysisCarry | null;
  /** The next file is still being written. */
  isUnfinished: boolean;
  /** Files that may not be read, with the reason in words; they are left to a later run. */
  denied: string[];
}

/** Examines files of a track in order, up to one that is still being written. Throws storage_unavailable. */
export async function examineFiles(
  { nowMs, signal, store }: { store: ObjectStore; signal: AbortSignal; nowMs: () => number },
  files: readonly StoredFile[],
  first: AnalysisCarry | null,
  track: ExaminedTrack,
  reads: ReadAhead,
): Promise<ExaminedFiles> {
  const examined: Examined[] = [];
  const denied: string[] = [];
  let carry = first;
  for (const file of files) {
    signal.throwIfAborted();
    const before = carry;
    const outcome = await reads
      .take(file, before)
      .then((read) => examineSegment(store, file.path, before, track, { signal }, read))
      .catch((error: unknown) => {
        if (!isDenied(error)) throw error;
        denied.push(`${file.path}: ${errorMessage(error)}`);
        return null;
      });
    // One file that may not be read is no reason to do without the others.
    if (outcome === null) continue;
    // A time far ahead is that of another clock, and says nothing of the writing.
    const isYoung = Math.abs(nowMs() - file.modifiedMs) < WRITING_MS;
    const isComplete = outcome.state === 'ok' && !outcome.isTruncated;
    if (!isComplete && isYoung) return { examined, carry, isUnfinished: true, denied };
    // Deleted since it was listed.
    if (outcome.state === 'missing') continue;
    if (outcome.state === 'ok') {
      ({ carry } = outcome);
      const { analysis, sizeBytes, isKeyframe, problem, writtenMs } = outcome;
      examined.push({ file, analysis, sizeBytes, isKeyframe, writtenMs, state: 'ok', problem });
    } else {
      const { problem } = outcome;
      const { modifiedMs, sizeBytes } = file;
      const writtenMs = modifiedMs > 0 ? Math.round(modifiedMs) : null;
      examined.push({ file, analysis: null, sizeBytes, isKeyframe: false, writtenMs, state: 'bad', problem });
    }
  }
  return { examined, carry, isUnfinished: false, denied };
}

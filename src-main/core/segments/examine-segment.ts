import type { Track } from '../../../src-shared/model/segment.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import { type InitSegment, parseInitSegment } from '../media/init-segment.ts';
import { MediaFormatError } from '../media/media-error.ts';
import { headerSizeBytesFrom, parseSegmentHeader, type SegmentHeader } from '../media/media-segment.ts';
import { type AnalysisCarry, analyseSegment, type SegmentAnalysis } from '../media/repair.ts';
import type { CallOptions, ObjectStore } from '../storage/object-store.ts';

const MAX_INIT_BYTES = 1024 * 1024;
const HEADER_READ_BYTES = 64 * 1024;
/**
 * A file beyond this is examined by its header alone: repeats in it are not found, memory stays bounded.
 * Files have 10 to 40 s; at 8 Mbit/s that is 40 MB.
 */
const MAX_SAMPLE_READ_BYTES = 64 * 1024 * 1024;

export type InitOutcome =
  | { state: 'ok'; init: InitSegment }
  | { state: 'missing' }
  | { state: 'bad'; problem: string };

/** Reads an init file. Throws storage_unavailable. */
export async function readInit(
  store: ObjectStore,
  path: string,
  options: CallOptions = {},
): Promise<InitOutcome> {
  try {
    return { state: 'ok', init: parseInitSegment(await store.read(path, 0, MAX_INIT_BYTES, options)) };
  } catch (error) {
    if (isMissing(error)) return { state: 'missing' };
    if (error instanceof MediaFormatError) {
      return { state: 'bad', problem: `The init file ${path} cannot be read: ${error.message}` };
    }
    throw error;
  }
}

export interface ExaminedTrack {
  kind: Track;
  timescale: number;
}

/** A segment file as it was read: enough to analyse it, and to be the one before the next. */
export interface ReadSegment {
  header: SegmentHeader;
  /** The bytes from `header.dataOffset` on; empty for sound and for giant files. */
  sampleData: Uint8Array;
  sizeBytes: number;
  /** When the object was written, milliseconds since the epoch; null where the storage does not tell. */
  writtenMs: number | null;
  hasSamples: boolean;
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

/** Reads a segment file; null when it is missing. Throws MediaFormatError, storage_unavailable. */
export async function readSegment(
  store: ObjectStore,
  path: string,
  kind: Track,
  options: CallOptions = {},
): Promise<ReadSegment | null> {
  const info = await store.stat(path, options);
  if (info === null) return null;
  const { modifiedMs, sizeBytes } = info;
  const writtenMs = modifiedMs > 0 ? Math.round(modifiedMs) : null;
  const isWhole = kind === 'video' && sizeBytes <= MAX_SAMPLE_READ_BYTES;
  let bytes = await readMissingAsEmpty(store, path, isWhole ? sizeBytes : HEADER_READ_BYTES, options);
  if (bytes === null) return null;
  for (
    let neededBytes = headerSizeBytesFrom(bytes);
    neededBytes > bytes.length && bytes.length < sizeBytes;
    neededBytes = headerSizeBytesFrom(bytes)
  ) {
    const more = await readMissingAsEmpty(store, path, neededBytes + 16, options);
    if (more === null) return null;
    if (more.length <= bytes.length) break;
    bytes = more;
  }
  const header = parseSegmentHeader(bytes, { fileSizeBytes: sizeBytes });
  const sampleData = isWhole ? bytes.subarray(header.dataOffset) : new Uint8Array(0);
  return { header, sampleData, sizeBytes, writtenMs, hasSamples: isWhole };
}

/**
 * Examines the next segment of a track.
 *
 * `carry` is what the one before it in file order gave; null for the first, or to anchor at the stored decode time.
 * Throws storage_unavailable.
 */
export async function examineSegment(
  store: ObjectStore,
  path: string,
  carry: AnalysisCarry | null,
  track: ExaminedTrack,
  options: CallOptions = {},
): Promise<ExamineOutcome> {
  let read: ReadSegment | null;
  try {
    read = await readSegment(store, path, track.kind, options);
  } catch (error) {
    if (!(error instanceof MediaFormatError)) throw error;
    return { state: 'bad', sizeBytes: null, problem: `The file ${path} cannot be read: ${error.message}` };
  }
  if (read === null) return { state: 'missing' };
  // Without samples a picture track is examined like sound: by times alone.
  const kind = read.hasSamples ? track.kind : 'audio';
  try {
    const { analysis, carry: next } = analyseSegment(carry, read.header, read.sampleData, { ...track, kind });
    if (analysis.keptCount === 0) {
      return { state: 'bad', sizeBytes: read.sizeBytes, problem: `No sample of ${path} can be used.` };
    }
    const isTruncated = read.header.truncatedAtSample !== null;
    return {
      state: 'ok',
      analysis,
      carry: next,
      sizeBytes: read.sizeBytes,
      writtenMs: read.writtenMs,
      isKeyframe: analysis.firstSyncTicks === analysis.startTicks,
      isTruncated,
      problem: isTruncated ? `The file ${path} is cut off; what is there is used.` : null,
    };
  } catch (error) {
    // Whatever odd numbers a file holds, they must not stop the track.
    return {
      state: 'bad',
      sizeBytes: read.sizeBytes,
      problem: `The file ${path} cannot be understood: ${errorMessage(error)}`,
    };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'object_missing';
}

async function readMissingAsEmpty(
  store: ObjectStore,
  path: string,
  sizeBytes: number,
  options: CallOptions,
): Promise<Buffer | null> {
  try {
    return await store.read(path, 0, sizeBytes, options);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

import { AppError } from '../base/errors.ts';
import { type InitSegment, parseInitSegment } from '../media/init-segment.ts';
import { MediaFormatError } from '../media/media-error.ts';
import { headerSizeBytesFrom, parseSegmentHeader, type SegmentHeader } from '../media/media-segment.ts';
import {
  type CallOptions,
  type ObjectStart,
  type ObjectStore,
  START_BYTES,
  startOf,
} from '../storage/object-store.ts';

const MAX_INIT_BYTES = 1024 * 1024;
/**
 * A file beyond this is examined by its header alone: repeats in it are not found, memory stays bounded.
 * Files have 10 to 40 s; at 8 Mbit/s that is 40 MB.
 */
export const MAX_SAMPLE_READ_BYTES = 64 * 1024 * 1024;

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

/** A segment file as it was read. */
export interface ReadSegment {
  header: SegmentHeader;
  /** The bytes from `header.dataOffset` on; null where they were not wanted, and of giant files. */
  sampleData: Uint8Array | null;
  sizeBytes: number;
  /** When the object was written, milliseconds since the epoch; null where the storage does not tell. */
  writtenMs: number | null;
}

/** What reading a file came to. */
export type ReadOutcome =
  | { state: 'read'; segment: ReadSegment }
  | { state: 'missing' }
  | { state: 'bad'; sizeBytes: null; problem: string };

/**
 * Reads the header of a segment file, with `withSamples` the samples too; null when it is missing. Throws
 * MediaFormatError, storage_unavailable.
 */
export async function readSegment(
  store: ObjectStore,
  path: string,
  withSamples: boolean,
  options: CallOptions = {},
): Promise<ReadSegment | null> {
  const firstBytes = withSamples ? MAX_SAMPLE_READ_BYTES : START_BYTES;
  const start = await missingAsNull(startOf(store, path, firstBytes, options));
  if (start === null) return null;
  try {
    return await segmentFrom(store, path, start, withSamples, options);
  } finally {
    // The header is a copy; samples are not.
    if (!withSamples) start.release?.();
  }
}

async function segmentFrom(
  store: ObjectStore,
  path: string,
  start: ObjectStart,
  withSamples: boolean,
  options: CallOptions,
): Promise<ReadSegment | null> {
  let { bytes } = start;
  const { modifiedMs, sizeBytes } = start;
  const writtenMs = modifiedMs > 0 ? Math.round(modifiedMs) : null;
  for (
    let neededBytes = headerSizeBytesFrom(bytes);
    neededBytes > bytes.length && bytes.length < sizeBytes;
    neededBytes = headerSizeBytesFrom(bytes)
  ) {
    const more = await missingAsNull(store.read(path, 0, neededBytes + 16, options));
    if (more === null) return null;
    if (more.length <= bytes.length) break;
    bytes = more;
  }
  const header = parseSegmentHeader(bytes, { fileSizeBytes: sizeBytes });
  const isWhole = withSamples && sizeBytes <= MAX_SAMPLE_READ_BYTES;
  return { header, sampleData: isWhole ? bytes.subarray(header.dataOffset) : null, sizeBytes, writtenMs };
}

/** As `readSegment`, with what can be wrong about the file as an outcome. Throws storage_unavailable. */
export async function tryReadSegment(
  store: ObjectStore,
  path: string,
  withSamples: boolean,
  options: CallOptions = {},
): Promise<ReadOutcome> {
  try {
    const segment = await readSegment(store, path, withSamples, options);
    return segment === null ? { state: 'missing' } : { state: 'read', segment };
  } catch (error) {
    if (!(error instanceof MediaFormatError)) throw error;
    return { state: 'bad', sizeBytes: null, problem: `The file ${path} cannot be read: ${error.message}` };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'object_missing';
}

async function missingAsNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

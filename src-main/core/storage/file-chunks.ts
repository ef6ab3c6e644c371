import type { LimitedCalls } from '../base/abort.ts';
import { AppError } from '../base/errors.ts';
import { CHUNK_BYTES, type ChunkBuffers } from './chunk-buffers.ts';
import type { OpenFile } from './open-file.ts';

/** An object in a file that is open, and what reading it takes. */
export interface FileReading {
  readonly file: OpenFile;
  /** Those of this reading alone. */
  readonly calls: LimitedCalls;
  readonly objectPath: string;
  readonly signal: AbortSignal | undefined;
  /** What is thrown for a failure. */
  failureOf(error: unknown): unknown;
}

/**
 * The bytes [offset, offset + sizeBytes) of the file, which stays open; storage_unavailable where it ends before.
 *
 * Reads one chunk ahead, so it asks for the next buffer but one with one in use.
 */
export async function* fileChunks(
  { calls, failureOf, file, objectPath, signal }: FileReading,
  offset: number,
  sizeBytes: number,
  buffers: ChunkBuffers,
  ahead: Buffer | null = null,
): AsyncGenerator<Buffer> {
  const endByte = offset + sizeBytes;
  const readAt = (at: number): Promise<Buffer> => {
    const chunk = buffers.next().subarray(0, Math.min(CHUNK_BYTES, endByte - at));
    return calls.run(readFully(file, chunk, at, signal));
  };
  let reading: Promise<Buffer> | null = null;
  try {
    if (sizeBytes > 0) {
      const isRead = ahead !== null && offset === 0 && ahead.length >= Math.min(CHUNK_BYTES, sizeBytes);
      reading = isRead ? Promise.resolve(ahead.subarray(0, sizeBytes)) : readAt(offset);
    }
    for (let at = offset; at < endByte; ) {
      const wantedBytes = Math.min(CHUNK_BYTES, endByte - at);
      const chunk: Buffer = await reading!;
      at += wantedBytes;
      const isShort = chunk.length < wantedBytes;
      reading = !isShort && at < endByte ? readAt(at) : null;
      // Its failure is met when it is its turn.
      reading?.catch(() => {});
      if (chunk.length > 0) yield chunk;
      if (isShort) throw endedEarly(objectPath, at - wantedBytes + chunk.length, endByte);
    }
    // Not after an error or an early end: a read that was given up may still fill its buffer.
    buffers.giveBack();
  } catch (error) {
    throw failureOf(error);
  } finally {
    await reading?.catch(() => {});
  }
}

/** Fills `buffer` from `offset`; returns of it what there was. */
export async function readFully(
  file: OpenFile,
  buffer: Buffer,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  let taken = 0;
  while (taken < buffer.length) {
    signal?.throwIfAborted();
    const bytesRead = await file.read(taken === 0 ? buffer : buffer.subarray(taken), offset + taken);
    if (bytesRead === 0) break;
    taken += bytesRead;
  }
  return taken === buffer.length ? buffer : buffer.subarray(0, taken);
}

function endedEarly(objectPath: string, atByte: number, endByte: number): AppError {
  return new AppError(
    'storage_unavailable',
    `${objectPath} ends at byte ${atByte}, before byte ${endByte} that was asked for; it was cut off or replaced while it was read.`,
  );
}

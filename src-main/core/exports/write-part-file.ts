import { write } from 'node:fs';
import { type FileHandle, open, readdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../base/errors.ts';
import type { Clip } from '../playback/clip-service.ts';
import { layoutChunks } from '../playback/layout-chunks.ts';
import type { ObjectStore } from '../storage/object-store.ts';

export interface WritePartOptions {
  store: ObjectStore;
  clip: Clip;
  folder: string;
  jobId: string;
  signal: AbortSignal;
  /** Called after every chunk with the bytes that are in the file. */
  onProgress: (writtenBytes: number) => void;
}

/** What a crash of the computer may take from the end of a file: everything behind the last flush. */
const FLUSH_BYTES = 64 * 1024 * 1024;
const SPARE_BYTES = 16 * 1024 * 1024;
const PART_ENDING = '.part';

/**
 * Writes a clip to a file of the job's own in `folder` and flushes it to the disk; returns its path.
 *
 * A file of the same clip that an earlier run began is gone on with, from where it was flushed for sure; files of
 * the job for a clip that has changed since are removed. The copy runs on the main thread: reading and writing
 * happen in Node's thread pool, half a mebibyte at a time, so the event loop is held for a fraction of a millisecond
 * per chunk. Throws AppError of storage, or what `fs` throws.
 */
export async function writePartFile(options: WritePartOptions): Promise<string> {
  const { clip, folder, jobId, signal } = options;
  const name = `${clip.fileName}.${jobId}.${clip.etag}${PART_ENDING}`;
  await removePartFiles(folder, jobId, name);
  const partPath = path.join(folder, name);
  const file = await openForWriting(partPath);
  try {
    const { size } = await file.stat();
    const startByte = Math.max(0, Math.min(size, clip.layout.sizeBytes) - FLUSH_BYTES);
    await checkSpace(folder, clip.layout.sizeBytes - size);
    await file.truncate(startByte);
    await copy(file, startByte, options);
    signal.throwIfAborted();
    await file.sync();
  } finally {
    await file.close();
  }
  return partPath;
}

/** Removes what runs of the job left behind, except the file `keep`. */
export async function removePartFiles(folder: string, jobId: string, keep?: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names) {
    if (name.includes(`.${jobId}.`) && name.endsWith(PART_ENDING) && name !== keep) {
      await rm(path.join(folder, name), { force: true });
    }
  }
}

async function openForWriting(partPath: string): Promise<FileHandle> {
  try {
    return await open(partPath, 'r+');
  } catch {
    return open(partPath, 'wx+');
  }
}

async function checkSpace(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes + SPARE_BYTES) return;
  throw new AppError(
    'storage_unavailable',
    `The clip needs ${megabytes(neededBytes)}, but ${folder} has only ${megabytes(freeBytes)} left. Free some space and retry.`,
  );
}

async function copy(
  file: FileHandle,
  startByte: number,
  { store, clip, signal, onProgress }: WritePartOptions,
): Promise<void> {
  const { layout } = clip;
  let at = startByte;
  let flushedAt = startByte;
  let flush: Promise<void> = Promise.resolve();
  onProgress(at);
  const chunks = layoutChunks(store, layout, { startByte, endByte: layout.sizeBytes }, { signal });
  try {
    for await (const chunk of chunks) {
      await writeFully(file, chunk, at);
      at += chunk.length;
      onProgress(at);
      if (at - flushedAt < FLUSH_BYTES) continue;
      // The one before must be over; the next goes on beside the copying.
      await flush;
      flush = file.datasync();
      flush.catch(() => undefined);
      flushedAt = at;
    }
  } finally {
    await flush;
  }
}

async function writeFully(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    written += await writeAt(file, chunk.subarray(written), position + written);
  }
}

/** How many bytes were written. As with reads, the function that calls back takes half the time of the one that promises. */
function writeAt({ fd }: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

function megabytes(sizeBytes: number): string {
  return `${Math.ceil(sizeBytes / 1e6).toLocaleString('en')} MB`;
}

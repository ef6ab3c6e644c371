import { constants, type Stats } from 'node:fs';
import { opendir, realpath, rmdir, stat, statfs, unlink } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { LimitedCalls, orLimit } from '../base/abort.ts';
import { AppError, errorCode, errorMessage, isAbortError } from '../base/errors.ts';
import { BufferPair, CHUNK_BYTES, type ChunkBuffers, NEW_BUFFERS } from './chunk-buffers.ts';
import { type FileReading, fileChunks, readFully } from './file-chunks.ts';
import { openFileThreads } from './file-threads.ts';
import { foldersBelow, listFolder } from './fs-listing.ts';
import { checkObjectPath } from './object-path.ts';
import { PARTS_FOLDER } from './object-receiver.ts';
import {
  type CallOptions,
  type ListedObject,
  type ListOptions,
  type ObjectInfo,
  type ObjectStart,
  type ObjectStore,
  type OpenObject,
  type Removal,
  START_BYTES,
  type StorageUsage,
} from './object-store.ts';
import { type FileInfo, type FileOpener, linkStats, type OpenFile, poolFiles } from './open-file.ts';
import { RealPaths } from './real-paths.ts';
import { removeAll } from './remove-all.ts';
import { SpareBuffers, sharedBuffer } from './spare-buffers.ts';

const startBuffers = new SpareBuffers(START_BYTES, 64, sharedBuffer);
/** A network mount that hangs must not hold a request for ever. */
const CALL_LIMIT_MS = 30 * MS_PER_SECOND;
/** Opens no symbolic link; Windows has no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW as number | undefined;
/** Waits for no writer of a pipe. */
const READ = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);
/** How a folder says that it holds something, or is not one of ours to remove. */
const KEPT_FOLDER_CODES = new Set(['ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOTDIR']);
const MISSING_CODES = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EISDIR']);

/** Recordings in a folder. Symbolic links are followed only where they stay below the root. */
export class FsStore implements ObjectStore {
  readonly name: string;
  readonly #root: string;
  /** For what is opened by the thousand; long reads gain nothing from threads, which take some 10 MB each. */
  readonly #threads: FileOpener;
  readonly #paths: RealPaths;

  /**
   * `root` may be relative to the working directory and need not exist yet. `mayBeEmpty`: it is no mount point, so
   * that objects are gone where it holds nothing, and not just out of reach. `threads` open what is served or indexed.
   */
  constructor(
    root: string,
    private readonly options: {
      readonly mayBeEmpty?: boolean;
      readonly threads?: FileOpener | undefined;
    } = {},
  ) {
    this.#root = path.resolve(root);
    this.#paths = new RealPaths(this.#root);
    this.#threads = options.threads ?? openFileThreads();
    this.name = this.#root;
  }

  async stat(objectPath: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    try {
      return await this.#limited(options, objectPath, async () => {
        let found = await linkStats(await this.#paths.inRealFolder(objectPath));
        if (found.isSymbolicLink()) found = await stat(await this.#paths.resolve(objectPath));
        return found.isFile() ? toInfo(found) : null;
      });
    } catch (error) {
      return nullIfMissing(error);
    }
  }

  async read(
    objectPath: string,
    offset: number,
    sizeBytes: number,
    options: CallOptions = {},
  ): Promise<Buffer> {
    return (await this.#readPart(objectPath, offset, sizeBytes, options)).bytes;
  }

  async readStart(objectPath: string, maxBytes: number, options: CallOptions = {}): Promise<ObjectStart> {
    if (maxBytes > START_BYTES) return this.#readPart(objectPath, 0, maxBytes, options);
    // Not given back after an error: a read that was given up may still fill it.
    const buffer = startBuffers.take();
    const start = await this.#readPart(objectPath, 0, maxBytes, options, buffer);
    return { ...start, release: () => startBuffers.giveBack(buffer) };
  }

  stream(objectPath: string, offset: number, sizeBytes: number, options: CallOptions = {}): Readable {
    const chunks = this.#openedChunks(objectPath, offset, sizeBytes, options, NEW_BUFFERS);
    return Readable.from(chunks, { objectMode: false, highWaterMark: CHUNK_BYTES });
  }

  chunks(
    objectPath: string,
    offset: number,
    sizeBytes: number,
    options: CallOptions = {},
  ): AsyncGenerator<Buffer> {
    return this.#openedChunks(objectPath, offset, sizeBytes, options, new BufferPair());
  }

  async open(objectPath: string, options: CallOptions = {}): Promise<OpenObject | null> {
    options.signal?.throwIfAborted();
    const calls = new LimitedCalls(limitOf(objectPath, options));
    const buffers = new BufferPair();
    const ahead = options.isReadNext ? buffers.next() : undefined;
    const opening = this.#open(objectPath, this.#threads, ahead);
    let object: OpenObject | null = null;
    try {
      const file = await calls.run(opening);
      if (file.info.isFile) {
        const reading = this.#reading(file, calls, objectPath, options);
        let start = ahead?.subarray(0, file.aheadBytes) ?? null;
        object = {
          info: toObjectInfo(file.info),
          chunks: (offset, sizeBytes) => {
            const read = start;
            start = null;
            return fileChunks(reading, offset, sizeBytes, buffers, read);
          },
          close: () => {
            calls.release();
            return file.close();
          },
        };
      }
    } catch (error) {
      nullIfMissing(this.#failure(error, objectPath, options));
    } finally {
      if (!object) {
        calls.release();
        opening.then(closeLate, () => {});
      }
    }
    return object;
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListedObject> {
    const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (parent !== '') checkObjectPath(parent.slice(0, -1));
    const root = await this.#realRoot(prefix);
    yield* listFolder(prefix, {
      ...options,
      root,
      isUploaded: (await stat(path.join(root, PARTS_FOLDER)).catch(() => null)) !== null,
      resolve: (objectPath) => this.#paths.resolve(objectPath),
      statLink: (objectPath) => this.#statLink(objectPath, options),
      limited: (objectPath, work) => this.#limited(options, objectPath, work),
    });
  }

  async folders(parent: string, options: CallOptions = {}): Promise<string[]> {
    if (parent !== '') checkObjectPath(parent);
    return foldersBelow(parent, {
      root: await this.#realRoot(parent),
      resolve: (objectPath) => this.#paths.resolve(objectPath),
      limited: (objectPath, work) => this.#limited(options, objectPath, work),
    });
  }

  async remove(paths: readonly string[], options: CallOptions = {}): Promise<Removal> {
    if (paths.length === 0) return { missing: [], failures: [] };
    if (!this.options.mayBeEmpty) await this.#limited(options, '', () => this.#demandContent());
    return removeAll(paths, (objectPath) =>
      this.#limited(options, objectPath, async () => {
        const place = await this.#paths.inRealFolder(objectPath);
        // Of a link the link alone goes. A folder is no object.
        if ((await linkStats(place)).isDirectory())
          throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
        await unlink(place);
      }),
    );
  }

  async removeEmptyFolder(folder: string, options: CallOptions = {}): Promise<void> {
    let rest = checkObjectPath(folder);
    for (;;) {
      const place = rest;
      const isGone = await this.#limited(options, place, () => this.#removeFolder(place));
      const slash = rest.lastIndexOf('/');
      if (!isGone || slash < 0) return;
      rest = rest.slice(0, slash);
    }
  }

  async usage(): Promise<StorageUsage | null> {
    try {
      const [found, { dev }] = await Promise.all([statfs(this.#root), stat(this.#root)]);
      const totalBytes = found.blocks * found.bsize;
      return { usedBytes: totalBytes - found.bavail * found.bsize, totalBytes, disk: String(dev) };
    } catch {
      return null;
    }
  }

  async #realRoot(objectPath: string): Promise<string> {
    try {
      return await realpath(this.#root);
    } catch (error) {
      throw this.#failure(error, objectPath);
    }
  }

  #readPart(
    objectPath: string,
    offset: number,
    sizeBytes: number,
    options: CallOptions,
    into?: Buffer,
  ): Promise<ObjectStart> {
    return this.#limited(options, objectPath, async () => {
      const file = await (into
        ? this.#open(objectPath, this.#threads, into.subarray(0, sizeBytes))
        : this.#open(objectPath, poolFiles));
      try {
        const { aheadBytes, info } = file;
        if (!info.isFile) throw Object.assign(new Error('no file'), { code: 'EISDIR' });
        const endByte = Math.min(offset + sizeBytes, info.sizeBytes);
        const wantedBytes = Math.max(0, endByte - offset);
        const buffer = into?.subarray(0, wantedBytes) ?? Buffer.allocUnsafe(wantedBytes);
        const isRead = into !== undefined && aheadBytes >= wantedBytes;
        const bytes = isRead ? buffer : await readFully(file, buffer, offset, options.signal);
        return { bytes, sizeBytes: info.sizeBytes, modifiedMs: info.modifiedMs };
      } finally {
        await file.close();
      }
    });
  }

  async #demandContent(): Promise<void> {
    const folder = await opendir(this.#root).catch((error: unknown) => {
      throw this.#awayFailure(
        errorCode(error) === 'ENOENT' ? 'is not there' : `cannot be read (${errorMessage(error)})`,
      );
    });
    try {
      if ((await folder.read()) === null) throw this.#awayFailure('is empty');
    } finally {
      await folder.close();
    }
  }

  #awayFailure(what: string): AppError {
    return new AppError(
      'storage_unavailable',
      `The storage folder ${this.#root} ${what}, so nothing is removed. Mount its disk or check the setting; if it was moved, run liveman index --storage with where it is now.`,
    );
  }

  /** Whether the folder is gone now. A link is left alone. */
  async #removeFolder(folder: string): Promise<boolean> {
    try {
      const place = await this.#paths.inRealFolder(folder);
      await rmdir(place);
      this.#paths.forget(folder);
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return true;
      if (KEPT_FOLDER_CODES.has(errorCode(error) ?? '')) return false;
      throw error;
    }
  }

  async *#openedChunks(
    objectPath: string,
    offset: number,
    sizeBytes: number,
    options: CallOptions,
    buffers: ChunkBuffers,
  ): AsyncGenerator<Buffer> {
    const file = await this.#limited(options, objectPath, () => this.#open(objectPath, poolFiles));
    const calls = new LimitedCalls(limitOf(objectPath, options));
    try {
      yield* fileChunks(this.#reading(file, calls, objectPath, options), offset, sizeBytes, buffers);
    } finally {
      calls.release();
      await file.close();
    }
  }

  #reading(file: OpenFile, calls: LimitedCalls, objectPath: string, options: CallOptions): FileReading {
    const { signal } = options;
    return {
      file,
      calls,
      objectPath,
      signal,
      failureOf: (error) => this.#failure(error, objectPath, options),
    };
  }

  async #statLink(objectPath: string, options: CallOptions) {
    try {
      const found = await this.stat(objectPath, options);
      return found && { sizeBytes: found.sizeBytes, modifiedMs: found.modifiedMs };
    } catch (error) {
      // A link that leads out of the root is no object of this storage.
      if (error instanceof AppError && error.code === 'bad_request') return null;
      throw error;
    }
  }

  /** Opens an object to read it; a folder opens too, and cannot be read. */
  async #open(objectPath: string, files: FileOpener, ahead?: Buffer): Promise<OpenFile> {
    if (NO_FOLLOW === undefined) return files.open(await this.#paths.resolve(objectPath), READ, ahead);
    try {
      return await files.open(await this.#paths.inRealFolder(objectPath), READ | NO_FOLLOW, ahead);
    } catch (error) {
      if (errorCode(error) !== 'ELOOP' && errorCode(error) !== 'EMLINK') throw error;
      return files.open(await this.#paths.resolve(objectPath), READ, ahead);
    }
  }

  /** Runs `work` with the time limit and turns its errors into those of the contract. */
  async #limited<T>(options: CallOptions, objectPath: string, work: () => Promise<T>): Promise<T> {
    options.signal?.throwIfAborted();
    const running = work();
    try {
      return await orLimit(running, limitOf(objectPath, options));
    } catch (error) {
      // A file that opens after the limit must not stay open.
      running.then(closeLate, () => {});
      throw this.#failure(error, objectPath, options);
    }
  }

  #failure(error: unknown, objectPath: string, { signal }: CallOptions = {}): unknown {
    if (signal?.aborted && error === signal.reason) return error;
    if (error instanceof AppError || isAbortError(error)) return error;
    if (MISSING_CODES.has(errorCode(error) ?? '')) {
      return new AppError('object_missing', `There is no object ${objectPath} in the storage ${this.name}.`, {
        cause: error,
      });
    }
    if (errorCode(error) === undefined) return error;
    return new AppError(
      'storage_unavailable',
      `The storage ${this.name} cannot be read (${errorMessage(error)}).`,
      { cause: error },
    );
  }
}

function limitOf(objectPath: string, { signal }: CallOptions) {
  const tooLate = () => {
    const seconds = CALL_LIMIT_MS / MS_PER_SECOND;
    return new AppError(
      'storage_unavailable',
      `Storage did not answer within ${seconds} s for ${objectPath}.`,
    );
  };
  return { signal, timeoutMs: CALL_LIMIT_MS, tooLate };
}

function nullIfMissing(error: unknown): null {
  if (error instanceof AppError && error.code === 'object_missing') return null;
  throw error;
}

async function closeLate(value: unknown): Promise<void> {
  if (isOpenFile(value)) await value.close().catch(() => {});
}

function isOpenFile(value: unknown): value is OpenFile {
  return typeof value === 'object' && value !== null && 'aheadBytes' in value;
}

function toInfo(found: Stats): ObjectInfo {
  return toObjectInfo({ isFile: true, sizeBytes: found.size, modifiedMs: found.mtimeMs });
}

function toObjectInfo({ modifiedMs, sizeBytes }: FileInfo): ObjectInfo {
  const etag = `"${sizeBytes.toString(16)}-${Math.round(modifiedMs * 1000).toString(16)}"`;
  return { sizeBytes, modifiedMs, etag };
}

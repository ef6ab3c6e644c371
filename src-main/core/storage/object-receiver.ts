import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  type FileHandle,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { AppError, errorCode } from '../base/errors.ts';
import { checkObjectPath } from './object-path.ts';
import type { CallOptions } from './object-store.ts';

/** Parts of uploads lie here until they are whole; on the same disk as what they become. */
export const PARTS_FOLDER = '.uploads';
const PART_NAME = /^[0-9a-f-]{36}\.part$/;
/** No upload takes so long; what is older is left from one that was killed. */
const LEFT_OVER_MS = 24 * 3_600_000;

export interface ReceiveOptions extends CallOptions {
  /** Content-Length; null where the sender did not say. */
  readonly expectedBytes: number | null;
}

/** Writes whole objects into a storage folder, never outside of it. */
export class ObjectReceiver {
  readonly #root: string;
  #cleaning: Promise<void> | undefined;

  /** `root` need not exist yet. */
  constructor(
    root: string,
    private readonly maxBytes: number,
  ) {
    this.#root = path.resolve(root);
  }

  /**
   * Takes an object and puts it in the place of what was there, at once and only when all of it is on the disk.
   *
   * Returns its size in bytes. Throws bad_request for a path that is none or leads out of the root and for a body
   * shorter than announced, payload_too_large, storage_unavailable; an abort rejects with the signal's reason.
   */
  async receive(objectPath: string, body: Readable, options: ReceiveOptions): Promise<number> {
    checkObjectPath(objectPath);
    if (options.expectedBytes !== null && options.expectedBytes > this.maxBytes) throw this.#tooLarge();
    try {
      return await this.#receive(objectPath, body, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw error instanceof AppError ? error : this.#failure(error, objectPath);
    }
  }

  /** Throws storage_unavailable where no object could be written now. A folder that is not there yet is made for the first. */
  async demandWritable(): Promise<void> {
    try {
      if (!(await stat(this.#root)).isDirectory())
        throw Object.assign(new Error('a file'), { code: 'ENOTDIR' });
      await access(this.#root, constants.W_OK | constants.X_OK);
      if ((await statfs(this.#root)).bavail === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw this.#failure(error, 'Nothing');
    }
  }

  async #receive(objectPath: string, body: Readable, options: ReceiveOptions): Promise<number> {
    const target = path.join(this.#root, objectPath);
    const folder = path.dirname(target);
    await mkdir(this.#root, { recursive: true });
    const root = await realpath(this.#root);
    demandBelow(root, await realpath(await nearestFolder(folder, this.#root)), objectPath);
    const parts = path.join(root, PARTS_FOLDER);
    await mkdir(parts, { recursive: true });
    this.#cleaning ??= removeLeftOvers(parts);
    const part = path.join(parts, `${randomUUID()}.part`);
    try {
      const sizeBytes = await this.#write(part, body, options);
      await mkdir(folder, { recursive: true });
      const realFolder = await realpath(folder);
      demandBelow(root, realFolder, objectPath);
      await rename(part, path.join(realFolder, path.basename(target)));
      await syncFolder(realFolder);
      return sizeBytes;
    } catch (error) {
      await unlink(part).catch(() => {});
      throw error;
    }
  }

  async #write(part: string, body: Readable, { expectedBytes, signal }: ReceiveOptions): Promise<number> {
    const file = await open(part, 'wx', 0o640);
    try {
      const sizeBytes = await this.#copy(file, body, signal);
      if (expectedBytes !== null && sizeBytes !== expectedBytes) {
        throw new AppError('bad_request', `The body has ${sizeBytes} of ${expectedBytes} bytes.`);
      }
      await file.sync();
      return sizeBytes;
    } finally {
      await file.close();
    }
  }

  async #copy(file: FileHandle, body: Readable, signal: AbortSignal | undefined): Promise<number> {
    let sizeBytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      sizeBytes += chunk.length;
      if (sizeBytes > this.maxBytes) throw this.#tooLarge();
      await file.writeFile(chunk);
    }
    return sizeBytes;
  }

  #tooLarge(): AppError {
    return new AppError('payload_too_large', `An object may have ${this.maxBytes} bytes.`);
  }

  /** `what` cannot be written, in the words of an operator. */
  #failure(error: unknown, what: string): AppError {
    const code = errorCode(error);
    if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
      return new AppError('bad_request', `The upload of ${what} broke off.`, { cause: error });
    }
    if (code === 'ENAMETOOLONG') {
      return new AppError('bad_request', `A name in ${what} is longer than this file system takes.`, {
        cause: error,
      });
    }
    const reasons: Record<string, string> = {
      ENOSPC: 'the disk is full',
      EDQUOT: 'the disk quota is used up',
      EACCES: 'this user may not write there',
      EROFS: 'the disk is read-only',
      EISDIR: 'there is a folder of this name',
      ENOTDIR: 'a file stands where a folder should be',
      EEXIST: 'a file stands where a folder should be',
      EXDEV: 'its folder is on another disk than the storage root',
    };
    const reason = reasons[code ?? ''] ?? code ?? 'unknown reason';
    return new AppError('storage_unavailable', `${what} cannot be written to ${this.#root}: ${reason}.`, {
      cause: error,
    });
  }
}

/** The deepest folder on the way that exists, not above `root`. */
async function nearestFolder(folder: string, root: string): Promise<string> {
  let at = folder;
  while (at !== root) {
    const found = await stat(at).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    });
    if (found) return at;
    at = path.dirname(at);
  }
  return root;
}

function demandBelow(root: string, real: string, objectPath: string): void {
  const way = path.relative(root, real);
  if (way === '' || (!way.startsWith(`..${path.sep}`) && way !== '..' && !path.isAbsolute(way))) return;
  throw new AppError('bad_request', `The object path ${objectPath} leads out of the storage.`);
}

/** Makes the new name last; not every system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

async function removeLeftOvers(parts: string): Promise<void> {
  const names = await readdir(parts).catch(() => []);
  for (const name of names.filter((each) => PART_NAME.test(each))) {
    const part = path.join(parts, name);
    const found = await stat(part).catch(() => null);
    if (found && Date.now() - found.mtimeMs > LEFT_OVER_MS) await unlink(part).catch(() => {});
  }
}

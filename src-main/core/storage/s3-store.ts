import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { orAbort } from '../base/abort.ts';
import { systemClock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { withCallLimit } from './call-limit.ts';
import { checkObjectPath, isObjectPath, NO_OBJECT_NAME } from './object-path.ts';
import {
  type CallOptions,
  isDenied,
  type ListedObject,
  type ListOptions,
  type ObjectInfo,
  type ObjectStart,
  type Removal,
  type RemovalFailure,
} from './object-store.ts';
import type { PresignedCall, PresigningStore, PresignRequest } from './presigning.ts';
import { addContentMd5, createS3Client } from './s3-client.ts';
import { isMissingObject, isPassing, isWordless, type S3Place, s3Failure, s3Status } from './s3-errors.ts';
import { type ListPart, pagesOf, readPage } from './s3-listing.ts';
import { type S3Options, s3Endpoint, sectionOf } from './s3-options.ts';

/** Of one call with all its repeats, and of the wait for the next bytes of an object. */
const CALL_LIMIT_MS = 30_000;
/** The service takes no more in one call. */
const MAX_REMOVED_AT_ONCE = 1000;
/** How often an object that broke off is asked for again where it broke off. */
const MAX_RESUMES = 3;
/** An answer that broke off after so much did not fail: more of them may follow. */
const ENOUGH_BYTES = 64 * 1024;
const FIRST_PAUSE_MS = 200;
/** The state of the bucket is asked for with a call that costs money. */
const STATE_KNOWN_MS = 60_000;

type Body = AsyncIterator<Uint8Array> & { destroy(): void };

/** Recordings in a bucket of an S3-compatible service. */
export class S3Store implements PresigningStore {
  readonly name: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Empty, or ending in a slash. */
  readonly #keyPrefix: string;
  readonly #place: S3Place;
  #goodUntilMs = Number.NEGATIVE_INFINITY;

  /** Nothing is asked yet. Throws bad_request for settings that cannot work. */
  constructor(
    options: S3Options,
    private readonly limitMs = CALL_LIMIT_MS,
  ) {
    if (!options.bucket) throw new AppError('bad_request', `${sectionOf(options)}.bucket is missing.`);
    const root = (options.root ?? '').replace(/^\/+|\/+$/g, '');
    this.#bucket = options.bucket;
    this.#keyPrefix = root === '' ? '' : `${root}/`;
    this.name = `s3://${options.bucket}${root === '' ? '' : `/${root}`}`;
    this.#place = {
      name: this.name,
      bucket: options.bucket,
      endpoint: s3Endpoint(options) ?? 'the S3 service',
      section: sectionOf(options),
    };
    this.#client = createS3Client(options);
  }

  async stat(path: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    const target = this.#target(path);
    return this.#call(path, options, async (abortSignal) => {
      try {
        const found = await this.#client.send(new HeadObjectCommand(target), { abortSignal });
        return infoOf(found, found.ContentLength ?? 0);
      } catch (error) {
        if (!isWordless(error)) throw error;
        // The answer to HEAD has no words: a wrong key and a missing bucket look like a missing object.
        return this.#statByReading(target, abortSignal);
      }
    });
  }

  async read(path: string, offset: number, sizeBytes: number, options: CallOptions = {}): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const chunk of this.#chunks(path, offset, sizeBytes, options, false)) parts.push(chunk);
    return Buffer.concat(parts);
  }

  async readStart(path: string, maxBytes: number, options: CallOptions = {}): Promise<ObjectStart> {
    let sizeBytes = 0;
    let modifiedMs = 0;
    const onOpen = (found: GetObjectCommandOutput) => {
      sizeBytes = totalOf(found) ?? 0;
      modifiedMs = found.LastModified?.getTime() ?? 0;
    };
    const parts: Uint8Array[] = [];
    for await (const chunk of this.#chunks(path, 0, maxBytes, options, false, onOpen)) parts.push(chunk);
    return { bytes: Buffer.concat(parts), sizeBytes, modifiedMs };
  }

  stream(path: string, offset: number, sizeBytes: number, options: CallOptions = {}): Readable {
    return Readable.from(this.chunks(path, offset, sizeBytes, options), {
      objectMode: false,
      highWaterMark: 1,
    });
  }

  chunks(
    path: string,
    offset: number,
    sizeBytes: number,
    options: CallOptions = {},
  ): AsyncGenerator<Uint8Array> {
    return this.#chunks(path, offset, sizeBytes, options, true);
  }

  /** As the service orders keys: by their UTF-8 bytes. Folder markers and names that are no paths are left out. */
  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListedObject> {
    const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    if (parent !== '') checkObjectPath(parent.slice(0, -1));
    const { after } = options;
    const first = after === undefined ? {} : { StartAfter: this.#keyPrefix + after };
    for await (const page of pagesOf(this.name, first, (part) => this.#page(prefix, part, options))) {
      for (const { Key = '', LastModified, Size } of page.Contents ?? []) {
        options.signal?.throwIfAborted();
        if (!Key.startsWith(this.#keyPrefix + prefix)) continue;
        const path = Key.slice(this.#keyPrefix.length);
        if (!isObjectPath(path)) {
          if (path !== '' && !path.endsWith('/')) options.onSkipped?.(path, NO_OBJECT_NAME);
          continue;
        }
        yield { path, sizeBytes: Size ?? 0, modifiedMs: LastModified?.getTime() ?? 0, isUploaded: true };
      }
    }
  }

  /** What keys have up to the next slash: one call for each thousand. */
  async folders(parent: string, options: CallOptions = {}): Promise<string[]> {
    const prefix = parent === '' ? '' : `${checkObjectPath(parent)}/`;
    const found: string[] = [];
    const first = { Delimiter: '/' };
    for await (const page of pagesOf(this.name, first, (part) => this.#page(prefix, part, options))) {
      for (const { Prefix = '' } of page.CommonPrefixes ?? []) {
        const path = Prefix.slice(this.#keyPrefix.length, -1);
        if (Prefix.startsWith(this.#keyPrefix + prefix) && isObjectPath(path)) found.push(path);
      }
    }
    return found;
  }

  async remove(paths: readonly string[], options: CallOptions = {}): Promise<Removal> {
    const failures: RemovalFailure[] = [];
    // A removal that went well is answered with next to nothing, as what is no S3 service may answer everything.
    if (paths.length > 0) {
      await this.usage(options).catch((error: unknown) => {
        if (!isDenied(error)) throw error;
      });
    }
    for (let from = 0; from < paths.length; from += MAX_REMOVED_AT_ONCE) {
      const batch = paths.slice(from, from + MAX_REMOVED_AT_ONCE);
      const command = new DeleteObjectsCommand({
        Bucket: this.#bucket,
        Delete: { Objects: batch.map((path) => ({ Key: this.#target(path).Key })), Quiet: true },
      });
      addContentMd5(command);
      const answer = await this.#call('', options, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
      for (const { Code = '', Key = '', Message = '' } of answer.Errors ?? []) {
        if (Code === 'NoSuchKey') continue;
        const path = Key.slice(this.#keyPrefix.length);
        const refusal = Object.assign(new Error(Message), { Code });
        failures.push({ path, error: s3Failure(refusal, this.#place) });
      }
    }
    return { missing: null, failures };
  }

  /** A bucket has no size; rejects where it cannot be used. */
  async usage(options: CallOptions = {}): Promise<null> {
    if (performance.now() < this.#goodUntilMs) return null;
    await this.#page('', { MaxKeys: 1 }, options);
    this.#goodUntilMs = performance.now() + STATE_KNOWN_MS;
    return null;
  }

  async presign(request: PresignRequest, options: CallOptions = {}): Promise<PresignedCall> {
    const target = this.#target(request.path);
    const { contentType } = request;
    const command =
      request.method === 'PUT'
        ? new PutObjectCommand(target)
        : new GetObjectCommand({ ...target, ...(contentType ? { ResponseContentType: contentType } : {}) });
    // Reading the profile is all that may take time: a URL is signed without asking the service.
    const url = await this.#call(request.path, options, () =>
      getSignedUrl(this.#client, command as GetObjectCommand, { expiresIn: request.ttlSeconds }),
    );
    return { url, headers: { host: new URL(url).host } };
  }

  /** A part of the list of what begins with `prefix`. */
  #page(prefix: string, part: ListPart, options: CallOptions): Promise<ListObjectsV2CommandOutput> {
    const input = { Bucket: this.#bucket, Prefix: this.#keyPrefix + prefix, ...part };
    return this.#call(prefix, options, (signal) => readPage(this.#client, input, signal));
  }

  #target(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#keyPrefix + checkObjectPath(path) };
  }

  async #statByReading(
    target: { Bucket: string; Key: string },
    abortSignal: AbortSignal,
  ): Promise<ObjectInfo | null> {
    try {
      const command = new GetObjectCommand({ ...target, Range: 'bytes=0-0' });
      const found = await this.#client.send(command, { abortSignal });
      (found.Body as unknown as Readable | undefined)?.destroy();
      return infoOf(found, totalOf(found) ?? 0);
    } catch (error) {
      if (isMissingObject(error)) return null;
      throw error;
    }
  }

  /** With `isWhole` an object that ends before the range does is an error; `onOpen` is given its answers. */
  async *#chunks(
    path: string,
    offset: number,
    sizeBytes: number,
    options: CallOptions,
    isWhole: boolean,
    onOpen?: (found: GetObjectCommandOutput) => void,
  ): AsyncGenerator<Uint8Array> {
    checkObjectPath(path);
    let at = offset;
    let endByte = offset + sizeBytes;
    let etag: string | undefined;
    for (let resumes = 0; at < endByte; ) {
      const openedAt = at;
      let body: Body | undefined;
      try {
        const found = await this.#open(path, at, endByte, etag, options);
        if (found === null) break;
        etag ??= found.ETag;
        body = bodyOf(found);
        const lastByte = totalOf(found) ?? endByte;
        onOpen?.(found);
        if (!isWhole) endByte = Math.min(endByte, lastByte);
        while (at < Math.min(endByte, lastByte)) {
          const next = await this.#call(path, options, (signal) => nextChunk(body!, signal));
          if (next.done) throw brokenOff();
          const chunk = next.value.subarray(0, endByte - at);
          at += chunk.length;
          if (at - openedAt >= ENOUGH_BYTES) resumes = 0;
          yield chunk;
        }
        if (lastByte < endByte) break;
      } catch (error) {
        if (!isResumable(error) || ++resumes > MAX_RESUMES) throw error;
        await systemClock.sleep(FIRST_PAUSE_MS * 2 ** (resumes - 1), options.signal);
        options.signal?.throwIfAborted();
      } finally {
        body?.destroy();
      }
    }
    if (isWhole && at < endByte) {
      throw new AppError(
        'storage_unavailable',
        `${path} ends at byte ${at}, before byte ${endByte} that was asked for; it was cut off or replaced while it was read.`,
      );
    }
  }

  /** Null where the object has no such bytes. */
  async #open(
    path: string,
    at: number,
    endByte: number,
    etag: string | undefined,
    options: CallOptions,
  ): Promise<GetObjectCommandOutput | null> {
    const command = new GetObjectCommand({
      ...this.#target(path),
      Range: `bytes=${at}-${endByte - 1}`,
      ...(etag === undefined ? {} : { IfMatch: etag }),
    });
    return this.#call(path, options, async (signal) => {
      try {
        const found = await this.#client.send(command, { abortSignal: signal });
        const from = /^bytes (\d+)-/.exec(found.ContentRange ?? '')?.[1] ?? 0;
        if (Number(from) !== at) {
          bodyOf(found).destroy();
          throw new AppError('storage_unavailable', `The storage ${this.name} does not answer to ranges.`);
        }
        return found;
      } catch (error) {
        if (s3Status(error) === 416) return null;
        if (s3Status(error) !== 412) throw error;
        throw new AppError('storage_unavailable', `${path} was replaced while it was read.`, {
          cause: error,
        });
      }
    });
  }

  /** Runs one call with the time limit and turns its errors into those of the contract. */
  async #call<T>(path: string, options: CallOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const seconds = Math.round(this.limitMs / 1000);
    const tooLate = `The storage ${this.name} did not answer within ${seconds} s${path === '' ? '' : ` for ${path}`}.`;
    try {
      return await withCallLimit({ limitMs: this.limitMs, signal: options.signal, tooLate }, work);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof AppError)) this.#goodUntilMs = Number.NEGATIVE_INFINITY;
      if (isMissingObject(error)) {
        throw new AppError('object_missing', `There is no object ${path} in the storage ${this.name}.`, {
          cause: error,
        });
      }
      throw s3Failure(error, this.#place);
    }
  }
}

function infoOf(found: { ETag?: string; LastModified?: Date }, sizeBytes: number): ObjectInfo {
  const modifiedMs = found.LastModified?.getTime() ?? 0;
  return { sizeBytes, modifiedMs, etag: found.ETag ?? `"${sizeBytes}-${modifiedMs}"` };
}

/** The size of the whole object, from the answer for a part of it; undefined where that does not say. */
function totalOf({ ContentLength, ContentRange }: GetObjectCommandOutput): number | undefined {
  if (ContentRange === undefined) return ContentLength;
  const total = /\/(\d+)$/.exec(ContentRange)?.[1];
  return total === undefined ? undefined : Number(total);
}

/** The answer's bytes, of which a broken connection loses those not yet taken. */
function bodyOf(found: GetObjectCommandOutput): Body {
  const readable = found.Body as unknown as Readable;
  // It may fail while nobody waits for its next chunk; the next one asked for then fails too.
  readable.on('error', () => {});
  const iterator = readable[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return Object.assign(iterator, { destroy: () => void readable.destroy() });
}

async function nextChunk(body: Body, signal: AbortSignal): Promise<IteratorResult<Uint8Array>> {
  try {
    return await orAbort(body.next(), signal);
  } catch (error) {
    if (signal.aborted) body.destroy();
    throw error;
  }
}

function brokenOff(): Error {
  return Object.assign(new Error('The answer broke off.'), { code: 'ECONNRESET' });
}

/** Of the contract's errors only those that a broken connection was the cause of. */
function isResumable(error: unknown): boolean {
  return isPassing(error instanceof AppError ? error.cause : error);
}

import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorCode } from '../base/errors.ts';
import { makeKeyFile, readKeyFile } from '../secrets/key-file.ts';
import { encodeObjectPath } from '../storage/object-path.ts';
import { ObjectReceiver } from '../storage/object-receiver.ts';
import { isObjectSignature, type SignedCall, signObjectCall } from '../storage/object-signature.ts';
import { type CallOptions, isDenied } from '../storage/object-store.ts';
import type { PresignedCall } from '../storage/presigning.ts';
import type { StorageSet } from '../storage/storage-set.ts';
import { checkUploadPath } from './upload-path.ts';

const MIN_TTL_S = 30;
const MAX_TTL_S = 3600;
/** All nodes of a cluster ask every few seconds; the storage is looked at once for them. */
const LOOK_GOOD_MS = 5 * MS_PER_SECOND;
/** Hours of one camera in one file; nodes cut after seconds. */
const MAX_OBJECT_BYTES = 2 * 1024 ** 3;
const KEY_FILE = 'upload.key';

export interface UploadServiceOptions {
  readonly storages: Pick<StorageSet, 'all' | 'find'>;
  /** Folder of the key that signs URLs. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly maxObjectBytes?: number;
}

export interface UploadRequest {
  readonly method: string;
  readonly path: string;
  readonly ttlSeconds: number;
  /** Name of the storage; the URL is good for no other. */
  readonly storage: string;
}

/** Lets nodes put their recordings into the storage, each by a URL that is good for one object. */
export class UploadService {
  /** By the name of their storage. */
  readonly #receivers = new Map<string, ObjectReceiver>();
  readonly #looks = new Map<string, { outcome: Promise<void>; untilMs: number }>();
  #key: Promise<Buffer> | undefined;

  constructor(private readonly options: UploadServiceOptions) {
    const { maxObjectBytes = MAX_OBJECT_BYTES, storages } = options;
    for (const { name, uploadTarget } of storages.all) {
      if (uploadTarget.kind !== 'folder') continue;
      this.#receivers.set(name, new ObjectReceiver(uploadTarget.root, maxObjectBytes));
    }
  }

  /** Throws storage_unavailable, with the reason, where nothing can be put into this storage now. */
  demandWritable(storage: string): Promise<void> {
    const nowMs = this.options.clock.monotonicMs();
    const known = this.#looks.get(storage);
    if (known && nowMs < known.untilMs) return known.outcome;
    const outcome = this.#look(storage);
    this.#looks.set(storage, { outcome, untilMs: nowMs + LOOK_GOOD_MS });
    return outcome;
  }

  /**
   * A URL to write or read one object with; `baseUrl` is where the node reaches us, without slash at the end.
   *
   * The time it is good for is brought into 30 to 3600 s. Throws bad_request for another method or a path that no
   * recorder writes, storage_unavailable.
   */
  async presign(request: UploadRequest, baseUrl: string, options: CallOptions = {}): Promise<PresignedCall> {
    const method = request.method.toUpperCase();
    if (method !== 'PUT' && method !== 'GET') throw new AppError('bad_request', 'unsupported method');
    const path = checkUploadPath(request.path);
    const ttlSeconds = Math.min(MAX_TTL_S, Math.max(MIN_TTL_S, Math.trunc(request.ttlSeconds)));
    const { storage } = request;
    const target = this.options.storages.find(storage)?.uploadTarget;
    if (!target) throw new AppError('not_found', `There is no storage ${storage}.`);
    if (target.kind === 'service') return target.store.presign({ method, path, ttlSeconds }, options);
    const call = { method, path, storage, expires: this.#nowSeconds() + ttlSeconds } as const;
    const signature = signObjectCall(await this.#readKey(), call);
    const url = new URL(`${baseUrl}/api/storage/object/${encodeObjectPath(path)}`);
    url.search = new URLSearchParams({ expires: `${call.expires}`, storage, signature }).toString();
    return { url: url.href, headers: { host: url.host } };
  }

  /** Throws forbidden where the signature is not ours for this very call, or no longer good. */
  async demandSigned(call: SignedCall, signature: string): Promise<void> {
    if (!this.options.storages.find(call.storage)) {
      throw new AppError('not_found', `There is no storage ${call.storage} any more. Ask for a new URL.`);
    }
    if (!this.#receivers.has(call.storage)) {
      throw new AppError('not_found', 'Objects go to the S3 storage itself, not through this program.');
    }
    if (!isObjectSignature(await this.#readKey(), call, signature)) {
      throw new AppError('forbidden', 'The signature of this URL is wrong. Ask for a new one.');
    }
    if (call.expires < this.#nowSeconds()) {
      throw new AppError('forbidden', 'This URL is no longer good. Ask for a new one.');
    }
  }

  /** Stores the object of a call that `demandSigned` let through; its errors are those of ObjectReceiver. */
  async receive(
    { path, storage }: Pick<SignedCall, 'path' | 'storage'>,
    body: Readable,
    expectedBytes: number | null,
    options: CallOptions = {},
  ): Promise<number> {
    const receiver = this.#receivers.get(storage);
    if (!receiver) throw new AppError('not_found', 'Nothing is uploaded here.');
    return receiver.receive(checkUploadPath(path), body, { ...options, expectedBytes });
  }

  async #look(storage: string): Promise<void> {
    const target = this.options.storages.find(storage)?.uploadTarget;
    if (target?.kind !== 'service') return this.#receivers.get(storage)?.demandWritable();
    // A key that may not list may well be one that may write.
    await target.store.usage().catch((error: unknown) => {
      if (!isDenied(error)) throw error;
    });
  }

  #nowSeconds(): number {
    return Math.floor(this.options.clock.nowMs() / MS_PER_SECOND);
  }

  #readKey(): Promise<Buffer> {
    this.#key ??= openKey(join(this.options.dataDir, KEY_FILE)).catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }
}

/** The key of this data folder, made when it is first needed. */
async function openKey(file: string): Promise<Buffer> {
  const found = await readKeyFile(file);
  if (found.kind === 'found') return found.key;
  if (found.kind !== 'absent') throw new AppError('secrets_unavailable', found.reason);
  try {
    return await makeKeyFile(file);
  } catch (error) {
    throw new AppError(
      'secrets_unavailable',
      `The key file ${file} cannot be made (${errorCode(error)}). Without it no upload can be signed.`,
      { cause: error },
    );
  }
}

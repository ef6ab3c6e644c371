import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorCode } from '../base/errors.ts';
import { makeKeyFile, readKeyFile } from '../secrets/key-file.ts';
import { encodeObjectPath } from '../storage/object-path.ts';
import { ObjectReceiver } from '../storage/object-receiver.ts';
import { isObjectSignature, type SignedCall, signObjectCall } from '../storage/object-signature.ts';
import type { CallOptions } from '../storage/object-store.ts';
import type { PresignedCall, PresigningStore } from '../storage/presigning.ts';
import { checkUploadPath } from './upload-path.ts';

const MIN_TTL_S = 30;
const MAX_TTL_S = 3600;
/** Hours of one camera in one file; nodes cut after seconds. */
const MAX_OBJECT_BYTES = 2 * 1024 ** 3;
const KEY_FILE = 'upload.key';

/** Where uploaded objects go: a service that signs URLs itself, or a folder that we write. */
export type UploadTarget =
  | { readonly kind: 'service'; readonly store: PresigningStore }
  | { readonly kind: 'folder'; readonly root: string };

export interface UploadServiceOptions {
  readonly target: UploadTarget;
  /** Folder of the key that signs URLs. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly maxObjectBytes?: number;
}

export interface UploadRequest {
  readonly method: string;
  readonly path: string;
  readonly ttlSeconds: number;
}

/** Lets nodes put their recordings into the storage, each by a URL that is good for one object. */
export class UploadService {
  readonly #receiver: ObjectReceiver | null;
  #key: Promise<Buffer> | undefined;

  constructor(private readonly options: UploadServiceOptions) {
    const { maxObjectBytes = MAX_OBJECT_BYTES, target } = options;
    this.#receiver = target.kind === 'folder' ? new ObjectReceiver(target.root, maxObjectBytes) : null;
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
    const { target } = this.options;
    if (target.kind === 'service') return target.store.presign({ method, path, ttlSeconds }, options);
    const call = { method, path, expires: this.#nowSeconds() + ttlSeconds } as const;
    const signature = signObjectCall(await this.#readKey(), call);
    const url = new URL(
      `${baseUrl}/api/storage/object/${encodeObjectPath(path)}?expires=${call.expires}&signature=${signature}`,
    );
    return { url: url.href, headers: { host: url.host } };
  }

  /** Throws forbidden where the signature is not ours for this very call, or no longer good. */
  async demandSigned(call: SignedCall, signature: string): Promise<void> {
    if (!this.#receiver) {
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
    path: string,
    body: Readable,
    expectedBytes: number | null,
    options: CallOptions = {},
  ): Promise<number> {
    if (!this.#receiver) throw new AppError('not_found', 'Nothing is uploaded here.');
    return this.#receiver.receive(checkUploadPath(path), body, { ...options, expectedBytes });
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

import { createHash } from 'node:crypto';
import { type DeleteObjectsCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';
import { ABSENT } from '../config/secret-reading.ts';
import { findUnreadable, whyUnreadable } from '../config/secret-references.ts';
import { DEFAULT_REGION, type S3Key, type S3Options, s3Endpoint, sectionOf } from './s3-options.ts';

/** Of one try; the whole call has its own limit. */
const CONNECT_LIMIT_MS = 5000;
const ANSWER_LIMIT_MS = 12_000;
const MAX_ATTEMPTS = 3;
const MAX_SOCKETS = 64;
/** Stands for all of AWS where the choice of a proxy is made. */
const AWS_URL = 'https://s3.amazonaws.com';

// The client warns on standard error, among the answers of our commands, of Node.js versions that we support ourselves.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Opens a client; nothing is asked yet. Throws bad_request for settings that cannot work. */
export function createS3Client(options: S3Options): S3Client {
  const endpoint = s3Endpoint(options);
  const direct = { maxSockets: MAX_SOCKETS, keepAlive: true };
  const agents = options.reach?.agents(endpoint ?? AWS_URL, MAX_SOCKETS) ?? { http: direct, https: direct };
  const config: S3ClientConfig = {
    region: regionOf(options),
    forcePathStyle: options.enable_virtual_host_style !== true,
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    // Services other than AWS do not know the checksums that the client adds by itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_LIMIT_MS,
      requestTimeout: ANSWER_LIMIT_MS,
      throwOnRequestTimeout: true,
      // A reader that takes its time is no fault; silence of the service is noticed where the bytes are read.
      socketTimeout: 0,
      httpAgent: agents.http,
      httpsAgent: agents.https,
    },
  };
  if (endpoint !== undefined) config.endpoint = endpoint;
  const credentials = credentialsOf(options);
  if (credentials !== undefined) config.credentials = credentials;
  return new S3Client(config);
}

/** Services other than AWS still demand this header for removals; the client sends a newer checksum alone. */
export function addContentMd5(command: DeleteObjectsCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body?: unknown; headers?: Record<string, string> };
      if (typeof request.body === 'string' && request.headers) {
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      }
      return next(args);
    },
    { step: 'build', name: 'contentMd5' },
  );
}

function credentialsOf(options: S3Options): S3ClientConfig['credentials'] {
  const { access_key_id, disable_config_load, secret_access_key, session_token } = options;
  const section = sectionOf(options);
  const isStored = Object.keys(options.reach?.storedKeys ?? {}).length > 0;
  if (isStored || [access_key_id, secret_access_key, session_token].some((key) => findUnreadable(key))) {
    return readStored(options);
  }
  if (access_key_id && secret_access_key) {
    return {
      accessKeyId: access_key_id,
      secretAccessKey: secret_access_key,
      ...(session_token ? { sessionToken: session_token } : {}),
    };
  }
  if (access_key_id || secret_access_key) {
    const missing = access_key_id ? 'secret_access_key' : 'access_key_id';
    throw new AppError(
      'bad_request',
      `${section}.${missing} is missing: the access key and its secret belong together.`,
    );
  }
  if (!disable_config_load) return undefined;
  throw new AppError(
    'bad_request',
    `${section}.disable_config_load is set, so ${section}.access_key_id and secret_access_key are needed.`,
  );
}

interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Keys are read again this long after the last time, with the next request. */
const KEYS_GOOD_MS = 10 * MS_PER_SECOND;
/** The client asks anew for keys that are good for no longer than this. */
const CLIENT_REFRESH_MS = 5 * MS_PER_MINUTE;

/** Reads stored keys again and again: they may be stored, or changed, while the program runs. */
function readStored(options: S3Options): () => Promise<S3Credentials & { expiration: Date }> {
  const known = new Map<S3Key, string>();
  const read = async (key: S3Key): Promise<string> => {
    const value = options[key] ?? '';
    const named = findUnreadable(value);
    const name = options.reach?.storedKeys[key] ?? (named?.kind === 'keychain' ? named.name : undefined);
    if (!named && name === undefined) return value;
    const reading = (name === undefined ? ABSENT : await options.reach?.readSecret(name)) ?? ABSENT;
    if (reading.kind === 'found') {
      known.set(key, reading.value);
      return reading.value;
    }
    // While the keychain is locked, what was read before counts.
    const last = known.get(key) ?? (named ? undefined : value);
    if (reading.kind !== 'absent' && last !== undefined) return last;
    const why = whyUnreadable({ kind: named?.kind ?? 'keychain', name: name ?? named?.name ?? '' }, reading);
    throw new AppError('storage_unavailable', `${sectionOf(options)}: the keys cannot be used. ${why}`);
  };
  return async () => {
    const sessionToken = await read('session_token');
    return {
      accessKeyId: await read('access_key_id'),
      secretAccessKey: await read('secret_access_key'),
      ...(sessionToken === '' ? {} : { sessionToken }),
      expiration: new Date(Date.now() + CLIENT_REFRESH_MS + KEYS_GOOD_MS),
    };
  };
}

function regionOf(options: S3Options): NonNullable<S3ClientConfig['region']> {
  if (options.region) return options.region;
  if (options.disable_config_load) return DEFAULT_REGION;
  return async () => {
    const probe = new S3Client({});
    try {
      return await probe.config.region();
    } catch {
      return process.env.AWS_DEFAULT_REGION || DEFAULT_REGION;
    } finally {
      probe.destroy();
    }
  };
}

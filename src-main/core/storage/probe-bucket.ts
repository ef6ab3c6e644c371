import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { StorageStep } from '../../../src-shared/model/storage-view.ts';
import { AppError } from '../base/errors.ts';
import { withCallLimit } from './call-limit.ts';
import type { StorageProbe } from './probe-storage.ts';
import { createS3Client } from './s3-client.ts';
import { demandListing, s3Failure } from './s3-errors.ts';
import { type S3Options, s3Endpoint, sectionOf } from './s3-options.ts';

/** Somebody waits for the answer in front of the window. */
const STEP_LIMIT_MS = 10_000;

const ACTIONS: Readonly<Record<StorageStep, string>> = {
  list: 's3:ListBucket',
  write: 's3:PutObject',
  read: 's3:GetObject',
  remove: 's3:DeleteObject',
};

/** Tries a bucket; `name` is that of its store. Throws bad_request for settings that cannot work. */
export function bucketProbe(options: S3Options, name: string): StorageProbe {
  const client = createS3Client({ ...options });
  const Bucket = options.bucket;
  const root = (options.root ?? '').replace(/^\/+|\/+$/g, '');
  const prefix = root === '' ? '' : `${root}/`;
  const place = {
    name,
    bucket: Bucket,
    endpoint: s3Endpoint(options) ?? 'the S3 service',
    section: sectionOf(options),
  };
  const told = async <T>(
    step: StorageStep,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const tooLate = `${place.endpoint} did not answer within ${STEP_LIMIT_MS / 1000} s.`;
    try {
      return await withCallLimit({ limitMs: STEP_LIMIT_MS, signal, tooLate }, work);
    } catch (error) {
      signal.throwIfAborted();
      throw stepFailure(step, s3Failure(error, place), name);
    }
  };
  return {
    place: name,
    list: (signal) =>
      told('list', signal, async (abortSignal) => {
        const command = new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 1 });
        const page = await client.send(command, { abortSignal });
        demandListing(page);
        const { Contents = [] } = page;
        return Contents[0]?.Key?.slice(prefix.length) ?? null;
      }),
    write: (key, bytes, signal) =>
      told('write', signal, async (abortSignal) => {
        const command = new PutObjectCommand({ Bucket, Key: prefix + key, Body: bytes });
        await client.send(command, { abortSignal });
      }),
    read: (key, sizeBytes, signal) =>
      told('read', signal, async (abortSignal) => {
        const Range = `bytes=0-${sizeBytes - 1}`;
        const command = new GetObjectCommand({ Bucket, Key: prefix + key, Range });
        const { Body } = await client.send(command, { abortSignal });
        return buffer(Body as unknown as Readable);
      }),
    remove: (key, signal) =>
      told('remove', signal, async (abortSignal) => {
        await client.send(new DeleteObjectCommand({ Bucket, Key: prefix + key }), { abortSignal });
      }),
    close: () => client.destroy(),
  };
}

/** A missing permission is named: each step wants one of its own. */
function stepFailure(step: StorageStep, failure: AppError, name: string): AppError {
  const problem = failure.details?.problem ?? 'unreachable';
  const verbs = { list: 'list', write: 'write', read: 'read', remove: 'delete' };
  const message =
    problem === 'no-permission'
      ? `The access key may not ${verbs[step]} objects below ${name}. Allow it ${ACTIONS[step]}.`
      : failure.message;
  return new AppError('storage_unavailable', message, { cause: failure, details: { problem } });
}

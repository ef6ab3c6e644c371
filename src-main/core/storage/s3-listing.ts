import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppError } from '../base/errors.ts';
import { demandListing, isMissingObject, noS3Answer } from './s3-errors.ts';

/** What is asked for of a list. */
export type ListPart = Pick<
  ListObjectsV2CommandInput,
  'StartAfter' | 'ContinuationToken' | 'Delimiter' | 'MaxKeys'
>;

/** A part of a list. Throws what the service says, or that it is no S3 service. */
export async function readPage(
  client: S3Client,
  input: ListObjectsV2CommandInput,
  abortSignal: AbortSignal,
): Promise<ListObjectsV2CommandOutput> {
  try {
    const page = await client.send(new ListObjectsV2Command(input), { abortSignal });
    demandListing(page);
    return page;
  } catch (error) {
    // A list has no objects that are missing, and is not empty where there is no such page.
    throw isMissingObject(error) ? noS3Answer(error) : error;
  }
}

/** The parts of a list, each asked for with `read`. Throws storage_unavailable for one that goes on nowhere. */
export async function* pagesOf(
  storage: string,
  first: ListPart,
  read: (part: ListPart) => Promise<ListObjectsV2CommandOutput>,
): AsyncGenerator<ListObjectsV2CommandOutput, void, undefined> {
  const { Delimiter } = first;
  for (let part = first; ; ) {
    const page = await read(part);
    yield page;
    if (!page.IsTruncated) return;
    const ContinuationToken = page.NextContinuationToken;
    if (!ContinuationToken || ContinuationToken === part.ContinuationToken) {
      throw new AppError(
        'storage_unavailable',
        `The storage ${storage} says that its list goes on, and not where.`,
      );
    }
    part = { ContinuationToken, ...(Delimiter !== undefined && { Delimiter }) };
  }
}

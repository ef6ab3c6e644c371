import { FsStore } from './fs-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { StorageConfig } from './storage-set.ts';

/** Whether a place is named `s3://bucket/prefix`, not by a folder. */
export function isBucketPlace(place: string): boolean {
  return place.startsWith('s3://');
}

/** Opens a folder, or a bucket with the credentials and the endpoint of `config`. Nothing is asked yet. */
export async function openPlace(place: string, config: StorageConfig): Promise<ObjectStore> {
  if (!isBucketPlace(place)) return new FsStore(place);
  const [bucket = '', ...root] = place.slice('s3://'.length).split('/');
  return openBucket({ ...config, bucket, root: root.join('/') }, 'recorder.storage');
}

/** Opens a bucket; `section` names its settings in messages. The client is large, so only who needs it loads it. */
export async function openBucket(config: StorageConfig, section: string) {
  const { S3Store } = await import('./s3-store.ts');
  return new S3Store({ ...config, section });
}

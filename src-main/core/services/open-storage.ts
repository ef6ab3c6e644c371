import { join, resolve } from 'node:path';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { StoreChain } from '../storage/store-chain.ts';
import type { UploadTarget } from './upload-service.ts';

type StorageConfig = Config['recorder']['storage'];

export interface OpenStorageOptions {
  readonly config: StorageConfig;
  readonly dataDir: string;
  readonly cwd: string;
  readonly database: Database;
  /** Where objects are looked for last. */
  readonly lastStore?: ObjectStore | undefined;
}

export interface OpenedStorage {
  readonly store: StoreChain;
  /** The folder in the data folder that is used when nothing is configured; null where something is. */
  readonly builtInRoot: string | null;
  /** Where nodes put what they upload. */
  readonly uploadTarget: UploadTarget;
}

/** Opens the configured storage, and after it those that the command line has indexed. */
export async function openStorage(options: OpenStorageOptions): Promise<OpenedStorage> {
  const { config, cwd, dataDir, database } = options;
  const isBuiltIn = config.type === 'fs' && config.root === '';
  const root = isBuiltIn ? join(dataDir, 'storage') : resolve(cwd, config.root);
  const bucket = config.type === 's3' ? await openBucket(config) : null;
  const main = bucket ?? new FsStore(root, { mayBeEmpty: isBuiltIn });
  const known = new Map<string, Promise<ObjectStore>>();
  const readOthers = async () => {
    const others = await database.db.selectFrom('storages').select('root').orderBy('added_at').execute();
    const places = others.map((other) => other.root).filter((place) => place !== main.name);
    for (const place of places) if (!known.has(place)) known.set(place, openPlace(place, config));
    const stores = await Promise.all(places.map((place) => known.get(place) as Promise<ObjectStore>));
    return options.lastStore ? [...stores, options.lastStore] : stores;
  };
  return {
    store: new StoreChain(main, readOthers),
    builtInRoot: isBuiltIn ? root : null,
    uploadTarget: bucket ? { kind: 'service', store: bucket } : { kind: 'folder', root },
  };
}

/** Whether a place is named `s3://bucket/prefix`, not by a folder. */
export function isBucketPlace(place: string): boolean {
  return place.startsWith('s3://');
}

/** Opens a folder, or a bucket with the credentials and the endpoint of `config`. Nothing is asked yet. */
export async function openPlace(place: string, config: StorageConfig): Promise<ObjectStore> {
  if (!isBucketPlace(place)) return new FsStore(place);
  const [bucket = '', ...root] = place.slice('s3://'.length).split('/');
  return openBucket({ ...config, bucket, root: root.join('/') });
}

/** The client is large, so only who needs it loads it. */
async function openBucket(config: StorageConfig) {
  const { S3Store } = await import('../storage/s3-store.ts');
  return new S3Store(config);
}

/** Remembers a place by the name of its store, so that managers of this database look for objects there too. */
export async function rememberStorage(database: Database, place: string): Promise<void> {
  await database.db
    .insertInto('storages')
    .values({ root: place })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

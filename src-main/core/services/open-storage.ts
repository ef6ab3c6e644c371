import { join, resolve } from 'node:path';
import type { Config } from '../config/config-schema.ts';
import { DEFAULT_STORAGE } from '../config/normalize-config.ts';
import type { Database } from '../db/database.ts';
import { NodePlaces } from '../segments/node-places.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { openBucket, openPlace } from '../storage/open-place.ts';
import { type NamedStorage, type StorageConfig, StorageSet } from '../storage/storage-set.ts';
import { StoreChain } from '../storage/store-chain.ts';

export interface OpenStorageOptions {
  readonly config: Pick<Config, 'recorder' | 'storages'>;
  readonly dataDir: string;
  readonly cwd: string;
  readonly database: Database;
  /** The name of the storage that a node records to; empty for the default one. */
  readonly storageNameOf: (alias: string) => string;
  /** Where objects are looked for last. */
  readonly lastStore?: ObjectStore | undefined;
}

export interface OpenedStorage {
  readonly store: StoreChain;
  /** The same without `lastStore`. */
  readonly ownStore: StoreChain;
  /** The storages of the configuration. */
  readonly storages: StorageSet;
  /** Where the nodes record and have recorded. */
  readonly places: NodePlaces;
  /** The folder in the data folder that is used when nothing is configured; null where something is. */
  readonly builtInRoot: string | null;
}

/** Opens the configured storages, and after them those that the command line has indexed. */
export async function openStorage(options: OpenStorageOptions): Promise<OpenedStorage> {
  const { config, database, lastStore } = options;
  const storages = new StorageSet(await openStorages(options), options.storageNameOf);
  const stores = storages.all.map(({ store }) => store);
  const known = new Map<string, Promise<ObjectStore>>();
  const readOthers = async () => {
    const others = await database.db.selectFrom('storages').select('root').orderBy('added_at').execute();
    const places = others
      .map((other) => other.root)
      .filter((place) => stores.every(({ name }) => name !== place));
    for (const place of places) {
      if (!known.has(place)) known.set(place, openPlace(place, config.recorder.storage));
    }
    return Promise.all(places.map((place) => known.get(place) as Promise<ObjectStore>));
  };
  const ofNode = (alias: string) => storages.ofNode(alias).store;
  const places = NodePlaces.of(database, storages);
  const formerOf = async (alias: string) => {
    const former = await places.formerPlaces(alias);
    return stores.filter(({ name }) => former.includes(name));
  };
  const recordedIn = (alias: string) => places.recordedIn(alias);
  const isOfOthers = async (alias: string, folder: string) => {
    const names = await places.placesOfOthers(alias, folder);
    return (store: ObjectStore) => names.has(store.name);
  };
  const isBuiltIn = isBuiltInStorage(config.recorder.storage);
  return {
    store: new StoreChain({
      stores,
      ofNode,
      formerOf,
      recordedIn,
      isOfOthers,
      readOthers: async () => [...(await readOthers()), ...(lastStore ? [lastStore] : [])],
    }),
    ownStore: new StoreChain({ stores, ofNode, formerOf, recordedIn, isOfOthers, readOthers }),
    storages,
    places,
    builtInRoot: isBuiltIn ? builtInRootOf(options.dataDir) : null,
  };
}

/** The storages of the configuration, the default one first. Nothing is asked yet. */
export async function openStorages({
  config,
  cwd,
  dataDir,
}: Pick<OpenStorageOptions, 'config' | 'cwd' | 'dataDir'>): Promise<[NamedStorage, ...NamedStorage[]]> {
  const { recorder, storages } = config;
  const open = async (name: string, section: string, storage: StorageConfig): Promise<NamedStorage> => {
    const common = { name, section, config: storage };
    if (storage.type === 's3') {
      const store = await openBucket(storage, section);
      return { ...common, store, uploadTarget: { kind: 'service', store } };
    }
    const isBuiltIn = isBuiltInStorage(storage);
    const root = isBuiltIn ? builtInRootOf(dataDir) : resolve(cwd, storage.root);
    return {
      ...common,
      store: new FsStore(root, { mayBeEmpty: isBuiltIn }),
      uploadTarget: { kind: 'folder', root },
    };
  };
  const others = storages.map((storage, index) => open(storage.name, `storages[${index}]`, storage));
  return [await open(DEFAULT_STORAGE, 'recorder.storage', recorder.storage), ...(await Promise.all(others))];
}

function isBuiltInStorage({ root, type }: StorageConfig): boolean {
  return type === 'fs' && root === '';
}

function builtInRootOf(dataDir: string): string {
  return join(dataDir, 'storage');
}

/** Remembers a place by the name of its store, so that managers of this database look for objects there too. */
export async function rememberStorage(database: Database, place: string): Promise<void> {
  await database.db
    .insertInto('storages')
    .values({ root: place })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Forgets remembered places that are there no more and in which no recording of the index lies. */
export async function forgetStorages(
  { db }: Database,
  isGone: (place: string) => Promise<boolean>,
): Promise<void> {
  const unused = await db
    .selectFrom('storages')
    .select('root')
    .where(({ exists, not, selectFrom }) =>
      not(exists(selectFrom('recordings').select('id').whereRef('recordings.place', '=', 'storages.root'))),
    )
    .execute();
  for (const { root } of unused) {
    if (await isGone(root)) await db.deleteFrom('storages').where('root', '=', root).execute();
  }
}

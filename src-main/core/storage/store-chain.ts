import { Readable } from 'node:stream';
import { AppError } from '../base/errors.ts';
import { folderOf } from './object-path.ts';
import {
  type CallOptions,
  chunksOf,
  foldersIn,
  type ListedObject,
  type ListOptions,
  type ObjectInfo,
  type ObjectStart,
  type ObjectStore,
  type OpenObject,
  openObject,
  type RecordedHomes,
  type Removal,
  type RemovalFailure,
  type StorageUsage,
  startOf,
} from './object-store.ts';
import { canPresign, type PresignedCall, type PresigningStore, type PresignRequest } from './presigning.ts';

/** Recordings stay where they are, so what was found once is looked for there first. */
const REMEMBERED_FOLDERS = 10_000;
/** A folder that was indexed beside a running manager is found this soon. */
const REREAD_MS = 3000;

type StoreFilter = (store: ObjectStore) => boolean;

/** What a chain of stores is made of. */
export interface ChainedStores {
  /** Asked in this order where no node is named. Never empty. */
  readonly stores: readonly ObjectStore[];
  /** The one that a node records to: asked first for its objects. */
  readonly ofNode: (alias: string) => ObjectStore;
  /** Those that the node has recorded to before. */
  readonly formerOf?: (alias: string) => Promise<readonly ObjectStore[]>;
  /** The names of the stores that recordings of the node were seen in, and whether they lie in no other one. */
  readonly recordedIn?: (alias: string) => Promise<{ names: ReadonlySet<string>; isKnown: boolean }>;
  /** Tells stores where a folder of this path is not this node's but what another node recorded. */
  readonly isOfOthers?: (alias: string, folder: string) => Promise<StoreFilter>;
  /** The stores after these; asked for when an object was not found, not too often. */
  readonly readOthers: () => Promise<readonly ObjectStore[]>;
}

/**
 * Several stores read as one: an object is taken from the first that has it, beginning with the store of the node
 * that is named with the call.
 *
 * `usage`, `list` and `folders` speak of the first store alone, or of that of the node.
 */
export class StoreChain implements PresigningStore {
  readonly #chained: ChainedStores;
  readonly #first: ObjectStore;
  #others: readonly ObjectStore[] = [];
  #othersReadMs = Number.NEGATIVE_INFINITY;
  readonly #folderStores = new Map<string, ObjectStore>();
  readonly #foreign = new Map<string, { isForeign: Promise<StoreFilter>; askedMs: number }>();

  constructor(chained: ChainedStores) {
    const [first] = chained.stores;
    if (!first) throw new RangeError('A chain needs a store.');
    this.#chained = chained;
    this.#first = first;
  }

  get name(): string {
    return this.#first.name;
  }

  async stat(path: string, options?: CallOptions): Promise<ObjectInfo | null> {
    return (await this.#find(path, options))?.found ?? null;
  }

  async open(path: string, options?: CallOptions): Promise<OpenObject | null> {
    return (await this.#findBy((store) => openObject(store, path, options), path, options))?.found ?? null;
  }

  async read(path: string, offset: number, sizeBytes: number, options?: CallOptions): Promise<Buffer> {
    return (await this.#storeOf(path, options)).read(path, offset, sizeBytes, options);
  }

  async readStart(path: string, maxBytes: number, options?: CallOptions): Promise<ObjectStart> {
    const known = this.#folderStores.get(keyOf(path, options));
    try {
      if (known && known === this.#own(options)) return await startOf(known, path, maxBytes, options);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'object_missing') throw error;
    }
    const store = (await this.#find(path, options))?.store ?? this.#own(options);
    return startOf(store, path, maxBytes, options);
  }

  stream(path: string, offset: number, sizeBytes: number, options?: CallOptions): Readable {
    const find = () => this.#storeOf(path, options);
    return Readable.from(
      (async function* () {
        yield* (await find()).stream(path, offset, sizeBytes, options);
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
  }

  async *chunks(
    path: string,
    offset: number,
    sizeBytes: number,
    options?: CallOptions,
  ): AsyncGenerator<Uint8Array> {
    yield* chunksOf(await this.#storeOf(path, options), path, offset, sizeBytes, options);
  }

  /** By the store that has the object; object_missing without one, storage_unavailable where it signs nothing. */
  async presign(request: PresignRequest, options?: CallOptions): Promise<PresignedCall> {
    const store = (await this.#find(request.path, options))?.store;
    if (!store) throw new AppError('object_missing', `No storage has an object ${request.path}.`);
    if (canPresign(store)) return store.presign(request, options);
    throw new AppError('storage_unavailable', `The storage ${store.name} does not sign URLs.`);
  }

  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject> {
    return this.#own(options).list(prefix, options);
  }

  folders(parent: string, options?: CallOptions): Promise<string[]> {
    return foldersIn(this.#own(options), parent, options);
  }

  /**
   * From every store, as after that none is to have it; with a node, from those that it records or has recorded to, and
   * not from the storages of others, which may hold objects of their own of that path. An object that no store removed has failed where one of them is away
   * or has it and can remove nothing.
   */
  async remove(paths: readonly string[], options?: CallOptions): Promise<Removal> {
    this.#others = await this.#chained.readOthers();
    const stores = await this.#storesOf(options);
    const failures: RemovalFailure[] = [];
    let away: unknown;
    let isTold = true;
    let left = [...paths];
    for (const store of stores) {
      if (!store.remove) continue;
      try {
        const found = await store.remove(paths, options);
        failures.push(...found.failures);
        isTold &&= found.missing !== null;
        const notHere = new Set(found.missing ?? paths);
        left = left.filter((path) => notHere.has(path));
      } catch (error) {
        options?.signal?.throwIfAborted();
        away ??= error;
      }
    }
    if (left.length > 0 && away !== undefined) throw away;
    const missing: string[] = [];
    for (const path of left) {
      const keeper = await keeperOf(stores, path, options);
      if (keeper) failures.push({ path, error: keptFailure(path, keeper) });
      else missing.push(path);
    }
    return { missing: isTold ? missing : null, failures };
  }

  async homesOf(node: string): Promise<ObjectStore[]> {
    const { formerOf, ofNode } = this.#chained;
    return [...new Set([ofNode(node), ...((await formerOf?.(node)) ?? [])])];
  }

  async storeAt(name: string): Promise<ObjectStore | undefined> {
    const named = this.#chained.stores.find((store) => store.name === name);
    return named ?? (await this.#chained.readOthers()).find((store) => store.name === name);
  }

  async recordedHomes(node: string): Promise<RecordedHomes> {
    const { readOthers, recordedIn, stores } = this.#chained;
    if (!recordedIn) return { stores: await this.homesOf(node), isKnown: true, unreached: [] };
    this.#others = await readOthers();
    const all = [...new Set([...stores, ...this.#others])];
    const { isKnown, names } = await recordedIn(node);
    const seen = all.filter(({ name }) => names.has(name));
    const unreached = [...names].filter((name) => seen.every((store) => store.name !== name));
    if (isKnown && seen.length > 0) return { stores: seen, isKnown: unreached.length === 0, unreached };
    return { stores: all, isKnown: all.length === 1 && unreached.length === 0, unreached };
  }

  /** Whether something lies in a folder, in a storage that may hold what the node recorded. */
  async hasFolder(folder: string, options: CallOptions & { node: string }): Promise<boolean> {
    for await (const _ of this.list(folder, options)) return true;
    const isForeign = await this.#foreignOf(folder, options);
    for (const store of (await this.#storesOf(options)).slice(1)) {
      if (isForeign(store)) continue;
      try {
        for await (const _ of store.list(folder, options)) return true;
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!isAway(error)) throw error;
      }
    }
    return false;
  }

  async removeEmptyFolder(path: string, options?: CallOptions): Promise<void> {
    for (const store of await this.#storesOf(options)) await store.removeEmptyFolder?.(path, options);
  }

  usage(options?: CallOptions): Promise<StorageUsage | null> {
    return this.#own(options).usage(options);
  }

  #own(options: CallOptions | undefined): ObjectStore {
    return options?.node === undefined ? this.#first : this.#chained.ofNode(options.node);
  }

  /** Those that may hold objects of the node, or of all. */
  async #storesOf(options: CallOptions | undefined): Promise<ObjectStore[]> {
    if (options?.node === undefined) return [...this.#chained.stores, ...this.#others];
    return [...new Set([...(await this.homesOf(options.node)), ...this.#others])];
  }

  async #storeOf(path: string, options?: CallOptions): Promise<ObjectStore> {
    const own = this.#own(options);
    const known = this.#folderStores.get(keyOf(path, options));
    if (known === own) return known;
    const found = await this.#find(path, options);
    // Let the first store say that it is missing, in its own words.
    return found?.store ?? own;
  }

  #find(path: string, options: CallOptions | undefined): Promise<Found<ObjectInfo> | null> {
    return this.#findBy((store) => store.stat(path, options), path, options);
  }

  /** The store where `ask` finds the object. */
  async #findBy<T>(ask: Ask<T>, path: string, options: CallOptions | undefined): Promise<Found<T> | null> {
    const key = keyOf(path, options);
    const own = this.#own(options);
    const known = this.#folderStores.get(key) ?? own;
    const isKnownForeign = known !== own && (await this.#foreignOf(path, options))(known);
    const first = new Set(isKnownForeign ? [own] : [known, own]);
    const found = await look(first, ask);
    if (found) return this.#remember(key, found);
    // Two nodes may have recorded to one path, each in its own storage: what is missing here is not what lies there.
    const isForeign = await this.#foreignOf(path, options);
    const elsewhere =
      (await this.#findElsewhere(first, isForeign, ask, options)) ??
      (await look(
        this.#others.filter((store) => !first.has(store) && !isForeign(store)),
        ask,
      ));
    if (elsewhere) return this.#remember(key, elsewhere);
    const nowMs = performance.now();
    if (nowMs - this.#othersReadMs < REREAD_MS) return null;
    this.#othersReadMs = nowMs;
    this.#others = await this.#chained.readOthers();
    const later = await look(
      this.#others.filter((store) => !isForeign(store)),
      ask,
    );
    return later && this.#remember(key, later);
  }

  /** Where the folder belongs to other nodes; asked for at most every few seconds. */
  async #foreignOf(path: string, options: CallOptions | undefined): Promise<StoreFilter> {
    const { isOfOthers } = this.#chained;
    if (options?.node === undefined || !isOfOthers) return () => false;
    const key = keyOf(path, options);
    const nowMs = performance.now();
    const known = this.#foreign.get(key);
    if (known && nowMs - known.askedMs < REREAD_MS) return known.isForeign;
    if (this.#foreign.size >= REMEMBERED_FOLDERS) this.#foreign.clear();
    const isForeign = isOfOthers(options.node, folderOf(path));
    this.#foreign.set(key, { isForeign, askedMs: nowMs });
    isForeign.catch(() => this.#foreign.delete(key));
    return isForeign;
  }

  /**
   * In the storages that are not the node's. One that is away there says nothing: what its own storage does not have
   * is missing, and the trouble of another must not spread.
   */
  async #findElsewhere<T>(
    asked: ReadonlySet<ObjectStore>,
    isForeign: StoreFilter,
    ask: Ask<T>,
    options: CallOptions | undefined,
  ): Promise<Found<T> | null> {
    for (const store of this.#chained.stores.filter((each) => !asked.has(each) && !isForeign(each))) {
      try {
        const found = await look([store], ask);
        if (found) return found;
      } catch (error) {
        options?.signal?.throwIfAborted();
        if (!isAway(error) || options?.node === undefined) throw error;
      }
    }
    return null;
  }

  #remember<T>(key: string, found: Found<T>): Found<T> {
    if (this.#folderStores.size >= REMEMBERED_FOLDERS) this.#folderStores.clear();
    this.#folderStores.set(key, found.store);
    return found;
  }
}

/** What a store has of an object, null where it has no such object. */
type Ask<T> = (store: ObjectStore) => Promise<T | null>;

interface Found<T> {
  readonly store: ObjectStore;
  readonly found: T;
}

async function look<T>(stores: Iterable<ObjectStore>, ask: Ask<T>): Promise<Found<T> | null> {
  for (const store of stores) {
    const found = await ask(store);
    if (found) return { store, found };
  }
  return null;
}

/** The store that has an object and can remove none. */
async function keeperOf(
  stores: readonly ObjectStore[],
  path: string,
  options: CallOptions | undefined,
): Promise<ObjectStore | null> {
  const keepers = stores.filter((store) => !store.remove);
  return (await look(keepers, (store) => store.stat(path, options)))?.store ?? null;
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && error.code === 'storage_unavailable';
}

function keptFailure(path: string, { name }: ObjectStore): AppError {
  return new AppError('storage_unavailable', `${path} cannot be removed: the storage ${name} is only read.`);
}

function keyOf(path: string, options: CallOptions | undefined): string {
  return `${options?.node ?? ''}\n${path.slice(0, path.lastIndexOf('/') + 1)}`;
}

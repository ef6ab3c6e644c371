import { Readable } from 'node:stream';
import { AppError } from '../base/errors.ts';
import type { CallOptions, ListedObject, ObjectInfo, ObjectStore } from './object-store.ts';

/** Recordings stay where they are, so what was found once is looked for there first. */
const REMEMBERED_FOLDERS = 10_000;

/**
 * Several stores read as one: an object is taken from the first that has it.
 *
 * The first store is the configured one; `usage` and `list` speak of it alone.
 */
export class StoreChain implements ObjectStore {
  readonly #stores: ObjectStore[];
  readonly #folderStores = new Map<string, ObjectStore>();

  constructor(main: ObjectStore, others: readonly ObjectStore[]) {
    this.#stores = [main, ...others];
  }

  get name(): string {
    return this.#main.name;
  }

  /** Adds a store that is looked at last. */
  add(store: ObjectStore): void {
    this.#stores.push(store);
  }

  async stat(path: string, options?: CallOptions): Promise<ObjectInfo | null> {
    return (await this.#find(path, options))?.info ?? null;
  }

  async read(path: string, offset: number, sizeBytes: number, options?: CallOptions): Promise<Buffer> {
    return (await this.#storeOf(path, options)).read(path, offset, sizeBytes, options);
  }

  stream(path: string, offset: number, sizeBytes: number, options?: CallOptions): Readable {
    if (this.#stores.length === 1) return this.#main.stream(path, offset, sizeBytes, options);
    const find = () => this.#storeOf(path, options);
    return Readable.from(
      (async function* () {
        yield* (await find()).stream(path, offset, sizeBytes, options);
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
  }

  list(prefix: string, options?: CallOptions): AsyncIterable<ListedObject> {
    return this.#main.list(prefix, options);
  }

  usage(options?: CallOptions): Promise<{ usedBytes: number; totalBytes: number } | null> {
    return this.#main.usage(options);
  }

  get #main(): ObjectStore {
    return this.#stores[0] as ObjectStore;
  }

  async #storeOf(path: string, options?: CallOptions): Promise<ObjectStore> {
    if (this.#stores.length === 1) return this.#main;
    const found = await this.#find(path, options);
    if (!found) throw new AppError('object_missing', `Storage does not have ${path}.`);
    return found.store;
  }

  async #find(path: string, options?: CallOptions): Promise<{ store: ObjectStore; info: ObjectInfo } | null> {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const known = this.#folderStores.get(folder);
    const candidates = known ? [known, ...this.#stores.filter((store) => store !== known)] : this.#stores;
    for (const store of candidates) {
      const info = await store.stat(path, options);
      if (!info) continue;
      if (this.#folderStores.size >= REMEMBERED_FOLDERS) this.#folderStores.clear();
      this.#folderStores.set(folder, store);
      return { store, info };
    }
    return null;
  }
}

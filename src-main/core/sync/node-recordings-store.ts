import { Readable } from 'node:stream';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';
import type {
  CallOptions,
  ListedObject,
  ListOptions,
  ObjectInfo,
  ObjectStore,
} from '../storage/object-store.ts';

export interface NodeRecordingsStoreOptions {
  /** The node that has the objects of a folder, of `node` alone where one is named; null where none is known. */
  readonly aliasOf: (dir: string, node?: string) => Promise<string | null>;
  /** The objects of a node; null when there is no such node any more. */
  readonly storeOf: (alias: string) => ObjectStore | null;
}

const REMEMBER_MS = 5 * MS_PER_SECOND;
const MAX_REMEMBERED = 1000;

/**
 * The recordings that lie on nodes alone, each read from its node.
 *
 * Folders that no node is known for hold no objects here. A node that is gone or down is `storage_unavailable`.
 */
export class NodeRecordingsStore implements ObjectStore {
  readonly name = 'of the nodes';
  readonly #aliases = new Map<string, { alias: string | null; untilMs: number }>();

  constructor(private readonly options: NodeRecordingsStoreOptions) {}

  async stat(path: string, options?: CallOptions): Promise<ObjectInfo | null> {
    return (await this.#storeOf(path, options?.node))?.stat(path, options) ?? null;
  }

  async read(path: string, offset: number, sizeBytes: number, options?: CallOptions): Promise<Buffer> {
    return (await this.#known(path, options?.node)).read(path, offset, sizeBytes, options);
  }

  stream(path: string, offset: number, sizeBytes: number, options?: CallOptions): Readable {
    const find = () => this.#known(path, options?.node);
    return Readable.from(
      (async function* () {
        yield* (await find()).stream(path, offset, sizeBytes, options);
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ListedObject> {
    const store = await this.#storeOf(prefix, options?.node);
    if (store) yield* store.list(prefix, options);
  }

  async usage(): Promise<null> {
    return null;
  }

  async #known(path: string, node: string | undefined): Promise<ObjectStore> {
    const store = await this.#storeOf(path, node);
    if (store) return store;
    throw new AppError('object_missing', `There is no object ${path}, neither in the storage nor on a node.`);
  }

  async #storeOf(path: string, node: string | undefined): Promise<ObjectStore | null> {
    const slash = path.lastIndexOf('/');
    if (slash <= 0) return null;
    const dir = path.slice(0, slash);
    const alias = await this.#aliasOf(dir, node);
    if (alias === null) return null;
    const store = this.options.storeOf(alias);
    if (store) return store;
    throw new AppError(
      'storage_unavailable',
      `The recording ${dir} lies on the node ${alias}, which is not declared any more. Add the node, or give the manager its storage.`,
    );
  }

  async #aliasOf(dir: string, node: string | undefined): Promise<string | null> {
    const nowMs = performance.now();
    const key = `${node ?? ''}\n${dir}`;
    const known = this.#aliases.get(key);
    if (known && known.untilMs > nowMs) return known.alias;
    const alias = await this.options.aliasOf(dir, node);
    if (this.#aliases.size >= MAX_REMEMBERED) this.#aliases.clear();
    this.#aliases.set(key, { alias, untilMs: nowMs + REMEMBER_MS });
    return alias;
  }
}

import type { Readable } from 'node:stream';
import { AppError, errorCode } from '../base/errors.ts';

/** What is known of a stored object without reading it. */
export interface ObjectInfo {
  sizeBytes: number;
  /** Milliseconds since the Unix epoch. */
  modifiedMs: number;
  /** Changes when the object does; quoted, as HTTP wants it. */
  etag: string;
}

/** What a caller asks for who wants only the beginning of many objects: the headers of 45 s of pictures, or 27 s of sound. */
export const START_BYTES = 16 * 1024;

/** The first bytes of an object, and what is known of all of it. */
export interface ObjectStart {
  bytes: Buffer;
  /** Called once, lets the store use the memory of `bytes` again; without it the garbage collector has the work. */
  release?: () => void;
  sizeBytes: number;
  /** Milliseconds since the Unix epoch. */
  modifiedMs: number;
}

/** An object that is open: what is read is of what `info` tells, also when another is put in its place. Close it. */
export interface OpenObject {
  readonly info: ObjectInfo;
  /** As `ObjectStore.chunks`; once, or again when the loop before has ended. */
  chunks(offset: number, sizeBytes: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** One object of a listing. */
export interface ListedObject {
  /** Relative to the storage root, `/`-separated. */
  path: string;
  sizeBytes: number;
  modifiedMs: number;
  /** `modifiedMs` may be when it was uploaded, long after it was recorded. */
  isUploaded?: boolean;
  /** Changes when the object does; where neither size nor time tell. */
  mark?: string;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** What is opened is read from its start at once. */
  isReadNext?: boolean;
  /**
   * Alias of the node whose recording the object is of. Of several storages its own is asked first: two nodes may
   * have written different objects with one path. A single storage does not look at it.
   */
  node?: string | undefined;
}

export interface ListOptions extends CallOptions {
  /** Only paths behind this one, in the order of the listing. */
  after?: string | undefined;
  /**
   * Told of what is left out and why, in words: folders that cannot be read, names that no object can have. Without it
   * a folder that cannot be read ends the listing with storage_unavailable.
   */
  onSkipped?: ((path: string, reason: string) => void) | undefined;
}

/** An object that could not be removed, and why (storage_unavailable). */
export interface RemovalFailure {
  path: string;
  error: AppError;
}

/** The stores in which recordings of a node may lie. */
export interface RecordedHomes {
  readonly stores: readonly ObjectStore[];
  /** Whether they lie in no other one; otherwise one of `stores` may have nothing of the node. */
  readonly isKnown: boolean;
  /** Where recordings of the node were seen that no store leads to, as of a storage that was taken out of liveman.toml. */
  readonly unreached: readonly string[];
}

/** What became of objects that were to be removed. */
export interface Removal {
  /** Not there; null where the storage does not tell, as S3. */
  missing: string[] | null;
  failures: RemovalFailure[];
}

/**
 * Where recordings lie: a folder or a bucket. Nodes write it; here objects are only read and removed.
 *
 * Paths are checked by every method (`checkObjectPath`, bad_request). A missing object is `object_missing`, any
 * other failure `storage_unavailable`; an abort rejects with the signal's reason.
 */
export interface ObjectStore {
  /** Where it is, for messages; without credentials. */
  readonly name: string;
  /** Null when there is no such object. A folder is no object. */
  stat(path: string, options?: CallOptions): Promise<ObjectInfo | null>;
  /** The bytes from `offset`, for small reads; fewer than `sizeBytes` where the object ends. */
  read(path: string, offset: number, sizeBytes: number, options?: CallOptions): Promise<Buffer>;
  /** The first `maxBytes` and the size of all, in one call; a store may do without, see `startOf`. */
  readStart?(path: string, maxBytes: number, options?: CallOptions): Promise<ObjectStart>;
  /** As `stat`, to read it afterwards; a store may do without, see `openObject`. */
  open?(path: string, options?: CallOptions): Promise<OpenObject | null>;
  /**
   * The bytes [offset, offset + sizeBytes) in large chunks, read as fast as they are taken.
   * Errors, also of opening, are emitted; an object that ends early is `storage_unavailable`.
   */
  stream(path: string, offset: number, sizeBytes: number, options?: CallOptions): Readable;
  /**
   * As `stream`, for a loop that is done with a chunk before it asks for the next: its buffer is then used again,
   * which saves the garbage collection that large buffers cause. A store may do without; see `chunksOf`.
   */
  chunks?(path: string, offset: number, sizeBytes: number, options?: CallOptions): AsyncIterable<Uint8Array>;
  /**
   * All objects whose path begins with `prefix` (empty for all), ascending by the code units of the whole path.
   * Ends early only by throwing.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;
  /**
   * The folders right below one (empty for the root), by their paths, ascending; what lies in them is not looked at.
   * Absent where nobody asks; see `foldersIn`.
   */
  folders?(parent: string, options?: CallOptions): Promise<string[]>;
  /**
   * Removes objects, however many; one that is not there is fine. Absent where nothing can be removed.
   *
   * Single objects that withstand are returned. Throws storage_unavailable when the storage as a whole does, and when
   * its folder is gone or empty, as that of a disk that is not mounted.
   */
  remove?(paths: readonly string[], options?: CallOptions): Promise<Removal>;
  /** The stores that a node records or has recorded to, where this one stands for several. */
  homesOf?(node: string): Promise<ObjectStore[]>;
  /** The store of this name, where this one stands for several; undefined where nothing leads there any more. */
  storeAt?(name: string): Promise<ObjectStore | undefined>;
  /** The stores in which recordings of a node are known to lie, or may lie, where this one stands for several. */
  recordedHomes?(node: string): Promise<RecordedHomes>;
  /** Removes a folder that holds nothing, and those above it that then do; absent where folders are but names. */
  removeEmptyFolder?(path: string, options?: CallOptions): Promise<void>;
  /** Space taken and there, where the storage knows a limit. */
  usage(options?: CallOptions): Promise<StorageUsage | null>;
}

export interface StorageUsage {
  readonly usedBytes: number;
  readonly totalBytes: number;
  /** Storages of the same one share its space. */
  readonly disk?: string | undefined;
}

/** The first `maxBytes` of an object and the size of all of it. Throws as `ObjectStore.read` does. */
export async function startOf(
  store: ObjectStore,
  path: string,
  maxBytes: number,
  options?: CallOptions,
): Promise<ObjectStart> {
  if (store.readStart) return store.readStart(path, maxBytes, options);
  const info = await store.stat(path, options);
  if (!info) {
    throw new AppError('object_missing', `There is no object ${path} in the storage ${store.name}.`);
  }
  const { modifiedMs, sizeBytes } = info;
  const bytes = await store.read(path, 0, Math.min(maxBytes, sizeBytes), options);
  return { bytes, sizeBytes, modifiedMs };
}

/** Opens an object to tell of it and then read it; null when there is no such object. Throws as `stat` does. */
export async function openObject(
  store: ObjectStore,
  path: string,
  options?: CallOptions,
): Promise<OpenObject | null> {
  if (store.open) return store.open(path, options);
  const info = await store.stat(path, options);
  if (!info) return null;
  return {
    info,
    chunks: (offset, sizeBytes) => chunksOf(store, path, offset, sizeBytes, options),
    close: async () => {},
  };
}

/** The folders right below one, of a store that tells. Throws as `ObjectStore.list` does. */
export async function foldersIn(
  store: ObjectStore,
  parent: string,
  options?: CallOptions,
): Promise<string[]> {
  return (await store.folders?.(parent, options)) ?? [];
}

/** Whether a failure is of one object or folder, which may not be read: the storage as a whole answers. */
export function isDenied(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'storage_unavailable') return false;
  const code = errorCode(error.cause);
  return code === 'EACCES' || code === 'EPERM' || error.details?.problem === 'no-permission';
}

/** The bytes of an object chunk by chunk. A chunk is good until the next one is asked for. */
export function chunksOf(
  store: ObjectStore,
  path: string,
  offset: number,
  sizeBytes: number,
  options?: CallOptions,
): AsyncIterable<Uint8Array> {
  return store.chunks?.(path, offset, sizeBytes, options) ?? store.stream(path, offset, sizeBytes, options);
}

/** `store` for one who works on the recordings of one node: each call names it. */
export function storeOfNode(store: ObjectStore, node: string): ObjectStore {
  return {
    name: store.name,
    stat: (path, options) => store.stat(path, { ...options, node }),
    read: (path, offset, sizeBytes, options) => store.read(path, offset, sizeBytes, { ...options, node }),
    readStart: (path, maxBytes, options) => startOf(store, path, maxBytes, { ...options, node }),
    stream: (path, offset, sizeBytes, options) => store.stream(path, offset, sizeBytes, { ...options, node }),
    list: (prefix, options) => store.list(prefix, { ...options, node }),
    folders: (parent, options) => foldersIn(store, parent, { ...options, node }),
    usage: (options) => store.usage({ ...options, node }),
    ...(store.remove && { remove: (paths, options) => store.remove!(paths, { ...options, node }) }),
  };
}

import { AppError } from '../base/errors.ts';
import { correctedInitSegment, type InitSegment, parseInitSegment } from '../media/init-segment.ts';
import { headerSizeBytesFrom, parseSegmentHeader, type SegmentHeader } from '../media/media-segment.ts';
import { type Coding, decodes, foreignInit } from '../segments/init-files.ts';
import type { CallOptions, ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { ByteCache } from './byte-cache.ts';

export interface ReadInit {
  readonly init: InitSegment;
  /** As it is served: its faults put right. */
  readonly bytes: Uint8Array;
  /** Of the stored object. */
  readonly etag: string;
}

export interface ReadHeader {
  readonly header: SegmentHeader;
  /** The first bytes of the object, at least to the end of the header. */
  readonly bytes: Buffer;
  readonly info: ObjectInfo;
}

const MAX_INIT_BYTES = 1024 * 1024;
const INIT_CACHE_BYTES = 4 * 1024 * 1024;
/** Holds the header of a segment with 1,300 samples: most need one read. */
const FIRST_READ_BYTES = 16 * 1024;

/** Reads init segments (kept while their object does not change) and the headers of media segments. */
export class ObjectReader {
  readonly #inits = new ByteCache<ReadInit>(INIT_CACHE_BYTES);

  constructor(private readonly store: ObjectStore) {}

  /** Throws object_missing, media_unusable, storage_unavailable. */
  async init(path: string, options: CallOptions = {}): Promise<ReadInit> {
    const info = await this.#stat(path, options);
    const key = `${options.node ?? ''}\n${path}`;
    const kept = this.#inits.get(key);
    if (kept?.etag === info.etag) return kept;
    if (info.sizeBytes > MAX_INIT_BYTES) {
      throw new AppError('media_unusable', `${path} has ${info.sizeBytes} bytes; that is no init segment.`);
    }
    const stored = await this.store.read(path, 0, info.sizeBytes, options);
    const read = named(path, () => ({
      init: parseInitSegment(stored),
      bytes: correctedInitSegment(stored),
      etag: info.etag,
    }));
    this.#inits.set(key, read, read.bytes.length * 4);
    return read;
  }

  /** That of a track; media_unusable too where it is of another codec. Throws as `init` does. */
  async initOf(track: Coding & { readonly initPath: string }, options: CallOptions = {}): Promise<ReadInit> {
    const read = await this.init(track.initPath, options);
    if (decodes(read.init, track)) return read;
    throw new AppError('media_unusable', foreignInit(track.initPath, read.init).problem);
  }

  /** Throws object_missing, media_unusable, storage_unavailable. */
  async header(path: string, init: InitSegment, options: CallOptions = {}): Promise<ReadHeader> {
    const info = await this.#stat(path, options);
    let bytes = await this.store.read(path, 0, Math.min(FIRST_READ_BYTES, info.sizeBytes), options);
    for (;;) {
      const neededBytes = named(path, () => headerSizeBytesFrom(bytes));
      if (neededBytes <= bytes.length) break;
      if (neededBytes > info.sizeBytes) {
        throw new AppError('media_unusable', `${path} ends within its header, at byte ${info.sizeBytes}.`);
      }
      bytes = await this.store.read(path, 0, neededBytes, options);
    }
    const about = { fileSizeBytes: info.sizeBytes, defaults: init.defaults };
    return { header: named(path, () => parseSegmentHeader(bytes, about)), bytes, info };
  }

  async #stat(path: string, options: CallOptions): Promise<ObjectInfo> {
    const info = await this.store.stat(path, options);
    if (!info) throw new AppError('object_missing', `${path} is not in storage (${this.store.name}).`);
    return info;
  }
}

/** Adds the name of the object to what is wrong with its bytes. */
function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError) || error.message.includes(path)) throw error;
    throw new AppError(error.code, `${path}: ${error.message}`, { cause: error, details: error.details });
  }
}

import { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { systemClock } from '../base/clock.ts';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import { callFailure, type NodeAddress, nodeHeaders } from '../nodes/node-client.ts';
import { ManifestError, type ManifestTrack, parseManifest } from '../recordings/manifest.ts';
import { checkObjectPath } from '../storage/object-path.ts';
import type { CallOptions, ListedObject, ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import type { ObjectMemory } from './object-memory.ts';

export interface NodeObjectStoreOptions {
  readonly node: NodeAddress;
  readonly dispatcher: Dispatcher;
  /** Nodes give whole objects only; small ones are kept a while, so that each is fetched once. */
  readonly memory: ObjectMemory;
  /** Wall clock, milliseconds. */
  readonly nowMs: () => number;
}

const HEAD_MS = 10 * MS_PER_SECOND;
const MAX_OBJECT_BYTES = 512 * 1024 * 1024;
const MAX_ERROR_BYTES = 4096;
/** How a connection that was kept open ends when its node was restarted. */
const STALE_CODES = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
const MANIFEST_LOOKS = 3;
const LOOK_PAUSE_MS = 300;
/** The newest files of a manifest may not be written yet: its node does not always wait for them. */
const YOUNG_FILES = 3;
/** Names of the tracks of today's nodes, for a folder without a manifest. */
const PREFIXES = ['v_', 'a_'];
const MAX_PROBED = 100_000;

/**
 * The objects of a node, read through `GET /api/record/object/`.
 *
 * A node gives no modification times, so `modifiedMs` is 0, and of the newest listed files the present: they may still
 * be on their way. `list` knows single recording folders only.
 */
export class NodeObjectStore implements ObjectStore {
  readonly name: string;

  constructor(private readonly options: NodeObjectStoreOptions) {
    this.name = `of the node ${options.node.alias}`;
  }

  async stat(path: string, options: CallOptions = {}): Promise<ObjectInfo | null> {
    try {
      const sizeBytes = this.#kept(path)?.length ?? (await this.#sizeOf(path, options));
      // Objects are written once, so the size stands for what is in it.
      return { sizeBytes, modifiedMs: 0, etag: `"n${sizeBytes.toString(36)}"` };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async read(path: string, offset: number, sizeBytes: number, options: CallOptions = {}): Promise<Buffer> {
    const kept = this.#kept(path);
    if (kept) return kept.subarray(offset, offset + sizeBytes);
    const response = await this.#open(path, options);
    if (this.#canKeep(path, response)) {
      return (await this.#keep(path, response)).subarray(offset, offset + sizeBytes);
    }
    return collect(rangeOf(response, offset, sizeBytes));
  }

  stream(path: string, offset: number, sizeBytes: number, options: CallOptions = {}): Readable {
    const kept = this.#kept(path);
    const open = async () =>
      kept
        ? [kept.subarray(offset, offset + sizeBytes)]
        : rangeOf(await this.#open(path, options), offset, sizeBytes);
    const failure = () => this.#failure(path, 'the object ends early');
    return Readable.from(
      (async function* () {
        let givenBytes = 0;
        for await (const chunk of await open()) {
          givenBytes += chunk.length;
          yield chunk;
        }
        if (givenBytes < sizeBytes) throw failure();
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
  }

  /**
   * The objects of the recording folder `prefix`: those its manifest lists, else those that today's names find. A
   * manifest that stays cut off was left by a node that was killed, and nobody writes it again.
   */
  async *list(prefix: string, options: CallOptions = {}): AsyncGenerator<ListedObject> {
    const dir = prefix.replace(/\/$/, '');
    const manifest = await this.#manifest(checkObjectPath(`${dir}/manifest.mpd`), options);
    if (manifest === null) {
      yield* this.#probe(dir, options);
      return;
    }
    const { object, tracks } = manifest;
    const files: ListedObject[] = [object];
    for (const track of tracks) {
      const { initName, mediaName, segments } = track;
      const mark = this.#markOf(dir, track);
      files.push({ path: `${dir}/${initName}`, sizeBytes: 0, modifiedMs: 0, ...(mark !== null && { mark }) });
      segments.forEach(({ seq }, i) => {
        const isYoung = i >= segments.length - YOUNG_FILES;
        const modifiedMs = isYoung ? this.options.nowMs() : 0;
        files.push({ path: `${dir}/${segmentName(mediaName, seq)}`, sizeBytes: 0, modifiedMs });
      });
    }
    yield* files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /**
   * What tells a track from one that is written over it: its codec and the length of its first segment, which is never
   * the same to the tick. What was kept of a track that changed is forgotten. Null before its first segment.
   */
  #markOf(dir: string, { codecs, mediaName, segments: [first] }: ManifestTrack): string | null {
    if (!first) return null;
    const mark = `${codecs} ${first.durationTicks}`;
    const key = this.#key(`${dir}/${mediaName}`);
    const { memory } = this.options;
    const before = memory.get(key);
    if (before && before.toString() !== mark) memory.forget(this.#key(`${dir}/${prefixOf(mediaName)}`));
    memory.set(key, Buffer.from(mark));
    return mark;
  }

  async usage(): Promise<null> {
    return null;
  }

  /** Null where there is none, or one that is cut off in every look: it is rewritten in place. */
  async #manifest(
    path: string,
    options: CallOptions,
  ): Promise<{ object: ListedObject; tracks: ManifestTrack[] } | null> {
    for (let look = 1; look <= MANIFEST_LOOKS; look += 1) {
      if (look > 1) await systemClock.sleep(LOOK_PAUSE_MS, options.signal);
      try {
        const text = (await this.read(path, 0, MAX_OBJECT_BYTES, options)).toString('utf8');
        return {
          object: { path, sizeBytes: text.length, modifiedMs: 0 },
          tracks: parseManifest(text).tracks,
        };
      } catch (error) {
        if (isMissing(error)) return null;
        if (!(error instanceof ManifestError)) throw error;
      }
    }
    return null;
  }

  async *#probe(dir: string, options: CallOptions): AsyncGenerator<ListedObject> {
    for (const prefix of PREFIXES) {
      const init = `${dir}/${prefix}init.m4s`;
      if ((await this.stat(init, options)) === null) continue;
      yield { path: init, sizeBytes: 0, modifiedMs: 0 };
      for (let seq = 1; seq <= MAX_PROBED; seq += 1) {
        const path = `${dir}/${segmentName(`${prefix}seg_$Number%04d$.m4s`, seq)}`;
        const info = await this.stat(path, options);
        if (info === null) break;
        yield { path, sizeBytes: info.sizeBytes, modifiedMs: 0 };
      }
    }
  }

  #kept(path: string): Buffer | undefined {
    checkObjectPath(path);
    return this.options.memory.get(this.#key(path));
  }

  #key(path: string): string {
    const { node } = this.options;
    return `${node.alias}\0${node.url}\0${path}`;
  }

  #canKeep(path: string, response: Dispatcher.ResponseData): boolean {
    // A manifest grows.
    if (path.endsWith('.mpd')) return false;
    return (sizeIn(response) ?? Infinity) <= this.options.memory.largestBytes;
  }

  async #keep(path: string, response: Dispatcher.ResponseData): Promise<Buffer> {
    const bytes = await collect(rangeOf(response, 0, this.options.memory.largestBytes));
    if (bytes.length < (sizeIn(response) ?? 0)) throw this.#failure(path, 'the object ends early');
    this.options.memory.set(this.#key(path), bytes);
    return bytes;
  }

  async #sizeOf(path: string, options: CallOptions): Promise<number> {
    const response = await this.#open(path, options);
    // Who asks for the size reads it next.
    if (this.#canKeep(path, response)) return (await this.#keep(path, response)).length;
    const known = sizeIn(response);
    if (known !== null) {
      response.body.destroy();
      return known;
    }
    let sizeBytes = 0;
    for await (const chunk of rangeOf(response, 0, MAX_OBJECT_BYTES)) sizeBytes += chunk.length;
    return sizeBytes;
  }

  async #open(path: string, { signal }: CallOptions): Promise<Dispatcher.ResponseData> {
    const { node } = this.options;
    const components = checkObjectPath(path).split('/').map(encodeURIComponent);
    const url = `${node.url}/api/record/object/${components.join('/')}`;
    let response: Dispatcher.ResponseData;
    try {
      response = await this.#get(url, signal);
    } catch (first) {
      signal?.throwIfAborted();
      if (!STALE_CODES.has(errorCode(first) ?? ''))
        throw this.#failure(path, callFailure(first, HEAD_MS).reason, first);
      // Of a connection kept open nobody knows that the node was restarted; a new one tells.
      response = await this.#get(url, signal).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw this.#failure(path, callFailure(error, HEAD_MS).reason, error);
      });
    }
    // One that is given up before its end emits this, although nobody waits for it.
    response.body.on('error', () => {});
    if (response.statusCode === 200) return response;
    const said = await collect(rangeOf(response, 0, MAX_ERROR_BYTES)).then(String, () => '');
    // Nodes answer 500 for an object that is not there, in the words of their storage library.
    if (response.statusCode === 404 || (response.statusCode === 500 && said.startsWith('NotFound'))) {
      throw new AppError('object_missing', `There is no object ${path} on the node ${node.alias}.`);
    }
    throw this.#failure(path, `it answers ${response.statusCode} ${said.trim().slice(0, 200)}`);
  }

  async #get(url: string, signal: AbortSignal | undefined): Promise<Dispatcher.ResponseData> {
    const { dispatcher, node } = this.options;
    signal?.throwIfAborted();
    return request(url, {
      dispatcher,
      headers: nodeHeaders(node),
      headersTimeout: HEAD_MS,
      bodyTimeout: HEAD_MS,
      ...(signal && { signal }),
    });
  }

  #failure(path: string, reason: string, cause?: unknown): AppError {
    const { alias } = this.options.node;
    return new AppError('storage_unavailable', `${path} cannot be read from the node ${alias}: ${reason}`, {
      cause,
    });
  }
}

/** Bytes [offset, offset + sizeBytes) of an answer; the rest is not waited for. */
async function* rangeOf(
  { body }: Dispatcher.ResponseData,
  offset: number,
  sizeBytes: number,
): AsyncGenerator<Buffer> {
  let atByte = 0;
  const endByte = offset + sizeBytes;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const part = chunk.subarray(Math.max(0, offset - atByte), Math.max(0, endByte - atByte));
      atByte += chunk.length;
      if (part.length > 0) yield part;
      if (atByte >= endByte) return;
    }
  } catch (error) {
    if (error instanceof AppError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw new AppError('storage_unavailable', `The node stopped in mid object: ${errorMessage(error)}.`, {
      cause: error,
    });
  } finally {
    body.destroy();
  }
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** What the names of all files of a track begin with: `v_` of `v_seg_$Number%04d$.m4s`. */
function prefixOf(mediaName: string): string {
  return mediaName.replace(/seg_.*$/, '');
}

function segmentName(mediaName: string, seq: number): string {
  return mediaName.replace(/\$Number%0(\d)d\$/, (_, width: string) =>
    String(seq).padStart(Number(width), '0'),
  );
}

function sizeIn({ headers }: Dispatcher.ResponseData): number | null {
  const length = headers['content-length'];
  return typeof length === 'string' && /^\d{1,15}$/.test(length) ? Number(length) : null;
}

function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'object_missing';
}

import { createHash } from 'node:crypto';

/** Bytes made by us. */
export interface BytesPart {
  kind: 'bytes';
  bytes: Uint8Array;
}

/** A range of a stored object, starting at `offset`. */
export interface ObjectPart {
  kind: 'object';
  path: string;
  /** Alias of the node whose object it is, where that is known; see `CallOptions.node`. */
  node?: string;
  offset: number;
  sizeBytes: number;
}

export type LayoutPart = BytesPart | ObjectPart;

/** A file that need not exist: its parts in order. `sizeBytes` is their sum; no part is empty. */
export interface Layout {
  sizeBytes: number;
  parts: LayoutPart[];
}

/** Collects parts; object ranges that continue the one before become one range. */
export class LayoutBuilder {
  readonly #parts: LayoutPart[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The bytes are kept, not copied: do not change them afterwards. */
  addBytes(bytes: Uint8Array): this {
    if (bytes.length > 0) this.#parts.push({ kind: 'bytes', bytes });
    this.#sizeBytes += bytes.length;
    return this;
  }

  addObject(path: string, offset: number, sizeBytes: number, node?: string): this {
    if (offset < 0 || sizeBytes < 0 || !Number.isSafeInteger(offset + sizeBytes)) {
      throw new RangeError(`A layout cannot hold ${sizeBytes} bytes from byte ${offset} of ${path}.`);
    }
    if (sizeBytes === 0) return this;
    const last = this.#parts.at(-1);
    const isSame = last?.kind === 'object' && last.path === path && last.node === node;
    if (isSame && last.offset + last.sizeBytes === offset) last.sizeBytes += sizeBytes;
    else this.#parts.push({ kind: 'object', path, offset, sizeBytes, ...(node !== undefined && { node }) });
    this.#sizeBytes += sizeBytes;
    return this;
  }

  addLayout(layout: Layout): this {
    for (const part of layout.parts) {
      if (part.kind === 'bytes') this.addBytes(part.bytes);
      else this.addObject(part.path, part.offset, part.sizeBytes, part.node);
    }
    return this;
  }

  /** The builder must not be used afterwards. */
  build(): Layout {
    return { sizeBytes: this.#sizeBytes, parts: this.#parts };
  }
}

/**
 * The bytes from `startByte` to before `endByteExclusive` as a layout of their own.
 * Throws RangeError unless 0 <= startByte <= endByteExclusive <= layout.sizeBytes.
 */
export function sliceLayout(layout: Layout, startByte: number, endByteExclusive: number): Layout {
  if (!(startByte >= 0 && startByte <= endByteExclusive && endByteExclusive <= layout.sizeBytes)) {
    throw new RangeError(
      `Bytes ${startByte} to ${endByteExclusive} lie outside a layout of ${layout.sizeBytes} bytes.`,
    );
  }
  const builder = new LayoutBuilder();
  let at = 0;
  for (const part of layout.parts) {
    const partSize = part.kind === 'bytes' ? part.bytes.length : part.sizeBytes;
    const from = Math.max(startByte - at, 0);
    const to = Math.min(endByteExclusive - at, partSize);
    at += partSize;
    if (to <= from) continue;
    if (part.kind === 'bytes') builder.addBytes(part.bytes.subarray(from, to));
    else builder.addObject(part.path, part.offset + from, to - from, part.node);
  }
  return builder.build();
}

/**
 * A strong ETag, quotes included, of everything the layout is made of.
 * `salt` stands for what the layout does not hold: the size, time or ETag of each stored object.
 */
export function layoutEtag(layout: Layout, salt: string): string {
  const hash = createHash('sha256').update(JSON.stringify(salt));
  for (const part of layout.parts) {
    if (part.kind === 'bytes') hash.update(`b${part.bytes.length}:`).update(part.bytes);
    else hash.update(`o${JSON.stringify([part.path, part.offset, part.sizeBytes, part.node])}`);
  }
  return `"${hash.digest('base64url').slice(0, 27)}"`;
}

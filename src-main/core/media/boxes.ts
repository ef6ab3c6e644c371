import { MediaFormatError } from './media-error.ts';

/** Where one ISO BMFF box lies in its buffer. `endByte` is exclusive. */
export interface BoxRange {
  /** Four characters, one per byte. */
  type: string;
  startByte: number;
  /** First byte after the size, type and, where present, 64-bit size. */
  bodyByte: number;
  endByte: number;
}

export interface BoxHeader {
  type: string;
  headerSizeBytes: number;
  /** Whole box, header included; `null` when it reaches to the end of the file (stored size 0). */
  sizeBytes: number | null;
}

const utf8 = new TextEncoder();

/** A view for reading big-endian numbers; throws nothing itself, its methods throw RangeError past the end. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function fourCc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0);
}

/**
 * The header at `at`, or `null` when fewer bytes are there than the header needs.
 * Throws MediaFormatError for a size smaller than the header or beyond 2^53.
 */
export function readBoxHeader(bytes: Uint8Array, at: number): BoxHeader | null {
  if (at + 8 > bytes.length) return null;
  const view = viewOf(bytes);
  const size32 = view.getUint32(at);
  const type = fourCc(bytes, at + 4);
  if (size32 === 0) return { type, headerSizeBytes: 8, sizeBytes: null };
  if (size32 !== 1) {
    if (size32 < 8) {
      throw new MediaFormatError(`Box '${printable(type)}' at byte ${at} claims a size of ${size32} bytes.`);
    }
    return { type, headerSizeBytes: 8, sizeBytes: size32 };
  }
  if (at + 16 > bytes.length) return null;
  const size64 = Number(view.getBigUint64(at + 8));
  if (size64 < 16 || !Number.isSafeInteger(size64)) {
    throw new MediaFormatError(`Box '${printable(type)}' at byte ${at} claims a size of ${size64} bytes.`);
  }
  return { type, headerSizeBytes: 16, sizeBytes: size64 };
}

/**
 * The boxes that lie back to back in [startByte, endByte).
 * Throws MediaFormatError when one of them does not fit; a rest of fewer than 8 bytes is ignored, as players do.
 */
export function* walkBoxes(
  bytes: Uint8Array,
  startByte = 0,
  endByte = bytes.length,
): Generator<BoxRange, void, undefined> {
  let at = startByte;
  while (at + 8 <= endByte) {
    const header = readBoxHeader(bytes, at);
    const boxEnd = header === null ? Infinity : at + (header.sizeBytes ?? endByte - at);
    if (header === null || boxEnd > endByte || boxEnd > bytes.length) {
      throw new MediaFormatError(
        `Box '${printable(fourCc(bytes, at + 4))}' at byte ${at} reaches beyond its container, which ends at byte ${endByte}.`,
      );
    }
    yield { type: header.type, startByte: at, bodyByte: at + header.headerSizeBytes, endByte: boxEnd };
    at = boxEnd;
  }
}

/** The first box at `path` (types from the outside in, no containers with own fields in between), or `null`. */
export function findBox(
  bytes: Uint8Array,
  path: readonly string[],
  startByte = 0,
  endByte = bytes.length,
): BoxRange | null {
  const [type, ...rest] = path;
  for (const box of walkBoxes(bytes, startByte, endByte)) {
    if (box.type !== type) continue;
    if (rest.length === 0) return box;
    const inner = findBox(bytes, rest, box.bodyByte, box.endByte);
    if (inner !== null) return inner;
  }
  return null;
}

/** Like `findBox`, but a missing box is a MediaFormatError. */
export function requireBox(
  bytes: Uint8Array,
  path: readonly string[],
  startByte = 0,
  endByte = bytes.length,
): BoxRange {
  const found = findBox(bytes, path, startByte, endByte);
  if (found === null) throw new MediaFormatError(`There is no '${path.join('/')}' box.`);
  return found;
}

/** Throws MediaFormatError unless the box has at least `sizeBytes` of body. */
export function requireBody(box: BoxRange, sizeBytes: number): void {
  if (box.endByte - box.bodyByte < sizeBytes) {
    throw new MediaFormatError(
      `Box '${printable(box.type)}' at byte ${box.startByte} is too short: ${box.endByte - box.bodyByte} of ${sizeBytes} bytes.`,
    );
  }
}

/** Builds a box with a 32-bit size. */
export function box(type: string, ...parts: Uint8Array[]): Uint8Array {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 8);
  return concat([u32(sizeBytes), Uint8Array.from(type, (char) => char.charCodeAt(0)), ...parts]);
}

/** Builds a box whose body begins with a version and 24 bits of flags. */
export function fullBox(type: string, version: number, flags: number, ...parts: Uint8Array[]): Uint8Array {
  return box(type, u32(((version << 24) | flags) >>> 0), ...parts);
}

export function u8(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u16(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  const view = viewOf(bytes);
  values.forEach((value, i) => {
    view.setUint16(i * 2, value);
  });
  return bytes;
}

export function u32(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = viewOf(bytes);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value);
  });
  return bytes;
}

/** 64-bit numbers; each value is an integer from 0 to 2^53 - 1. */
export function u64(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = viewOf(bytes);
  values.forEach((value, i) => {
    view.setBigUint64(i * 8, BigInt(value));
  });
  return bytes;
}

export function zeros(sizeBytes: number): Uint8Array {
  return new Uint8Array(sizeBytes);
}

/** UTF-8 bytes without an end mark. */
export function ascii(text: string): Uint8Array {
  return utf8.encode(text);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A box type as it may be shown in a message. */
export function printable(type: string): string {
  return type.replace(/[^\x20-\x7e]/g, '?');
}

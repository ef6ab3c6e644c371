import { AppError } from '../base/errors.ts';
import { type Layout, type LayoutPart, type ObjectPart, sliceLayout } from '../media/layout.ts';
import { type CallOptions, chunksOf, type ObjectStore } from '../storage/object-store.ts';

/** Ranges that lie together within this are read at once: a repaired segment is many of them with small holes. */
const MAX_READ_BYTES = 512 * 1024;
/** It is quicker to read over a hole of this size than to ask again. */
const MAX_HOLE_BYTES = 32 * 1024;

/**
 * The bytes of `layout` from `startByte` to before `endByte` (the whole by default), chunk by chunk.
 *
 * A chunk is good until the next one is asked for. Nothing is read before it is asked for except one chunk ahead. An
 * object that is shorter than the layout says throws an AppError, so that a reader never takes a part for the whole;
 * so do a missing object and an abort. Leaving the loop closes what is open.
 */
export function layoutChunks(
  store: ObjectStore,
  layout: Layout,
  range: { startByte: number; endByte: number } = { startByte: 0, endByte: layout.sizeBytes },
  { signal }: CallOptions = {},
): AsyncIterable<Uint8Array> {
  return partChunks(sliceLayout(layout, range.startByte, range.endByte).parts, store, signal);
}

async function* partChunks(
  parts: readonly LayoutPart[],
  store: ObjectStore,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let i = 0; i < parts.length; ) {
    signal?.throwIfAborted();
    const part = parts[i]!;
    if (part.kind === 'bytes') {
      yield part.bytes;
      i += 1;
    } else if (part.sizeBytes > MAX_READ_BYTES) {
      yield* streamed(
        chunksOf(store, part.path, part.offset, part.sizeBytes, { signal, node: part.node }),
        part,
      );
      i += 1;
    } else {
      const together = neighboursFrom(parts, i, part);
      yield* readAtOnce(store, together, signal);
      i += together.length;
    }
  }
}

async function* streamed(
  chunks: AsyncIterable<Uint8Array>,
  part: ObjectPart,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sentBytes = 0;
  for await (const chunk of chunks) {
    sentBytes += chunk.length;
    yield chunk;
  }
  if (sentBytes !== part.sizeBytes) throw tooShort(part, part.offset + sentBytes);
}

/** The parts from `first` on that lie behind each other in one object, close enough for one read. */
function neighboursFrom(parts: readonly LayoutPart[], start: number, first: ObjectPart): ObjectPart[] {
  const together = [first];
  for (let last = first; ; ) {
    const next = parts[start + together.length];
    if (next?.kind !== 'object' || next.path !== first.path || next.node !== first.node) return together;
    const holeBytes = next.offset - (last.offset + last.sizeBytes);
    const spanBytes = next.offset + next.sizeBytes - first.offset;
    if (holeBytes < 0 || holeBytes > MAX_HOLE_BYTES || spanBytes > MAX_READ_BYTES) return together;
    together.push(next);
    last = next;
  }
}

async function* readAtOnce(
  store: ObjectStore,
  parts: readonly ObjectPart[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const [first, last] = [parts[0]!, parts.at(-1)!];
  const spanBytes = last.offset + last.sizeBytes - first.offset;
  const bytes = await store.read(first.path, first.offset, spanBytes, { signal, node: first.node });
  if (bytes.length !== spanBytes) throw tooShort(last, first.offset + bytes.length);
  for (const part of parts) {
    const from = part.offset - first.offset;
    yield bytes.subarray(from, from + part.sizeBytes);
  }
}

function tooShort(part: ObjectPart, endByte: number): AppError {
  const missingBytes = part.offset + part.sizeBytes - endByte;
  return new AppError(
    'storage_unavailable',
    `${part.path} ends at byte ${endByte}, ${missingBytes} bytes before the index says. It was changed after it was indexed: index the recording again.`,
  );
}

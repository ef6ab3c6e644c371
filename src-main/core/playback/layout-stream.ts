import { Readable } from 'node:stream';
import { AppError } from '../base/errors.ts';
import { type Layout, type LayoutPart, sliceLayout } from '../media/layout.ts';
import type { CallOptions, ObjectStore } from '../storage/object-store.ts';

/** Object ranges up to this size are read at once; it saves opening a stream for a few pictures. */
const SMALL_READ_BYTES = 256 * 1024;

/**
 * The bytes of `layout` from `startByte` to before `endByte` (the whole by default).
 *
 * Nothing is read before it is asked for, and at most two chunks are held. An object that is shorter than the
 * layout says destroys the stream with an AppError, so that a reader never takes a part for the whole; so do a
 * missing object and an abort.
 */
export function openLayout(
  store: ObjectStore,
  layout: Layout,
  range: { startByte: number; endByte: number } = { startByte: 0, endByte: layout.sizeBytes },
  { signal }: CallOptions = {},
): Readable {
  const slice = sliceLayout(layout, range.startByte, range.endByte);
  const closed = new AbortController();
  const anySignal = signal ? AbortSignal.any([signal, closed.signal]) : closed.signal;
  const stream = Readable.from(chunksOf(store, slice.parts, anySignal), { objectMode: false });
  stream.once('close', () => closed.abort());
  return stream;
}

async function* chunksOf(
  store: ObjectStore,
  parts: readonly LayoutPart[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    signal.throwIfAborted();
    if (part.kind === 'bytes') {
      yield part.bytes;
      continue;
    }
    let sentBytes = 0;
    for await (const chunk of objectChunks(store, part, signal)) {
      sentBytes += chunk.length;
      yield chunk;
    }
    if (sentBytes !== part.sizeBytes) {
      throw new AppError(
        'storage_unavailable',
        `${part.path} ends at byte ${part.offset + sentBytes}, ${part.sizeBytes - sentBytes} bytes before the index says. It was changed after it was indexed: index the recording again.`,
      );
    }
  }
}

async function* objectChunks(
  store: ObjectStore,
  part: Extract<LayoutPart, { kind: 'object' }>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (part.sizeBytes <= SMALL_READ_BYTES) {
    yield await store.read(part.path, part.offset, part.sizeBytes, { signal });
    return;
  }
  yield* store.stream(part.path, part.offset, part.sizeBytes, { signal }) as AsyncIterable<Uint8Array>;
}

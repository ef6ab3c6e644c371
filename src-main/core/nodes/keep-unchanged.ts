import { isDeepStrictEqual } from 'node:util';
import type { Stream } from '../../../src-shared/model/node-json.ts';

/**
 * The new list with those streams that did not change as the very objects they were, and the old list itself where
 * nothing did: what is built from a stream can then be kept as long as the object stays.
 */
export function keepUnchanged(before: readonly Stream[], now: readonly Stream[]): readonly Stream[] {
  if (before === now) return before;
  const known = new Map(before.map((stream) => [stream.id, stream]));
  const kept = now.map((stream) => {
    const old = known.get(stream.id);
    return old && isSame(old, stream) ? old : stream;
  });
  const isAllSame = kept.length === before.length && kept.every((stream, index) => stream === before[index]);
  return isAllSame ? before : kept;
}

/** Counters change first and most; the deep look is for what they leave open. */
function isSame(a: Stream, b: Stream): boolean {
  return (
    a.stats.publish.bytes === b.stats.publish.bytes &&
    a.stats.subscribe.bytes === b.stats.subscribe.bytes &&
    isDeepStrictEqual(a, b)
  );
}

import type { ClusterReader } from '../cascade/cluster-reader.ts';
import { isUsable } from '../nodes/node-health.ts';
import { connectedPublisher } from './publisher-pulse.ts';
import { hasRecordStatus } from './record-calls.ts';
import type { Recordable } from './recordables.ts';
import type { RecorderBook } from './recorder-book.ts';

/** A wish for a stream that was taken down cleanly ends with it. */
const WISH_KEPT_MS = 60_000;

/** A publisher that came anew ends what was said about the one before. */
export function followPublisher({ generation, state, stream }: Recordable, book: RecorderBook): void {
  const session = connectedPublisher(stream)?.id ?? null;
  if (session === null) return;
  state.goneMs = null;
  if (state.publisher !== null && state.publisher !== session) {
    if (state.wish === 'stopped') {
      state.wish = null;
      book.saveLater(state);
    }
    // A node that cannot be asked ended its recording with the publisher.
    if (!hasRecordStatus(generation)) state.isRecording = null;
    state.failures = 0;
    state.retryMs = Number.NEGATIVE_INFINITY;
  }
  state.publisher = session;
}

/** Forgets, after a while, streams that a node that answers has no more. `nowMs` is monotonic. */
export function forgetGone(cluster: ClusterReader, book: RecorderBook, nowMs: number): void {
  const snapshots = new Map(cluster.snapshots().map((each) => [each.node.alias, each]));
  for (const state of book.all()) {
    const snapshot = snapshots.get(state.alias);
    if (snapshot && !isUsable(snapshot.health.state)) continue;
    if (snapshot?.streams.some((each) => each.id === state.stream)) continue;
    state.goneMs ??= nowMs;
    state.isRecording = null;
    if (nowMs - state.goneMs >= WISH_KEPT_MS) book.drop(state);
  }
}

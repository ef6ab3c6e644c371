import type { Session } from '../../../src-shared/model/node-json.ts';
import { isOpenSession } from '../../../src-shared/util/session-state.ts';
import type { Clock } from '../base/clock.ts';

/** A publisher as its node lists it. */
export interface ListedPublisher {
  readonly session: Session;
  /** Whether the node counts bytes; before HEAD they do not. */
  readonly hasCounters: boolean;
}

export type PublisherVerdict =
  | { readonly kind: 'alive' }
  /** The place is free by now. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'dead'; readonly session: string; readonly reason: string };

const WATCH_MS = 5000;
const LOOK_EVERY_MS = 500;
/** Id of a camera or another source in the node's own configuration: nobody to be pushed aside. */
const SOURCE_SESSION = 'virtual-source';

/**
 * Finds out whether the publisher that holds a place is still there.
 *
 * A lost connection is dead at once; one that is made or sends nothing gets 5 s to show life, as a publisher that
 * has come a moment before must not be pushed aside. `look` reads what the node lists now, null for none.
 */
export async function judgePublisher(
  look: () => Promise<ListedPublisher | null>,
  clock: Clock,
  signal: AbortSignal,
): Promise<PublisherVerdict> {
  const startMs = clock.monotonicMs();
  let first: ListedPublisher | undefined;
  let bytes: number | undefined;
  for (;;) {
    const listed = await look();
    if (!listed || !isOpenSession(listed.session)) return { kind: 'gone' };
    const { hasCounters, session } = listed;
    if (session.id === SOURCE_SESSION) return { kind: 'alive' };
    first ??= listed;
    if (session.id !== first.session.id) return { kind: 'alive' };
    if (session.state === 'disconnected' || session.state === 'failed') {
      return { kind: 'dead', session: session.id, reason: `it is ${session.state}` };
    }
    if (session.state === 'connected') {
      if (!hasCounters || (bytes !== undefined && session.stats.bytes > bytes)) return { kind: 'alive' };
      bytes ??= session.stats.bytes;
    }
    if (clock.monotonicMs() - startMs >= WATCH_MS) {
      const reason = session.state === 'connected' ? 'it sent nothing for 5 s' : `it stayed ${session.state}`;
      return { kind: 'dead', session: session.id, reason };
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
    signal.throwIfAborted();
  }
}

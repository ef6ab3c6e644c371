import type { Dispatcher } from 'undici';
import type { Stream } from '../../../src-shared/model/node-json.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { NodeAddress, NodeFailure } from './node-client.ts';
import { followStreamFeed } from './stream-feed.ts';

export interface FollowOptions {
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly onStreams: (streams: Stream[]) => void;
  /** A connection has ended; `problem` says it in words from the second one on that did not last. */
  readonly onBroken: (problem: string | null) => void;
  /** A connection has lasted: whatever was wrong is over. */
  readonly onSteady: () => void;
}

/** A connection that ends earlier is no sign that the next one will last. */
const STEADY_MS = 10 * MS_PER_SECOND;
const FIRST_PAUSE_MS = MS_PER_SECOND;
const LONGEST_PAUSE_MS = 30 * MS_PER_SECOND;
/** A wrong token does not become right by asking often. */
const AUTH_PAUSE_MS = 30 * MS_PER_SECOND;

/** Follows a node's events for as long as `signal` lets it, connecting again and again, ever more seldom. */
export async function followEvents(node: NodeAddress, options: FollowOptions): Promise<void> {
  const { clock, dispatcher, onBroken, onSteady, onStreams, signal } = options;
  let pauseMs = FIRST_PAUSE_MS;
  let breaksInRow = 0;
  while (!signal.aborted) {
    let connectedMs: number | null = null;
    const failure = await followStreamFeed(node, {
      dispatcher,
      signal,
      onStreams,
      onAlive: () => {
        connectedMs ??= clock.monotonicMs();
        if (clock.monotonicMs() - connectedMs < STEADY_MS) return;
        pauseMs = FIRST_PAUSE_MS;
        breaksInRow = 0;
        onSteady();
      },
    });
    breaksInRow += 1;
    onBroken(breaksInRow > 1 ? problemOf(failure) : null);
    const nextMs = failure.kind === 'unauthorized' ? AUTH_PAUSE_MS : pauseMs;
    await clock.sleep(nextMs * (0.75 + Math.random() / 2), signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

function problemOf({ reason, status }: NodeFailure): string {
  const what = status === null ? reason : `It answers ${status} there.`;
  return `Its event stream breaks, so it is polled instead. ${what} Does a proxy before it let events through?`;
}

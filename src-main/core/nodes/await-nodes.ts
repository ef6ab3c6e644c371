import type { Clock } from '../base/clock.ts';
import type { NodeSnapshot } from './node-watcher.ts';

const LOOK_MS = 50;

/** Waits until no node is `isAwaited`, or for the end of `signal`. Whether any was. */
export async function awaitNodes(
  readSnapshots: () => readonly NodeSnapshot[],
  isAwaited: (snapshot: NodeSnapshot) => boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  if (!readSnapshots().some(isAwaited)) return false;
  while (readSnapshots().some(isAwaited) && !signal.aborted) await clock.sleep(LOOK_MS, signal);
  return true;
}

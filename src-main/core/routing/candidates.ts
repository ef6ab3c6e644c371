import type { Session, Stream } from '../../../src-shared/model/node-json.ts';
import { relayEndsOf } from '../../../src-shared/util/relay-ends.ts';
import { isOpenSession, isPresent } from '../../../src-shared/util/session-state.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { maxViewersPerStream } from '../nodes/parse-node-json.ts';
import { countViewers } from '../nodes/stream-load.ts';
import type { PendingSessions } from './pending-sessions.ts';
import type { Candidate, HeldStream } from './placement.ts';

/** Every node of the cluster as placement sees it, for one stream. */
export function describeCandidates(
  snapshots: readonly NodeSnapshot[],
  stream: string,
  pending: PendingSessions,
): Candidate[] {
  const copies = new Map<NodeSnapshot, Stream>();
  for (const snapshot of snapshots) {
    const copy = snapshot.streams.find((candidate) => candidate.id === stream);
    if (copy) copies.set(snapshot, copy);
  }
  const relayEnds = relayEndsOf([...copies.values()]);
  return snapshots.map((snapshot) => {
    const { health, node, strategy, streams } = snapshot;
    const own = pending.count(node.alias, stream, streams);
    const all = pending.count(node.alias, null, streams);
    return {
      alias: node.alias,
      isUsable: isUsable(health.state),
      maxViewersPerStream: maxViewersPerStream(strategy),
      makesStreams: strategy?.auto_create_whip ?? true,
      streamCount: streams.length + all.publish,
      viewerCount: viewersOfAll(streams) + all.play,
      held: describeHeld(copies.get(snapshot), own, relayEnds, snapshot.silent.has(stream)),
    };
  });
}

function describeHeld(
  copy: Stream | undefined,
  pending: { readonly publish: number; readonly play: number; readonly relay: number },
  relayEnds: ReadonlySet<string>,
  isSilent: boolean,
): HeldStream | null {
  if (!copy && pending.publish === 0 && pending.relay === 0) return null;
  const publishers = copy?.publish.sessions.filter(isOpenSession) ?? [];
  return {
    publisher: publisherState(publishers, pending, isSilent),
    isRelay:
      pending.relay > 0 ||
      publishers.some((session) => session.cascade !== undefined || relayEnds.has(session.id)),
    viewerCount: (copy ? countViewers(copy, relayEnds) : 0) + pending.play,
  };
}

function publisherState(
  publishers: readonly Session[],
  pending: { readonly publish: number; readonly relay: number },
  isSilent: boolean,
): HeldStream['publisher'] {
  const isConnected = publishers.some(({ state }) => state === 'connected');
  if (pending.relay > 0 || (isConnected && !isSilent)) return 'live';
  // The node still calls it connected; nothing comes from it any more.
  if (isConnected && pending.publish === 0) return 'lost';
  if (pending.publish > 0 || publishers.some(isPresent)) return 'starting';
  return publishers.length > 0 ? 'lost' : 'none';
}

/** Snapshots are replaced as a whole, so each is counted once. */
const viewerTotals = new WeakMap<readonly Stream[], number>();

function viewersOfAll(streams: readonly Stream[]): number {
  const known = viewerTotals.get(streams);
  if (known !== undefined) return known;
  // Only to weigh nodes against each other: a link of a relay more or less does not matter.
  const total = streams.reduce((sum, stream) => sum + countViewers(stream), 0);
  viewerTotals.set(streams, total);
  return total;
}

import type { Stream } from '../../../src-shared/model/node-json.ts';
import { isOpenSession, isPresent } from '../../../src-shared/util/session-state.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { maxViewersPerStream } from '../nodes/parse-node-json.ts';
import { hasConnectedPublisher } from '../nodes/stream-load.ts';

export interface RelayWish {
  readonly stream: string;
  /** Nodes that must not become the target. */
  readonly excluding: ReadonlySet<string>;
  /** Nodes whose copy comes over a relay; a source of its own is better. */
  readonly relayTargets: ReadonlySet<string>;
  readonly mode: 'push' | 'pull';
}

export type RelayChoice =
  | { readonly isFound: true; readonly source: NodeSnapshot; readonly target: NodeSnapshot }
  | {
      readonly isFound: false;
      /** In words, with a remedy. */
      readonly reason: string;
    };

/**
 * From where to where a stream is relayed: from the node that has its publisher, first one that is no relay's far
 * end itself, to the usable node with the most room that does not hold it.
 */
export function chooseRelay(snapshots: readonly NodeSnapshot[], wish: RelayWish): RelayChoice {
  const { excluding, mode, relayTargets, stream } = wish;
  const name = JSON.stringify(stream);
  const sources = snapshots
    .filter((snapshot) => isUsable(snapshot.health.state) && isSource(snapshot, stream))
    .sort((a, b) => Number(relayTargets.has(a.node.alias)) - Number(relayTargets.has(b.node.alias)));
  if (sources.length === 0) return { isFound: false, reason: `Nobody publishes the stream ${name} now.` };
  const source = sources.find((each) => mode === 'pull' || mayCascade(each));
  if (!source) {
    const reason =
      'The nodes that have the stream were built without the feature cascade; set cascade.mode = "pull".';
    return { isFound: false, reason };
  }
  const targets = snapshots.filter(
    (each) =>
      !excluding.has(each.node.alias) &&
      whyNoTarget(each, stream) === null &&
      (mode === 'push' || mayCascade(each)),
  );
  // Where somebody waits already for the stream, he gets it too.
  const waitsAt = (each: NodeSnapshot) => Number(copyOf(each, stream) !== undefined);
  const target = targets.sort((a, b) => waitsAt(b) - waitsAt(a) || compareRoom(a, b))[0];
  if (target) return { isFound: true, source, target };
  return {
    isFound: false,
    reason: `No other node can take the stream ${name}: add a node, or raise each_stream_max_sub of one.`,
  };
}

/** Why a node cannot become the target of a relay of the stream, in words; null when it can. */
export function whyNoTarget(snapshot: NodeSnapshot, stream: string): string | null {
  const { health, node, strategy } = snapshot;
  if (!isUsable(health.state)) return `${node.alias} does not answer.`;
  if (holds(copyOf(snapshot, stream))) return `${node.alias} holds the stream already.`;
  if (strategy && !strategy.auto_create_whip)
    return `${node.alias} makes no streams (auto_create_whip is off).`;
  if (maxViewersPerStream(snapshot.strategy) <= 0)
    return `${node.alias} takes no viewers (each_stream_max_sub is 0).`;
  return null;
}

/** Whether a copy has somebody who publishes it, or a source of its own; one where viewers only wait has not. */
function holds(copy: Stream | undefined): boolean {
  return copy !== undefined && (copy.provisioned || copy.publish.sessions.some(isOpenSession));
}

/** Whether the node has the feature; only today's nodes say which they have. */
export function mayCascade({ identity }: NodeSnapshot): boolean {
  return identity?.generation !== 'head' || identity.features.includes('cascade');
}

/** What the node holds of the stream. */
export function copyOf(snapshot: NodeSnapshot, stream: string): Stream | undefined {
  return snapshot.streams.find((candidate) => candidate.id === stream);
}

/** Whether a publisher of the stream is connected, sending or not. */
export function isArrived(copy: Stream | undefined): boolean {
  return copy !== undefined && hasConnectedPublisher(copy);
}

/** Whether a publisher of the stream is connected to the node and sends. */
export function isSource(snapshot: NodeSnapshot, stream: string): boolean {
  return isArrived(copyOf(snapshot, stream)) && !snapshot.silent.has(stream);
}

function compareRoom(a: NodeSnapshot, b: NodeSnapshot): number {
  return (
    roomOf(b) - roomOf(a) || a.streams.length - b.streams.length || (a.node.alias < b.node.alias ? -1 : 1)
  );
}

function roomOf(snapshot: NodeSnapshot): number {
  const viewers = snapshot.streams.flatMap((each) => each.subscribe.sessions).filter(isPresent);
  return maxViewersPerStream(snapshot.strategy) - viewers.length;
}

/** Who takes the stream from the node; null while it does not answer. A stream that is gone has nobody. */
export function viewersAt(snapshot: NodeSnapshot | undefined, stream: string): number | null {
  if (!snapshot || !isUsable(snapshot.health.state)) return null;
  return copyOf(snapshot, stream)?.subscribe.sessions.filter(isPresent).length ?? 0;
}

import type { Session, Stream } from '../../../src-shared/model/node-json.ts';
import type { NodeGeneration } from '../../../src-shared/model/node-view.ts';
import { isOpenSession } from '../../../src-shared/util/session-state.ts';
import type { Clock } from '../base/clock.ts';
import type { ClusterReader } from '../cascade/cluster-reader.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';

/** A publisher as it was seen last. All times are monotonic milliseconds. */
export interface Pulse {
  readonly session: string;
  /** When it was seen first. */
  readonly seenMs: number;
  /** Whether media come. */
  readonly isLive: boolean;
  /** Since when media have come without a break; meaningless while they do not. */
  readonly liveSinceMs: number;
}

interface Watched extends Pulse {
  readonly bytes: number;
  readonly grownMs: number | null;
}

/** Nodes sample every 2 s and are asked every 3 s: this long without growth is no accident. */
const SILENT_MS = 6000;
/** A camera or another source in the node's configuration. */
const SOURCE_SESSION = 'virtual-source';

/**
 * Tells publishers that send from those that are only listed: a node keeps one `connected` for 5 s after it vanished,
 * and the target of a push keeps it so for ever.
 */
export class PublisherPulse {
  readonly #byAlias = new Map<string, ReadonlyMap<string, Watched>>();

  /** Notes what the nodes of the cluster show, now and as it changes; returns how to end that. */
  follow(cluster: ClusterReader, clock: Clock): () => void {
    const note = (aliases: Iterable<string>) => {
      for (const alias of aliases) {
        const snapshot = cluster.snapshot(alias);
        // What a node said before it fell silent is no sign of life.
        if (snapshot && isUsable(snapshot.health.state)) this.note(snapshot, clock.monotonicMs());
        else this.forget(alias);
      }
    };
    note(cluster.snapshots().map(({ node }) => node.alias));
    return cluster.onDidChange(note);
  }

  /** Takes note of what a node showed at `nowMs`. */
  note(snapshot: NodeSnapshot, nowMs: number): void {
    const before = this.#byAlias.get(snapshot.node.alias);
    const generation = snapshot.identity?.generation ?? null;
    const watched = new Map<string, Watched>();
    for (const stream of snapshot.streams) {
      const publisher = connectedPublisher(stream);
      if (publisher)
        watched.set(
          stream.id,
          beat(publisher, before?.get(stream.id), hasCounters(generation, publisher), nowMs),
        );
    }
    this.#byAlias.set(snapshot.node.alias, watched);
  }

  /** The publisher of a stream on a node; null when none is connected. */
  of(alias: string, stream: string): Pulse | null {
    return this.#byAlias.get(alias)?.get(stream) ?? null;
  }

  isLive(alias: string, stream: string): boolean {
    return this.of(alias, stream)?.isLive ?? false;
  }

  /** Forgets a node that left or does not answer. */
  forget(alias: string): void {
    this.#byAlias.delete(alias);
  }
}

/** The publisher that is connected, or undefined. */
export function connectedPublisher(stream: Stream): Session | undefined {
  return stream.publish.sessions.find((each) => isOpenSession(each) && each.state === 'connected');
}

function hasCounters(generation: NodeGeneration | null, publisher: Session): boolean {
  return generation === 'head' && publisher.id !== SOURCE_SESSION;
}

function beat(publisher: Session, before: Watched | undefined, isCounted: boolean, nowMs: number): Watched {
  const { bitrate, bytes } = publisher.stats;
  const known = before?.session === publisher.id ? before : undefined;
  const hasGrown = known ? bytes > known.bytes : bitrate > 0;
  const grownMs = hasGrown ? nowMs : (known?.grownMs ?? null);
  const isLive = !isCounted || (grownMs !== null && nowMs - grownMs < SILENT_MS);
  const liveSinceMs = known?.isLive ? known.liveSinceMs : nowMs;
  return { session: publisher.id, seenMs: known?.seenMs ?? nowMs, isLive, liveSinceMs, bytes, grownMs };
}

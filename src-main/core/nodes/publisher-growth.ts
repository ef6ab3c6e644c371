import type { Stream } from '../../../src-shared/model/node-json.ts';
import { isOpenSession } from '../../../src-shared/util/session-state.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';

/** Nodes keep a publisher that vanished `connected` for a while; after this time without a byte it is gone. */
const SILENT_MS = 5 * MS_PER_SECOND;

/** What a publisher had sent when it was last seen to send something. */
export interface PublisherGrowth {
  readonly session: string;
  readonly bytes: number;
  readonly grewAtMs: number;
}

/**
 * Takes note of how many bytes each publisher of a node has sent, by stream.
 *
 * Nodes without counters (before HEAD) say 0 for ever; they are told apart by `isLivePublisher`.
 */
export function noteGrowth(
  known: ReadonlyMap<string, PublisherGrowth>,
  streams: readonly Stream[],
  nowMs: number,
): ReadonlyMap<string, PublisherGrowth> {
  const next = new Map<string, PublisherGrowth>();
  for (const stream of streams) {
    const publisher = stream.publish.sessions.find(isOpenSession);
    if (!publisher) continue;
    const before = known.get(stream.id);
    const bytes = publisher.stats.bytes;
    const isSame = before?.session === publisher.id && before.bytes === bytes;
    next.set(stream.id, isSame ? before : { session: publisher.id, bytes, grewAtMs: nowMs });
  }
  return next;
}

/**
 * Streams whose publisher is connected and sends nothing any more: it vanished, or is the end of a push whose source did.
 * The same object as `before` where nothing changed.
 */
export function silentStreams(
  before: ReadonlySet<string>,
  streams: readonly Stream[],
  growth: ReadonlyMap<string, PublisherGrowth>,
  nowMs: number,
): ReadonlySet<string> {
  const silent = streams.filter((stream) => isConnected(stream) && !isLivePublisher(stream, growth, nowMs));
  if (silent.length === before.size && silent.every(({ id }) => before.has(id))) return before;
  return new Set(silent.map(({ id }) => id));
}

function isConnected({ publish }: Stream): boolean {
  return publish.sessions.find(isOpenSession)?.state === 'connected';
}

/**
 * Whether a stream has a publisher that sends: connected, and its bytes grew in the last 5 s where the node counts
 * them. A publisher that has just come counts as sending.
 */
export function isLivePublisher(
  stream: Stream,
  growth: ReadonlyMap<string, PublisherGrowth>,
  nowMs: number,
): boolean {
  const publisher = stream.publish.sessions.find(isOpenSession);
  if (publisher?.state !== 'connected') return false;
  const seen = growth.get(stream.id);
  return !seen || seen.bytes === 0 || nowMs - seen.grewAtMs <= SILENT_MS;
}

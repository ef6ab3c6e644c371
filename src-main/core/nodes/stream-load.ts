import type { Stream } from '../../../src-shared/model/node-json.ts';
import { relayEndsOf } from '../../../src-shared/util/relay-ends.ts';
import { isOpenSession, isPresent } from '../../../src-shared/util/session-state.ts';
import type { StreamCopy } from './views.ts';

/** What a stream does on one node now. */
export interface StreamLoad {
  readonly viewerCount: number;
  readonly bitrateInBps: number;
  readonly bitrateOutBps: number;
}

const NO_RELAY_ENDS: ReadonlySet<string> = new Set();
const NOBODY: ReadonlyMap<string, number> = new Map();

/** `relayEnds` are those of the stream, see `relayEndsOf`; who does not know the other copies counts them as viewers. */
export function streamLoad(stream: Stream, relayEnds = NO_RELAY_ENDS): StreamLoad {
  return {
    viewerCount: countViewers(stream, relayEnds),
    bitrateInBps: stream.stats.publish.bitrate,
    bitrateOutBps: stream.stats.subscribe.bitrate,
  };
}

/** Whether a publisher is connected, sending or not. */
export function hasConnectedPublisher({ publish }: Stream): boolean {
  return publish.sessions.some((session) => session.state === 'connected' && isOpenSession(session));
}

/** Whether a publisher is connected and sends, as far as the node has said so. */
export function hasLivePublisher({ isSilent, stream }: Pick<StreamCopy, 'isSilent' | 'stream'>): boolean {
  return !isSilent && hasConnectedPublisher(stream);
}

/** Viewers that are there; a link of a relay is nobody who watches, and one whose connection is lost neither. */
export function countViewers({ subscribe }: Stream, relayEnds = NO_RELAY_ENDS): number {
  return subscribe.sessions.filter(
    (session) => isPresent(session) && !session.cascade && !relayEnds.has(session.id),
  ).length;
}

/** Viewers on each node that are other nodes which pull; of the copies of one stream. */
export function pulledFrom(copies: readonly StreamCopy[]): ReadonlyMap<string, number> {
  const ends = relayEndsOf(copies.map((copy) => copy.stream));
  if (ends.size === 0) return NOBODY;
  return new Map(
    copies.map(({ alias, stream }) => [alias, countViewers(stream) - countViewers(stream, ends)]),
  );
}

/** Whether what it publishes comes from another node. */
function isRelayed({ publish }: Stream, relayEnds: ReadonlySet<string>): boolean {
  const publishers = publish.sessions.filter(isOpenSession);
  return publishers.length > 0 && publishers.every(({ cascade, id }) => cascade || relayEnds.has(id));
}

/** Bits per second that are published, counted once: relays bring the same again. Only of copies that are not stale. */
export function publishedBps(copies: readonly StreamCopy[], relayEnds: ReadonlySet<string>): number {
  const live = copies.filter((copy) => !copy.isStale).map((copy) => copy.stream);
  const rates = (isWanted: boolean) =>
    live
      .filter((stream) => isRelayed(stream, relayEnds) === isWanted)
      .map(({ stats }) => stats.publish.bitrate);
  const sumBps = rates(false).reduce((sum, rate) => sum + rate, 0);
  // Where the origin does not answer, its relays say what comes from it.
  return sumBps > 0 ? sumBps : Math.max(0, ...rates(true));
}

/** The sums over the streams of a node. */
export function nodeLoad(streams: readonly Stream[]): StreamLoad {
  let viewerCount = 0;
  let bitrateInBps = 0;
  let bitrateOutBps = 0;
  for (const load of streams.map((stream) => streamLoad(stream))) {
    viewerCount += load.viewerCount;
    bitrateInBps += load.bitrateInBps;
    bitrateOutBps += load.bitrateOutBps;
  }
  return { viewerCount, bitrateInBps, bitrateOutBps };
}

import type { Codec, PubSub, Stats, Stream } from '../../../src-shared/model/node-json.ts';

/**
 * One stream over the nodes that hold it, as upstream's manager merges it, with its mistakes put right: codecs
 * are kept, and a node that never had a publisher does not hide when the publisher of another left.
 *
 * `copies` is not empty and in the order of node aliases.
 */
export function mergeStream(copies: readonly Stream[]): Stream {
  const [first] = copies;
  if (!first) throw new RangeError('a stream is on at least one node');
  if (copies.length === 1) return first;
  return {
    id: first.id,
    createdAt: Math.min(...copies.map((copy) => copy.createdAt)),
    publish: mergePubSub(copies.map((copy) => copy.publish)),
    subscribe: mergePubSub(copies.map((copy) => copy.subscribe)),
    codecs: mergeCodecs(copies),
    provisioned: copies.some((copy) => copy.provisioned),
    onDemand: copies.some((copy) => copy.onDemand),
    stats: {
      publish: addStats(copies.map((copy) => copy.stats.publish)),
      subscribe: addStats(copies.map((copy) => copy.stats.subscribe)),
    },
    statsScope: 'clusterNodeWork',
  };
}

function mergePubSub(parts: readonly PubSub[]): PubSub {
  const sessions = parts.flatMap((part) => part.sessions);
  const isAnyOpen = sessions.some((session) => session.state !== 'closed' && session.leaveAt === 0);
  return { leaveAt: isAnyOpen ? 0 : Math.max(...parts.map((part) => part.leaveAt)), sessions };
}

function mergeCodecs(copies: readonly Stream[]): Codec[] {
  const byKey = new Map<string, Codec>();
  for (const codec of copies.flatMap((copy) => copy.codecs)) {
    const key = `${codec.kind} ${codec.codec}`;
    if (!byKey.has(key)) byKey.set(key, codec);
  }
  return [...byKey.values()];
}

function addStats(parts: readonly Stats[]): Stats {
  const sum = { bytes: 0, packets: 0, bitrate: 0 };
  for (const part of parts) {
    sum.bytes += part.bytes;
    sum.packets += part.packets;
    sum.bitrate += part.bitrate;
  }
  return sum;
}

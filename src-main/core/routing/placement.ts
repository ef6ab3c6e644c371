/** A node as far as placement looks at it. */
export interface Candidate {
  readonly alias: string;
  /** Whether its health allows giving it work. */
  readonly isUsable: boolean;
  /** `each_stream_max_sub`. */
  readonly maxViewersPerStream: number;
  /** Whether it makes a stream that it does not have when somebody publishes it. */
  readonly makesStreams: boolean;
  readonly streamCount: number;
  /** Open viewer sessions of all streams, without relays, those on their way included. */
  readonly viewerCount: number;
  /** The stream to be placed, where the node has it. */
  readonly held: HeldStream | null;
}

/** In the order in which nodes are preferred. */
export const PUBLISHER_STATES = ['live', 'starting', 'lost', 'none'] as const;

export interface HeldStream {
  /**
   * `live`: the publisher is connected; `starting`: it is about to be; `lost`: there is a publisher session, but its
   * connection is gone; `none`: the stream is there without a publisher.
   */
  readonly publisher: (typeof PUBLISHER_STATES)[number];
  /** Whether the publisher is the far end of a relay from another node. */
  readonly isRelay: boolean;
  /** Open viewer sessions of this stream without relays, those on their way included. */
  readonly viewerCount: number;
}

/**
 * The node for a publisher: one that holds the stream (first where its source is live, a relay's far end last),
 * else the one with the most room for viewers, then the fewest streams, then the first by alias. Only nodes of
 * `only`, if it is not empty. Null when there is none, or when the stream is live outside `only`.
 */
export function choosePublishNode(candidates: readonly Candidate[], only: readonly string[]): string | null {
  const usable = allowed(candidates, only);
  const holders = usable.filter((node) => node.held);
  if (holders.length > 0) return first(holders, (node) => [publishRank(node.held!)]);
  // Two sources of one stream would be two streams of one name.
  if (candidates.some((node) => node.isUsable && node.held && isSource(node.held))) return null;
  const open = usable.filter((node) => node.makesStreams && node.maxViewersPerStream > 0);
  return first(open, (node) => [node.viewerCount - node.maxViewersPerStream, node.streamCount]);
}

export type PlayChoice =
  | { readonly kind: 'node'; readonly alias: string }
  /**
   * Every holder that may be used is full; `excluding` are nodes that must not be chosen for a relay. `isStarting`:
   * media are about to come, but there is nothing to relay yet.
   */
  | { readonly kind: 'full'; readonly excluding: readonly string[]; readonly isStarting: boolean }
  /** No usable node that may be chosen holds the stream. */
  | { readonly kind: 'unknown' };

/**
 * The node for a viewer: among usable holders the one with the most room for this stream, then the fewest viewers
 * in all, then the first by alias. While the stream is live somewhere, holders without media do not count: a relay
 * that is being made is none yet.
 */
export function choosePlayNode(candidates: readonly Candidate[], only: readonly string[]): PlayChoice {
  const holders = allowed(candidates, only).filter((node) => node.held);
  if (holders.length === 0) return { kind: 'unknown' };
  const bestState = Math.min(...holders.map((node) => mediaRank(node.held!)));
  const sources = holders.filter((node) => mediaRank(node.held!) === bestState);
  const alias = first(
    sources.filter((node) => roomFor(node) > 0),
    (node) => [-roomFor(node), node.viewerCount],
  );
  if (alias !== null) return { kind: 'node', alias };
  // A copy without a publisher, as nodes make for whoever asks, is no obstacle to a relay.
  const hasCopy = ({ held }: Candidate) => held !== null && held.publisher !== 'none';
  const isExcluded = (node: Candidate) => hasCopy(node) || !isNamed(node, only);
  return {
    kind: 'full',
    excluding: candidates.filter(isExcluded).map((node) => node.alias),
    isStarting: sources.some((node) => node.held!.publisher === 'starting'),
  };
}

/** How many more viewers of the held stream the node takes; may be negative. */
export function roomFor(node: Candidate): number {
  return node.maxViewersPerStream - (node.held?.viewerCount ?? 0);
}

function publishRank({ isRelay, publisher }: HeldStream): number {
  const rank = PUBLISHER_STATES.indexOf(publisher);
  return isRelay ? rank + PUBLISHER_STATES.length : rank;
}

function isSource({ isRelay, publisher }: HeldStream): boolean {
  return !isRelay && (publisher === 'live' || publisher === 'starting');
}

/** Where nothing comes, it makes no difference why. */
function mediaRank({ publisher }: HeldStream): number {
  return { live: 0, starting: 1, lost: 2, none: 2 }[publisher];
}

function allowed(candidates: readonly Candidate[], only: readonly string[]): Candidate[] {
  return candidates.filter((node) => node.isUsable && isNamed(node, only));
}

function isNamed(node: Candidate, only: readonly string[]): boolean {
  return only.length === 0 || only.includes(node.alias);
}

/** The alias with the lowest key, compared number by number and then by alias. */
function first(candidates: readonly Candidate[], keyOf: (node: Candidate) => number[]): string | null {
  let best: { alias: string; key: number[] } | null = null;
  for (const node of candidates) {
    const own = { alias: node.alias, key: keyOf(node) };
    if (!best || isBefore(own, best)) best = own;
  }
  return best?.alias ?? null;
}

function isBefore(a: { alias: string; key: number[] }, b: { alias: string; key: number[] }): boolean {
  for (const [i, value] of a.key.entries()) {
    const difference = value - (b.key[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return a.alias < b.alias;
}

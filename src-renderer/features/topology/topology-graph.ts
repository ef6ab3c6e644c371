import type { CascadeView } from '../../../src-shared/contract/cascade-routes.ts';
import type { NodeState, NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { compareNames } from '../../stores/keyed-list.ts';

/** One node, or several drawn as one: a site that is folded up, or the rest of a large one. */
export interface TopologyCard {
  readonly key: string;
  readonly title: string;
  /** The node that is selected by it; null where it stands for several or for none of this cluster. */
  readonly alias: string | null;
  readonly nodeCount: number;
  /** How many of them do not answer. */
  readonly silentCount: number;
  /** The worst of its nodes; null outside the cluster. */
  readonly state: NodeState | null;
  /** Names of the streams that are here: first those published here, then those that relays bring. */
  readonly streams: readonly string[];
  /** Streams published here, not relayed from another node. */
  readonly publisherCount: number;
  readonly publishedBps: number;
  readonly viewerCount: number;
  readonly watchedBps: number;
}

export interface TopologySite {
  /** Empty where no site was given. */
  readonly site: string;
  readonly isFolded: boolean;
  readonly isFoldable: boolean;
  readonly cards: readonly TopologyCard[];
}

/** All relays between two cards in one direction. */
export interface TopologyLink {
  readonly from: string;
  readonly to: string;
  readonly streams: readonly string[];
  /** Of those that are known to run. */
  readonly bitrateBps: number;
  /** Not all of it is known to run now: it is being made, or an end does not answer. */
  readonly isStale: boolean;
}

export interface TopologyGraph {
  /** By name; the one without a name last, what lies outside the cluster after it. */
  readonly sites: readonly TopologySite[];
  readonly links: readonly TopologyLink[];
}

/** With more nodes than this, sites are drawn folded up. */
export const MAX_OPEN_NODES = 40;
/** As many nodes of an unfolded site are drawn one by one. */
const MAX_SITE_NODES = 60;

export const OUTSIDE = 'outside';
const STATES_BY_WORTH: readonly NodeState[] = ['down', 'auth-failed', 'unknown', 'slow', 'up'];

export interface TopologySources {
  readonly nodes: readonly NodeView[];
  readonly streams: readonly StreamView[];
  readonly cascades: readonly CascadeView[];
  /** Sites to show node by node in a large cluster. */
  readonly unfolded: ReadonlySet<string>;
}

/** What the map shows, not yet where. */
export function topologyGraph({ nodes, streams, cascades, unfolded }: TopologySources): TopologyGraph {
  const loads = loadsOf(streams, cascades);
  const isLarge = nodes.length > MAX_OPEN_NODES;
  const keys = new Map<string, string>();
  const sites = groupBySite(nodes).map(([site, members]): TopologySite => {
    const isFolded = isLarge && !unfolded.has(site);
    const open = isFolded ? [] : firstOf(members);
    const rest = members.filter((node) => !open.includes(node));
    const cards = open.map((node) => cardOf(node.alias, `node:${node.alias}`, [node], loads, node.alias));
    for (const { alias } of open) keys.set(alias, `node:${alias}`);
    if (rest.length > 0) {
      const key = `rest:${site}`;
      const title = open.length > 0 ? `${rest.length} more` : `${rest.length} nodes`;
      cards.push(cardOf(title, key, rest, loads, null));
      for (const { alias } of rest) keys.set(alias, key);
    }
    return { site, isFolded, isFoldable: isLarge, cards };
  });
  const silent = new Set(nodes.filter(isSilent).map(({ alias }) => alias));
  const links = linksOf(cascades, keys, silent);
  if (links.some(({ from, to }) => from === OUTSIDE || to === OUTSIDE)) {
    sites.push({ site: 'Outside this cluster', isFolded: false, isFoldable: false, cards: [OUTSIDE_CARD] });
  }
  return { sites, links };
}

interface NodeLoad {
  readonly published: string[];
  readonly others: string[];
  publisherCount: number;
  publishedBps: number;
  viewerCount: number;
  watchedBps: number;
}

const NO_LOAD = { publisherCount: 0, publishedBps: 0, viewerCount: 0, watchedBps: 0 } as const;

const OUTSIDE_CARD: TopologyCard = {
  key: OUTSIDE,
  title: 'Other nodes',
  alias: null,
  nodeCount: 0,
  silentCount: 0,
  state: null,
  streams: [],
  ...NO_LOAD,
};

function loadsOf(
  streams: readonly StreamView[],
  cascades: readonly CascadeView[],
): ReadonlyMap<string, NodeLoad> {
  const relayed = new Set(cascades.map(({ stream, target }) => JSON.stringify([stream, target])));
  const sentOn = new Map<string, number>();
  for (const { bitrateBps, source, stream } of cascades) {
    const key = JSON.stringify([stream, source]);
    sentOn.set(key, (sentOn.get(key) ?? 0) + bitrateBps);
  }
  const loads = new Map<string, NodeLoad>();
  for (const stream of streams) {
    for (const part of stream.nodes) {
      const load: NodeLoad = loads.get(part.alias) ?? { published: [], others: [], ...NO_LOAD };
      const isPublished = part.hasPublisher && !relayed.has(JSON.stringify([stream.id, part.alias]));
      (isPublished ? load.published : load.others).push(stream.id);
      if (isPublished) {
        load.publisherCount += 1;
        load.publishedBps += part.bitrateInBps;
      }
      load.viewerCount += part.viewerCount;
      if (part.viewerCount > 0) {
        const relayedBps = sentOn.get(JSON.stringify([stream.id, part.alias])) ?? 0;
        load.watchedBps += Math.max(0, part.bitrateOutBps - relayedBps);
      }
      loads.set(part.alias, load);
    }
  }
  return loads;
}

function cardOf(
  title: string,
  key: string,
  nodes: readonly NodeView[],
  loads: ReadonlyMap<string, NodeLoad>,
  alias: string | null,
): TopologyCard {
  const all = nodes.flatMap((node) => loads.get(node.alias) ?? []);
  const published = all.flatMap((load) => load.published);
  const sum = (of: keyof typeof NO_LOAD): number => all.reduce((total, load) => total + load[of], 0);
  return {
    key,
    title,
    alias,
    nodeCount: nodes.length,
    silentCount: nodes.filter(isSilent).length,
    state: STATES_BY_WORTH.find((state) => nodes.some((node) => node.state === state)) ?? null,
    streams: [...new Set([...published, ...all.flatMap((load) => load.others)])],
    publisherCount: sum('publisherCount'),
    publishedBps: sum('publishedBps'),
    viewerCount: sum('viewerCount'),
    watchedBps: sum('watchedBps'),
  };
}

function isSilent({ state }: NodeView): boolean {
  return state !== 'up' && state !== 'slow';
}

/** All, in order; of a very large site those with trouble first. */
function firstOf(members: readonly NodeView[]): readonly NodeView[] {
  if (members.length <= MAX_SITE_NODES) return members;
  const worth = ({ state }: NodeView): number => STATES_BY_WORTH.indexOf(state);
  return [...members].sort((a, b) => worth(a) - worth(b)).slice(0, MAX_SITE_NODES);
}

function groupBySite(nodes: readonly NodeView[]): readonly (readonly [string, readonly NodeView[]])[] {
  const groups = new Map<string, NodeView[]>();
  for (const node of nodes) {
    const members = groups.get(node.site);
    if (members) members.push(node);
    else groups.set(node.site, [node]);
  }
  return [...groups].sort(([a], [b]) => Number(a === '') - Number(b === '') || compareNames(a, b));
}

function linksOf(
  cascades: readonly CascadeView[],
  keys: ReadonlyMap<string, string>,
  silent: ReadonlySet<string>,
): readonly TopologyLink[] {
  const links = new Map<string, TopologyLink>();
  const keyOf = (alias: string | null): string => (alias === null ? OUTSIDE : (keys.get(alias) ?? OUTSIDE));
  for (const { source, target, stream, bitrateBps, state } of cascades) {
    const [from, to] = [keyOf(source), keyOf(target)];
    // Within a folded site, or between two nodes of which neither is ours, there is nothing to draw.
    if (from === to) continue;
    const key = JSON.stringify([from, to]);
    const before = links.get(key);
    const isStale =
      state !== 'running' || [source, target].some((alias) => alias !== null && silent.has(alias));
    links.set(key, {
      from,
      to,
      streams: [...(before?.streams ?? []), stream],
      bitrateBps: (before?.bitrateBps ?? 0) + (isStale ? 0 : bitrateBps),
      isStale: isStale || (before?.isStale ?? false),
    });
  }
  return [...links.values()];
}

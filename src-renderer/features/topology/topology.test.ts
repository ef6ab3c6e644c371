import { describe, expect, it } from 'vitest';
import type { CascadeView } from '../../../src-shared/contract/cascade-routes.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { OUTSIDE, topologyGraph } from './topology-graph.ts';
import { layoutTopology, SIDE_PX } from './topology-layout.ts';

function nodeOf(alias: string, site: string, state: NodeView['state'] = 'up'): NodeView {
  return {
    alias,
    site,
    state,
    url: 'http://192.0.2.1',
    mode: 'poll',
    origin: 'config',
    sinceMs: 0,
    reason: null,
    lastSeenMs: 0,
    latencyMs: 1,
    latencyHistoryMs: [],
    clockOffsetMs: 0,
    generation: 'head',
    version: null,
    features: [],
    streamCount: 0,
    viewerCount: 0,
    recordingCount: 0,
    viewerCapacity: null,
    isTokenLocked: false,
    feedProblem: null,
    bitrateInBps: 0,
    bitrateOutBps: 0,
  };
}

function streamOn(id: string, parts: readonly { alias: string; viewers: number }[]): StreamView {
  return {
    id,
    createdAtMs: 0,
    isLive: true,
    isRecording: false,
    codecs: [],
    viewerCount: 0,
    bitrateInBps: 0,
    bitrateOutBps: 0,
    nodes: parts.map(({ alias, viewers }) => ({
      alias,
      isStale: false,
      hasPublisher: true,
      viewerCount: viewers,
      bitrateInBps: 100,
      bitrateOutBps: viewers * 100,
    })),
  };
}

function relay(stream: string, source: string | null, target: string | null): CascadeView {
  return {
    id: `${stream}-${source}-${target}`,
    stream,
    source,
    target,
    mode: 'push',
    origin: 'operator',
    state: 'running',
    reason: null,
    sinceMs: 0,
    viewerCount: 0,
    bitrateBps: 50,
  };
}

const FEW = [
  nodeOf('edge-1', 'Yard'),
  nodeOf('edge-2', 'Yard', 'down'),
  nodeOf('cloud-1', 'Cloud'),
  nodeOf('lost', ''),
];
const RELAYS = [relay('a', 'edge-1', 'cloud-1'), relay('b', 'edge-1', 'cloud-1')];
const STREAMS = [
  streamOn('a', [
    { alias: 'edge-1', viewers: 2 },
    { alias: 'cloud-1', viewers: 5 },
  ]),
  streamOn('b', [
    { alias: 'edge-1', viewers: 0 },
    { alias: 'cloud-1', viewers: 0 },
  ]),
];
const graphOf = (
  nodes: readonly NodeView[],
  cascades: readonly CascadeView[] = [],
  unfolded: string[] = [],
) => topologyGraph({ nodes, streams: STREAMS, cascades, unfolded: new Set(unfolded) });

describe('topologyGraph', () => {
  it('groups nodes by site and counts publishers and viewers, relays apart', () => {
    const { sites, links } = graphOf(FEW, RELAYS);
    expect(sites.map(({ site, cards }) => [site, ...cards.map(({ title }) => title)])).toEqual([
      ['Cloud', 'cloud-1'],
      ['Yard', 'edge-1', 'edge-2'],
      ['', 'lost'],
    ]);
    const [cloud, edge] = [sites[0]?.cards[0], sites[1]?.cards[0]];
    expect(cloud).toMatchObject({ publisherCount: 0, viewerCount: 5, watchedBps: 500 });
    expect(edge).toMatchObject({ publisherCount: 2, publishedBps: 200, viewerCount: 2 });
    expect([cloud?.streams, edge?.streams]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(links).toEqual([
      { from: 'node:edge-1', to: 'node:cloud-1', streams: ['a', 'b'], bitrateBps: 100, isStale: false },
    ]);
  });

  it('shows relays of nodes that do not answer as stale, and those that lead elsewhere', () => {
    const { sites, links } = graphOf(FEW, [relay('a', 'edge-2', 'cloud-1'), relay('a', null, 'edge-1')]);
    expect(links.map(({ bitrateBps, from, isStale }) => [from, isStale, bitrateBps])).toEqual([
      ['node:edge-2', true, 0],
      [OUTSIDE, false, 50],
    ]);
    expect(sites.at(-1)?.cards[0]?.key).toBe(OUTSIDE);
  });

  it('folds the sites of a large cluster, with what is wrong in them', () => {
    const nodes = Array.from({ length: 1000 }, (_, i) =>
      nodeOf(`n${i}`, `site ${i % 4}`, i === 8 ? 'down' : 'up'),
    );
    const links = [relay('a', 'n0', 'n1'), relay('b', 'n4', 'n5'), relay('c', 'n0', 'n4')];
    const folded = graphOf(nodes, links);
    expect(folded.sites).toHaveLength(4);
    expect(folded.sites[0]?.cards).toMatchObject([{ title: '250 nodes', silentCount: 1, state: 'down' }]);
    expect(folded.links).toMatchObject([{ from: 'rest:site 0', to: 'rest:site 1', streams: ['a', 'b'] }]);
    const open = graphOf(nodes, links, ['site 0']);
    expect(open.sites[0]?.cards).toHaveLength(61);
    expect(open.sites[0]?.cards[0]?.title).toBe('n8');
    expect(open.sites[0]?.cards.at(-1)?.title).toBe('190 more');
  });
});

describe('layoutTopology', () => {
  it('puts who gets relays at the right of who sends them, with the label between', () => {
    const layout = layoutTopology(graphOf(FEW, RELAYS), 900);
    const at = (key: string) => layout.cards.find(({ card }) => card.key === key)!;
    const [edge, cloud, link] = [at('node:edge-1'), at('node:cloud-1'), layout.links[0]!];
    expect(cloud.xPx).toBeGreaterThan(edge.xPx + edge.widthPx + 2 * SIDE_PX);
    expect(cloud.xPx + cloud.widthPx + SIDE_PX).toBeLessThanOrEqual(900);
    expect(link.tip).toMatchObject({ xPx: cloud.xPx, isLeftward: false });
    expect(link.labelXPx).toBeGreaterThan(edge.xPx + edge.widthPx);
    expect(link.labelXPx).toBeLessThan(cloud.xPx);
  });

  it('lets no cards, sites or labels overlap, with 40 nodes and on a narrow map', () => {
    const nodes = Array.from({ length: 40 }, (_, i) => nodeOf(`n${i}`, `site ${i % 6}`));
    const relays = Array.from({ length: 12 }, (_, i) => relay(`s${i}`, `n${i}`, `n${(i * 7 + 1) % 40}`));
    for (const layout of [
      layoutTopology(graphOf(nodes, relays), 600),
      layoutTopology(graphOf(nodes), 1400),
    ]) {
      for (const boxes of [layout.cards, layout.sites]) {
        for (const a of boxes) {
          expect(a.xPx).toBeGreaterThanOrEqual(SIDE_PX);
          expect(a.xPx + a.widthPx + SIDE_PX).toBeLessThanOrEqual(layout.widthPx);
          expect(a.yPx + a.heightPx).toBeLessThanOrEqual(layout.heightPx);
          const over = boxes.filter(
            (b) =>
              b !== a &&
              b.xPx < a.xPx + a.widthPx &&
              a.xPx < b.xPx + b.widthPx &&
              b.yPx < a.yPx + a.heightPx &&
              a.yPx < b.yPx + b.heightPx,
          );
          expect(over).toEqual([]);
        }
      }
      const labels = layout.links.map(({ labelXPx, labelYPx }) => `${labelXPx}:${labelYPx}`);
      expect(new Set(labels).size).toBe(labels.length);
      expect(layout.heightPx).toBeLessThan(1500);
    }
  });

  it('draws relays within a site at its side, and turns back where it has to', () => {
    const nodes = [nodeOf('a', 'One'), nodeOf('b', 'One'), nodeOf('c', 'Two')];
    const { links, cards } = layoutTopology(
      graphOf(nodes, [
        relay('x', 'a', 'b'),
        relay('y', 'a', 'c'),
        relay('z', 'b', 'c'),
        relay('w', 'c', 'a'),
      ]),
      1000,
    );
    const right = (key: string) =>
      cards.filter(({ card }) => card.key === key).map((c) => c.xPx + c.widthPx)[0];
    const tips = new Map(links.map(({ link, tip }) => [link.streams[0], tip]));
    expect(tips.get('x')).toMatchObject({ xPx: right('node:b'), isLeftward: true });
    expect(tips.get('w')).toMatchObject({ xPx: right('node:a'), isLeftward: true });
    expect(tips.get('y')?.isLeftward).toBe(false);
  });
});

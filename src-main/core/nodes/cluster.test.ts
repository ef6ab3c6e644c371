import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import type { NodeState } from '../../../src-shared/model/node-view.ts';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import type { NodeFault } from '../../demo/fake-node/node-faults.ts';
import { type FakeNodeOptions, GENERATIONS } from '../../demo/fake-node/node-options.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { Cluster } from './cluster.ts';
import type { NodeSnapshot } from './node-watcher.ts';

/** The watcher against simulated nodes over real HTTP. */

let closing: { close(): Promise<void> | void }[];
let cluster: Cluster;

beforeEach(() => {
  closing = [];
  cluster = startCluster(30);
});
afterEach(async () => {
  for (const each of closing) await each.close();
});

function startCluster(pollIntervalMs: number): Cluster {
  const started = new Cluster({
    clock: systemClock,
    logger: silentLogger,
    activity: { isRecording: () => false },
    pollIntervalMs,
    callTimeoutMs: 900,
  });
  closing.push(started);
  return started;
}

async function start(options: Partial<FakeNodeOptions> = {}): Promise<FakeNode> {
  const node = await createFakeNode({ generation: 'head', connectDelayMs: 0, ...options });
  closing.push(node);
  return node;
}

function watch(node: FakeNode, alias = 'n1', more: { mode?: 'poll' | 'sse'; token?: string } = {}) {
  return cluster.add({ alias, url: node.url, token: '', mode: 'poll', site: '', origin: 'config', ...more });
}

const snapshot = (alias = 'n1') => cluster.snapshot(alias) as NodeSnapshot;
const poll = (read: () => unknown, timeout = 8000) => expect.poll(read, { timeout, interval: 20 });
const stateIs = (state: NodeState, timeout?: number, alias?: string) =>
  poll(() => snapshot(alias).health.state, timeout).toBe(state);
/** One node of each generation. */
const startAll = () => Promise.all(GENERATIONS.map((generation) => start({ generation })));
const forAll = (
  nodes: readonly FakeNode[],
  work: (node: FakeNode, generation: FakeNode['generation']) => Promise<void>,
) => Promise.all(nodes.map((node) => work(node, node.generation)));
const CAMERA = { codecs: ['h264', 'opus'], bitrateBps: 1_000_000 };

describe.each(GENERATIONS)('a node of generation %s', (generation) => {
  it.each(['poll', 'sse'] as const)('is told apart and followed by %s', async (mode) => {
    const node = await start({ generation, hasCascade: true });
    node.publish('cam1', CAMERA);
    await watch(node, 'n1', { mode });
    await poll(() => snapshot().identity?.generation).toBe(generation);
    await poll(() => snapshot().strategy?.each_stream_max_sub).toBe(65535);
    await poll(() => cluster.mergedStreams().map((stream) => stream.id)).toEqual(['cam1']);
    node.publish('cam2', CAMERA);
    await poll(() => JSON.parse(cluster.streamsText.read().bytes.toString()).length).toBe(2);
    node.unpublish('cam1', { isClean: true });
    await poll(() => cluster.streamViews().map((view) => view.id)).toEqual(['cam2']);
    expect(snapshot().health).toMatchObject({ state: 'up', reason: null });
  });
});

describe('a fault', () => {
  it.each<[NodeFault, NodeState, string]>([
    [{ kind: 'refuse' }, 'down', 'refused'],
    [{ kind: 'hang' }, 'down', 'No answer within'],
    [{ kind: 'status500' }, 'down', 'answers 500'],
    [{ kind: 'half' }, 'down', 'breaks'],
    [{ kind: 'wrongJson' }, 'down', 'not as a live777 node'],
    [{ kind: 'unauthorized' }, 'auth-failed', 'refuses our token'],
  ])(
    '%j makes a node of any generation %s, its streams stale, and it comes back',
    async (fault, state, words) => {
      const nodes = await startAll();
      await forAll(nodes, async (node, generation) => {
        node.publish(`cam of ${generation}`, CAMERA);
        await watch(node, generation);
        const view = () => cluster.streamViews().find(({ id }) => id === `cam of ${generation}`);
        await poll(() => view()?.isLive).toBe(true);

        await node.setFault(fault);
        await stateIs(state, 8000, generation);
        expect(snapshot(generation).health.reason).toContain(words);
        expect(view()).toMatchObject({ isLive: false, nodes: [{ isStale: true }] });
        expect(cluster.streamByNode(`cam of ${generation}`)).toEqual({});
        const shown = cluster.nodeViews().find(({ alias }) => alias === generation);
        expect(shown).toMatchObject({ streamCount: 0, bitrateInBps: 0 });
        expect(snapshot(generation).samples.at(-1)?.latencyMs).toBeNull();

        await node.setFault(undefined);
        if (state === 'auth-failed') return; // It is asked again only after half a minute.
        await stateIs('up', 20_000, generation);
        await poll(() => view()?.isLive).toBe(true);
      });
    },
    40_000,
  );

  it('that comes and goes is followed each time, in every generation', async () => {
    const nodes = await startAll();
    await forAll(nodes, async (node, generation) => {
      node.publish(`cam of ${generation}`, CAMERA);
      await watch(node, generation);
      await stateIs('up', 8000, generation);
      for (let round = 0; round < 3; round += 1) {
        await node.setFault({ kind: 'refuse' });
        await stateIs('down', 8000, generation);
        await node.setFault(undefined);
        await stateIs('up', 20_000, generation);
      }
      await poll(() => Object.keys(cluster.streamByNode(`cam of ${generation}`))).toEqual([generation]);
    });
  }, 60_000);

  it('of being late makes a node of any generation slow, not at the first time, and it stays usable', async () => {
    const nodes = await startAll();
    await forAll(nodes, async (node, generation) => {
      await watch(node, generation);
      await stateIs('up', 8000, generation);
      await node.setFault({ kind: 'slow', delayMs: 600 });
      await stateIs('slow', 12_000, generation);
      const late = snapshot(generation).samples.filter(({ latencyMs }) => (latencyMs ?? 0) > 500);
      expect(late.length).toBeGreaterThanOrEqual(3);
      const told = cluster.upstreamNodes().find(({ alias }) => alias === generation);
      expect(told?.status).toBe('running');
      await node.setFault(undefined);
      await stateIs('up', 8000, generation);
    });
  }, 40_000);

  it('of one node leaves the others alone', async () => {
    const [sick, well] = [await start(), await start()];
    await Promise.all([watch(sick, 'sick'), watch(well, 'well')]);
    await sick.setFault({ kind: 'hang' });
    well.publish('cam1', CAMERA);
    await poll(() => cluster.mergedStreams().length).toBe(1);
    expect(snapshot('well').health.state).toBe('up');
  });

  it('during events is noticed, and events go on afterwards', async () => {
    const node = await start();
    node.publish('cam1', CAMERA);
    await watch(node, 'n1', { mode: 'sse' });
    await poll(() => cluster.mergedStreams().length).toBe(1);
    await node.setFault({ kind: 'refuse' });
    await stateIs('down');
    await node.setFault(undefined);
    await stateIs('up', 20_000);
    node.publish('cam2', CAMERA);
    await poll(() => cluster.mergedStreams().length).toBe(2);
  });
});

it('sees by events who comes, and by itself that they are connected, in every generation', async () => {
  const nodes = await Promise.all(
    GENERATIONS.map((generation) => start({ generation, connectDelayMs: 1500 })),
  );
  const pollSeldom = startCluster(60_000);
  await forAll(nodes, async (node, generation) => {
    const { url } = node;
    await pollSeldom.add({ alias: generation, url, token: '', mode: 'sse', site: '', origin: 'config' });
    await poll(() => pollSeldom.snapshot(generation)?.identity).not.toBeNull();
    const headers = { 'content-type': 'application/sdp' };
    const offer = { method: 'POST', headers, body: capturedOffer('whip/cam1') };
    const id = `cam-${generation}`;
    expect((await fetch(`${url}/whip/${id}`, offer)).status).toBe(201);
    const view = () => pollSeldom.streamViews().find((each) => each.id === id);
    await poll(() => view()?.isLive).toBe(true);
    expect(view()?.codecs.length).toBeGreaterThan(0);
  });
}, 20_000);

it('counts neither a node that pulls as a viewer nor what it relays as published again', async () => {
  const [a, b] = [await start({ hasCascade: true }), await start({ hasCascade: true })];
  await Promise.all([watch(a, 'a'), watch(b, 'b')]);
  a.publish('cam1', CAMERA);
  a.viewers('cam1', 2);
  const view = () => cluster.streamViews().find(({ id }) => id === 'cam1');
  await poll(() => view()?.viewerCount).toBe(2);
  const reply = await fetch(`${b.url}/api/cascade/cam1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sourceUrl: `${a.url}/whep/cam1` }),
  });
  expect(reply.status).toBe(200);
  await poll(() => view()?.nodes.map(({ hasPublisher }) => hasPublisher)).toEqual([true, true]);
  await poll(() => view()?.nodes.every(({ bitrateInBps }) => bitrateInBps > 0), 12_000).toBe(true);
  expect(snapshot('a').load.viewerCount).toBe(3);
  expect(view()).toMatchObject({ viewerCount: 2, nodes: [{ viewerCount: 2 }, { viewerCount: 0 }] });
  expect(view()?.bitrateInBps).toBe(view()?.nodes[0]?.bitrateInBps);
  expect(cluster.nodeViews().map(({ viewerCount }) => viewerCount)).toEqual([2, 0]);
  await poll(() => snapshot('a').samples.at(-1)?.viewerCount).toBe(2);

  await fetch(`${b.url}/api/streams/cam1`, { method: 'DELETE' });
  await poll(() => view()?.nodes.length).toBe(1);
  a.viewers('cam1', 5);
  await poll(() => cluster.nodeViews()[0]?.viewerCount).toBe(5);
}, 30_000);

it('calls a stream live while its publisher sends, at the target of a push too', async () => {
  const [a, b] = [await start({ hasCascade: true }), await start({ hasCascade: true })];
  await Promise.all([watch(a, 'a'), watch(b, 'b')]);
  a.publish('cam1', CAMERA);
  const view = () => cluster.streamViews().find(({ id }) => id === 'cam1');
  await poll(() => view()?.isLive).toBe(true);
  const reply = await fetch(`${a.url}/api/cascade/cam1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ targetUrl: `${b.url}/whip/cam1` }),
  });
  expect(reply.status).toBe(200);
  await poll(() => view()?.nodes.map(({ hasPublisher }) => hasPublisher)).toEqual([true, true]);
  await poll(() => snapshot('b').growth.get('cam1')?.bytes, 12_000).toBeGreaterThan(0);
  a.unpublish('cam1', { isClean: false });
  await poll(() => view()?.isLive, 20_000).toBe(false);
  // The node still says so: only that nothing comes tells.
  expect(snapshot('b').streams[0]?.publish.sessions[0]?.state).toBe('connected');
  expect(view()?.nodes.map(({ hasPublisher }) => hasPublisher)).toEqual([false, false]);
  const text = JSON.parse(cluster.viewsText.read().bytes.toString());
  // As JSON has it, which knows no -0.
  const views = { nodes: cluster.nodeViews(), streams: cluster.streamViews() };
  expect(text).toEqual(JSON.parse(JSON.stringify(views)));
}, 50_000);

it('shows only what a node has that was restarted with other streams, in every generation', async () => {
  const nodes = await startAll();
  await forAll(nodes, async (old, generation) => {
    old.publish(`before ${generation}`, CAMERA);
    await watch(old, generation);
    await poll(() => cluster.streamByNode(`before ${generation}`)).toHaveProperty([generation]);
    const port = Number(new URL(old.url).port);
    await old.close();
    const next = await start({ generation, port });
    next.publish(`after ${generation}`, CAMERA);
    await poll(() => cluster.streamByNode(`after ${generation}`), 20_000).toHaveProperty([generation]);
    expect(cluster.streamByNode(`before ${generation}`)).toEqual({});
  });
}, 40_000);

it('notices that a node was restarted as another version with other streams', async () => {
  const old = await start({ generation: 'v0.9.0' });
  old.publish('before', CAMERA);
  await watch(old);
  await poll(() => snapshot().identity?.generation).toBe('v0.9.0');
  const port = Number(new URL(old.url).port);
  await old.close();
  await stateIs('down');
  const next = await start({ generation: 'head', port, strategy: { each_stream_max_sub: 7 } });
  next.publish('after', CAMERA);
  await poll(() => snapshot().identity?.generation, 20_000).toBe('head');
  await poll(() => snapshot().strategy?.each_stream_max_sub).toBe(7);
  await poll(() => cluster.mergedStreams().map((stream) => stream.id)).toEqual(['after']);
});

it('keeps views as they are while nothing changes, and merges over nodes', async () => {
  const [a, b] = [await start({ generation: 'v0.9.0' }), await start({ generation: 'v0.9.0' })];
  for (const node of [a, b]) node.publish('both', CAMERA);
  a.publish('only-a', CAMERA);
  await Promise.all([watch(b, 'b'), watch(a, 'a')]);
  await poll(() => cluster.streamViews().map((view) => view.nodes.length)).toEqual([2, 1]);
  const before = cluster.streamViews();
  const polls = snapshot('a').samples.length;
  await poll(() => snapshot('a').samples.length).toBeGreaterThan(polls + 3);
  expect(cluster.streamViews()[0]).toBe(before[0]);
  expect(cluster.streamViews()[0]?.nodes.map((node) => node.alias)).toEqual(['a', 'b']);

  b.publish('only-b', CAMERA);
  await poll(() => cluster.streamViews().length).toBe(3);
  expect(cluster.streamViews()[0]).toBe(before[0]);
  expect(cluster.mergedStreams(['b']).map((stream) => stream.id)).toEqual(['both', 'only-b']);
  await cluster.remove('b');
  expect(cluster.mergedStreams().map((stream) => stream.id)).toEqual(['both', 'only-a']);
  expect(Object.keys(cluster.streamByNode('both'))).toEqual(['a']);
});

it('sends the right token and keeps a history of latency and load', async () => {
  const node = await start({ tokens: ['right'] });
  node.publish('cam1', CAMERA);
  node.viewers('cam1', 3);
  await watch(node, 'n1', { token: 'wrong' });
  await stateIs('auth-failed');
  await watch(node, 'n1', { token: 'right' });
  await stateIs('up');
  await poll(() => cluster.history('n1')?.at(-1)).toMatchObject({ viewerCount: 3 });
  expect(cluster.history('n1')?.at(-1)?.latencyMs).toBeTypeOf('number');
  expect(cluster.history('nobody')).toBeUndefined();
  // Many answers tell the offset well enough.
  await poll(() => cluster.history('n1')?.at(-1)?.clockOffsetMs).toBeTypeOf('number');
  expect(Math.abs(cluster.history('n1')?.at(-1)?.clockOffsetMs ?? 9999)).toBeLessThan(500);
  expect(snapshot().clockOffset?.maxMs).toBeGreaterThan(0);
});

import { describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import {
  closeAfter,
  fakeNode,
  offer,
  setUpRoutingBench,
  steer as steerNodes,
} from '../../../e2e/support/routing-bench.ts';
import type { RoutingCluster } from '../../../e2e/support/routing-cluster.ts';
import { type ScriptedNode, scriptedNode } from '../../../e2e/support/scripted-node.ts';
import type { FakeNode } from '../../demo/fake-node/fake-node.ts';

const OFFER = capturedOffer('whip/cam1');
const VIEW = capturedOffer('whep/cam1');
const CAMERA = { codecs: ['h264', 'opus'], bitrateBps: 1_000_000 };
/** So seldom that what is published during a test is never polled. */
const SELDOM_MS = 600_000;

setUpRoutingBench();

async function scripted(answer: Parameters<typeof scriptedNode>[0]): Promise<ScriptedNode> {
  const node = await scriptedNode(answer);
  closeAfter(() => node.close());
  return node;
}

function steer(nodes: Record<string, { url: string }>, pollIntervalMs = SELDOM_MS): Promise<RoutingCluster> {
  return steerNodes(
    Object.entries(nodes).map(([alias, { url }]) => ({ alias, url })),
    { pollIntervalMs },
  );
}

const openViewers = (node: FakeNode) =>
  node.streams.find('cam1')?.subscribers.filter((session) => session.isOpen).length ?? 0;

describe('a stream younger than a poll', () => {
  it.each(['push', 'v0.9.0', 'head'] as const)('is found by asking nodes of %s', async (generation) => {
    const [a, b] = [await fakeNode({ generation }), await fakeNode({ generation })];
    const { cluster, url } = await steer({ a, b });
    b.publish('cam1', CAMERA);
    expect(cluster.mergedStreams()).toEqual([]);
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(201);
    expect([openViewers(a), openViewers(b)]).toEqual([0, 1]);
    expect(Object.keys(cluster.streamByNode('cam1'))).toEqual(['b']);
  });

  it('is asked for once by many, and what is nowhere is not asked for again at once', async () => {
    const asked: string[] = [];
    const node = await scripted((request, response) => {
      asked.push(request.url ?? '');
      setTimeout(() => response.writeHead(404).end(), 50);
    });
    const { url } = await steer({ a: node });
    const replies = await Promise.all(Array.from({ length: 20 }, () => offer(`${url}/whep/cam1`, VIEW)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([404]));
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(404);
    expect(asked).toEqual(['/api/streams/cam1']);
  });

  it('is found although another node hangs, and a node that hangs holds nobody up for long', async () => {
    const [sick, well] = [await fakeNode(), await fakeNode()];
    const { url } = await steer({ sick, well });
    await sick.setFault({ kind: 'hang' });
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(404);
    well.publish('cam2', CAMERA);
    expect((await offer(`${url}/whep/cam2`, VIEW)).status).toBe(201);
  });
});

describe('a stream that has gone since its node was polled', () => {
  it('is played from another node that has it', async () => {
    const strategy = { auto_create_whep: false };
    const [a, b] = [await fakeNode({ strategy }), await fakeNode({ strategy })];
    for (const node of [a, b]) node.publish('cam1', CAMERA);
    const { until, cluster, url } = await steer({ a, b });
    await until(() => Object.keys(cluster.streamByNode('cam1')).length === 2);
    a.streams.remove('cam1');
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(201);
    expect(openViewers(b)).toBe(1);
    b.streams.remove('cam1');
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(404);
  });

  it('is known to be gone as soon as it was deleted, or its publisher ended, through the manager', async () => {
    const a = await fakeNode();
    for (const id of ['cam1', 'cam2']) a.publish(id, CAMERA);
    const { until, cluster, url } = await steer({ a });
    await until(() => cluster.mergedStreams().length === 2);
    const remove = (path: string) => fetch(url + path, { method: 'DELETE' });
    expect((await remove('/api/streams/cam1')).status).toBe(204);
    expect(cluster.mergedStreams()).toMatchObject([{ id: 'cam2' }]);
    const publisher = a.streams.find('cam2')?.publisher?.id;
    expect((await remove(`/api/nodes/a/streams/cam2/sessions/${publisher}`)).status).toBe(200);
    expect(cluster.mergedStreams()).toEqual([]);
  });
});

describe('a node that cannot be reached', () => {
  it('hands a viewer over to another that has the stream', async () => {
    const [a, b] = [await fakeNode(), await fakeNode()];
    for (const node of [a, b]) node.publish('cam1', CAMERA);
    // The first by alias is chosen.
    const { until, cluster, url } = await steer({ a, b });
    await until(() => Object.keys(cluster.streamByNode('cam1')).length === 2);
    await a.setFault({ kind: 'refuse' });
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(201);
    expect(openViewers(b)).toBe(1);
    await b.setFault({ kind: 'refuse' });
    const nowhere = await offer(`${url}/whep/cam1`, VIEW);
    expect([nowhere.status, await nowhere.text()]).toEqual([
      502,
      'Node b: The connection is refused: nothing listens there.',
    ]);
  });

  it('hands a publisher over, and one that refuses our token too', async () => {
    const [a, b, c] = [await fakeNode(), await fakeNode(), await fakeNode()];
    const { url } = await steer({ a, b, c });
    await a.setFault({ kind: 'refuse' });
    await b.setFault({ kind: 'unauthorized' });
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(201);
    expect(c.streams.find('cam1')?.publisher).toBeDefined();
  });

  it('behind a proxy hands viewers over, but not publishers', async () => {
    const a = await scripted((request, response) => {
      if (request.method === 'GET') return response.writeHead(404).end();
      return response.writeHead(502).end('bad gateway');
    });
    const b = await fakeNode();
    b.publish('cam1', CAMERA);
    const { cluster, url } = await steer({ a, b });
    cluster.noteStream('a', cluster.mergedStreams()[0]!);
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(201);
    const refused = await offer(`${url}/whip/cam2`, OFFER);
    expect([refused.status, await refused.text()]).toEqual([502, 'bad gateway']);
  });
});

it('does not hand over an offer that a node may have taken', async () => {
  const taken: string[] = [];
  const a = await scripted((request, response) => {
    if (request.method === 'GET') return response.writeHead(404).end();
    taken.push(request.url ?? '');
    return request.resume().on('end', () => response.destroy());
  });
  const b = await fakeNode();
  b.publish('cam1', CAMERA);
  const { cluster, url } = await steer({ a, b });
  cluster.noteStream('a', cluster.mergedStreams()[0]!);
  for (const [path, body] of [
    ['/whep/cam1', VIEW],
    ['/whip/cam2', OFFER],
  ] as const) {
    expect((await offer(url + path, body)).status).toBe(502);
  }
  expect(taken).toEqual(['/whep/cam1', '/whip/cam2']);
  expect(openViewers(b)).toBe(0);
});

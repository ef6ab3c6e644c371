import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { Cluster } from './cluster.ts';

/** Nodes whose polls answer and whose events cannot be followed. */

let closing: (() => Promise<unknown> | unknown)[];

beforeEach(() => {
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

const poll = (read: () => unknown) => expect.poll(read, { timeout: 15_000, interval: 20 });

/** Passes on to the node what `answer` does not take; gives the URL. */
async function startProxy(
  node: FakeNode,
  answer: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>,
): Promise<string> {
  const proxy = createServer(async (asked, response) => {
    if (await answer(asked, response)) return;
    const { headers, method, url } = asked;
    request(new URL(url ?? '/', node.url), { method, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    }).end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  closing.push(
    () => proxy.close(),
    () => proxy.closeAllConnections(),
  );
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

async function startNode(): Promise<FakeNode> {
  const node = await createFakeNode({ generation: 'head' });
  closing.push(() => node.close());
  return node;
}

/** A cluster of one node, whose events are followed. */
async function startCluster(url: string, pollIntervalMs: number): Promise<Cluster> {
  const cluster = new Cluster({
    clock: systemClock,
    logger: silentLogger,
    activity: { isRecording: () => false },
    pollIntervalMs,
  });
  closing.push(() => cluster.close());
  await cluster.add({ alias: 'a', url, token: '', mode: 'sse', site: '', origin: 'config' });
  return cluster;
}

/** A cluster that follows one node through a proxy that answers for its events. */
async function follow(answerEvents: (response: ServerResponse) => void) {
  const node = await startNode();
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 1_000_000 });
  const way = { connections: 0, isMended: false };
  const url = await startProxy(node, (asked, response) => {
    if (asked.url !== '/api/sse/streams' || way.isMended) return false;
    way.connections += 1;
    answerEvents(response);
    return true;
  });
  const cluster = await startCluster(url, 100);
  await poll(() => cluster.snapshot('a')?.health.state).toBe('up');
  await poll(() => cluster.streamIds()).toEqual(['cam1']);
  return { cluster, node, way };
}

it.each<[string, (response: ServerResponse) => void]>([
  ['ends at once', (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end()],
  ['is no list', (response) => response.writeHead(200).end('data: {"x":1}\n\n')],
  ['is not there', (response) => response.writeHead(404).end('not found')],
  ['brings one list and ends', (response) => response.writeHead(200).end('data: []\n\n')],
])('a node whose event stream %s is polled and stays up', async (_, answer) => {
  const { cluster, node, way } = await follow(answer);
  const states = new Set<string | undefined>();
  const stop = cluster.onDidChange(() => states.add(cluster.snapshot('a')?.health.state));
  await delay(4500);
  stop();
  expect([...states]).toEqual(['up']);
  // After about 1, 2 and 4 s: ever more seldom.
  expect(way.connections).toBeLessThanOrEqual(4);
  expect(cluster.nodeViews()[0]?.feedProblem).toMatch(/^Its event stream breaks, so it is polled instead\. /);
  node.publish('cam2', { codecs: ['h264'], bitrateBps: 1_000_000 });
  await poll(() => cluster.streamIds()).toEqual(['cam1', 'cam2']);
  expect(cluster.copies('cam2').map(({ isStale }) => isStale)).toEqual([false]);
});

it('takes the word back once events last', async () => {
  const { cluster, way } = await follow((response) => response.writeHead(503).end());
  await poll(() => cluster.snapshot('a')?.feedProblem).toContain('It answers 503 there.');
  way.isMended = true;
  await expect.poll(() => cluster.snapshot('a')?.feedProblem, { timeout: 40_000, interval: 100 }).toBeNull();
}, 45_000);

it('keeps what an event told while the first answer was looked into', async () => {
  const node = await startNode();
  let isAsked = false;
  let goOn = () => {};
  const isLookedInto = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // Whether the node is a manager is asked between its list and taking that over.
  const url = await startProxy(node, async (asked) => {
    if (asked.url === '/api/nodes/') {
      isAsked = true;
      await isLookedInto;
    }
    return false;
  });
  const cluster = await startCluster(url, 60_000);
  const streams = () => cluster.snapshot('a')?.streams.map(({ id }) => id);
  await poll(() => isAsked).toBe(true);
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 1_000_000 });
  await poll(streams).toEqual(['cam1']);
  goOn();
  await poll(() => cluster.snapshot('a')?.health.state).toBe('up');
  expect(streams()).toEqual(['cam1']);
});

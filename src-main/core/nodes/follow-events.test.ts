import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeNode } from '../../demo/fake-node/fake-node.ts';
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

/** A cluster that follows one node through a proxy that answers for its events. */
async function follow(answerEvents: (response: ServerResponse) => void) {
  const node = await createFakeNode({ generation: 'head' });
  closing.push(() => node.close());
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 1_000_000 });
  const way = { connections: 0, isMended: false };
  const proxy = createServer(({ headers, method, url }, response) => {
    if (url === '/api/sse/streams' && !way.isMended) {
      way.connections += 1;
      return answerEvents(response);
    }
    request(new URL(url ?? '/', node.url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  closing.push(
    () => proxy.close(),
    () => proxy.closeAllConnections(),
  );
  const cluster = new Cluster({
    clock: systemClock,
    logger: silentLogger,
    activity: { isRecording: () => false },
    pollIntervalMs: 100,
  });
  closing.push(() => cluster.close());
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  await cluster.add({ alias: 'a', url, token: '', mode: 'sse', site: '', origin: 'config' });
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

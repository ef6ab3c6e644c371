import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Database } from '../../src-main/core/db/database.ts';
import { createFakeNode, type FakeNode } from '../../src-main/demo/fake-node/fake-node.ts';
import type { FakeNodeOptions } from '../../src-main/demo/fake-node/node-options.ts';
import { type RoutingCluster, type RoutingClusterOptions, startRoutingCluster } from './routing-cluster.ts';
import { scriptedNode as startScriptedNode } from './scripted-node.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let test: TestDatabase;
let closing: (() => Promise<void> | void)[];

/** Sets up a database for the file that calls it, whose routes and relays are empty before each test. */
export function setUpRoutingBench(): void {
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    closing = [];
    await test.database.pool.query('truncate session_routes, cascades');
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
  });
}

export function database(): Database {
  return test.database;
}

/** Called at the end of the test, before what was given earlier. */
export function closeAfter(close: () => Promise<void> | void): void {
  closing.push(close);
}

/** A node of today until the test ends, whose sessions connect at once. */
export async function fakeNode(options: Partial<FakeNodeOptions> = {}): Promise<FakeNode> {
  const node = await createFakeNode({ generation: 'head', connectDelayMs: 0, ...options });
  closeAfter(() => node.close());
  return node;
}

/** A server in the place of a node that lets the test answer what is not asked about its state; gives its URL. */
export async function scriptedNode(answer: Parameters<typeof startScriptedNode>[0]): Promise<string> {
  const node = await startScriptedNode((request, response) =>
    request.method === 'GET' ? response.writeHead(404).end() : answer(request, response),
  );
  closeAfter(() => node.close());
  return node.url;
}

/** A cluster of these nodes, and the server that clients call, until the test ends. */
export async function steer(
  nodes: RoutingClusterOptions['nodes'],
  options: Partial<RoutingClusterOptions> = {},
): Promise<RoutingCluster> {
  const cluster = await startRoutingCluster({ database: test.database, nodes, ...options });
  closeAfter(() => cluster.close());
  return cluster;
}

/** Sends an SDP offer. */
export function offer(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/sdp', ...headers } });
}

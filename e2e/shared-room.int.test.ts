import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { capturedOffer } from './support/captured-offer.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** Two managers of one database place sessions as one would. */

const ROOM = 20;
const MEDIA = { codecs: ['h264', 'opus'], bitrateBps: 800_000 };
const poll = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 50 });

let database: TestDatabase;
let folders: string[];
let managers: Manager[];
let nodes: FakeNode[];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.database.pool.query('truncate session_routes, session_places, cascades, managers cascade');
  folders = [];
  managers = [];
  nodes = [];
});
afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.close()));
  await Promise.all(nodes.map((node) => node.close()));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

async function addNode(maxViewers: number, options: Parameters<typeof createFakeNode>[0] | object = {}) {
  const node = await createFakeNode({
    generation: 'head',
    strategy: { each_stream_max_sub: maxViewers },
    connectDelayMs: 50,
    ...options,
  });
  nodes.push(node);
}

async function startManagers(): Promise<void> {
  const toml = nodes.map(({ url }, i) => `[[nodes]]\nalias = "n${i}"\nurl = "${url}"`).join('\n');
  for (let i = 0; i < 2; i += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'liveman-room-'));
    folders.push(folder);
    managers.push(await createTestManager({ folder, databaseUrl: database.url, toml }));
  }
  for (const { url } of managers) {
    await poll(async () => ((await read(`${url}/api/managers`)) as { managers: [] }).managers.length).toBe(2);
    await poll(async () => ((await read(`${url}/api/status`)) as { nodesUp: number }).nodesUp).toBe(
      nodes.length,
    );
  }
}

async function read(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

function offer(url: string, body: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body });
}

/** Offers of `count` viewers at once, by turns at each manager. */
function watch(stream: string, count: number): Promise<Response[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) =>
      offer(`${managers[i % managers.length]!.url}/whep/${stream}`, capturedOffer('whep/cam1')),
    ),
  );
}

function viewers(node: FakeNode | undefined, stream = 'cam1'): number {
  const open = node?.streams.find(stream)?.subscribers.filter((each) => each.isOpen && !each.cascade);
  return open?.length ?? 0;
}

it('fills a node exactly and relays the stream once for all others', async () => {
  await addNode(ROOM);
  await addNode(1000);
  nodes[0]?.publish('cam1', MEDIA);
  await startManagers();
  const replies = await watch('cam1', 2 * ROOM);
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
  expect(nodes.map((node) => viewers(node))).toEqual([ROOM, ROOM]);
  const { rows } = await database.database.pool.query(
    'select source_alias, target_alias, state from cascades',
  );
  expect(rows).toEqual([{ source_alias: 'n0', target_alias: 'n1', state: 'running' }]);
}, 60_000);

it('has the place of a viewer who left over one manager for who comes over the other', async () => {
  await addNode(1);
  nodes[0]?.publish('cam1', MEDIA);
  await startManagers();
  const [first, second] = managers as [Manager, Manager];
  const view = ({ url }: Manager) => offer(`${url}/whep/cam1`, capturedOffer('whep/cam1'));
  const reply = await view(first);
  expect(reply.status).toBe(201);
  expect((await view(second)).status).toBe(503);
  expect(viewers(nodes[0])).toBe(1);
  await fetch(second.url + reply.headers.get('location'), { method: 'DELETE' });
  await poll(async () => (await view(second)).status).toBe(201);
  expect(viewers(nodes[0])).toBe(1);
}, 60_000);

it('places two first publishers of a stream, who come over two managers, on one node', async () => {
  for (let i = 0; i < 3; i += 1) await addNode(100);
  await startManagers();
  for (let round = 0; round < 5; round += 1) {
    const stream = `new${round}`;
    const replies = await Promise.all(
      managers.map(({ url }) => offer(`${url}/whip/${stream}`, capturedOffer('whip/cam1'))),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(nodes.filter((node) => node.streams.find(stream)?.publisher)).toHaveLength(1);
  }
}, 60_000);

it('places by its own knowledge when the database does not answer within a second', async () => {
  await addNode(ROOM);
  nodes[0]?.publish('cam1', MEDIA);
  await startManagers();
  const client = await database.database.pool.connect();
  try {
    await client.query('begin');
    await client.query('lock table session_places in access exclusive mode');
    const startMs = performance.now();
    const replies = await watch('cam1', 4);
    // A second of waiting, once for all, and what a busy machine needs besides.
    expect(performance.now() - startMs).toBeLessThan(4000);
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(viewers(nodes[0])).toBe(4);
  } finally {
    await client.query('rollback');
    client.release();
  }
}, 60_000);

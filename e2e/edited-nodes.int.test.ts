import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import type { CascadeView } from '../src-shared/contract/cascade-routes.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** Relays go by the alias and the URL of their nodes: what becomes of them when an operator changes these. */

const poll = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 50 });

let test: TestDatabase;
let folder: string;
let manager: Manager;
let nodes: FakeNode[];

beforeEach(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-edited-'));
  manager = await createTestManager({ folder, databaseUrl: test.url, toml: '' });
  nodes = [];
  for (const alias of ['a', 'b']) {
    const node = await createFakeNode({ generation: 'head', connectDelayMs: 0 });
    nodes.push(node);
    await call('POST', '/api/node-configs', { alias, url: node.url });
  }
  nodes[0]?.publish('cam1', { codecs: ['h264'], bitrateBps: 500_000 });
  await poll(async () => (await call('GET', '/api/streams/')).length).toBe(1);
  await poll(async () => (await call('GET', '/api/status')).nodesUp).toBe(2);
  await call('POST', '/api/cascades', { stream: 'cam1', source: 'a', target: 'b' });
});
afterEach(async () => {
  await manager?.close();
  await Promise.all(nodes.map((node) => node.close()));
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: unknown) {
  const reply = await fetch(manager.url + path, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(reply.status).toBe(200);
  return reply.json();
}

const relays = async (): Promise<CascadeView[]> => (await call('GET', '/api/cascades')).cascades;

it('takes a relay along when its node gets another alias', async () => {
  const [before] = await relays();
  expect(before).toMatchObject({ source: 'a', target: 'b', origin: 'operator', state: 'running' });
  await call('PUT', '/api/node-configs/b', { alias: 'far', url: nodes[1]?.url });
  await poll(relays).toMatchObject([{ source: 'a', target: 'far', origin: 'operator', state: 'running' }]);
  const { rows } = await test.database.pool.query('select id, source_alias, target_alias from cascades');
  expect(rows).toEqual([{ id: before?.id, source_alias: 'a', target_alias: 'far' }]);
  expect(nodes[1]?.streams.find('cam1')?.publisher?.state).toBe('connected');
});

it('ends a relay before its node gets another URL', async () => {
  const url = (nodes[1]?.url ?? '').replace('127.0.0.1', 'localhost');
  await call('PUT', '/api/node-configs/b', { alias: 'b', url });
  await poll(relays).toEqual([]);
  expect(nodes[1]?.streams.find('cam1')?.publisher).toBeUndefined();
  expect(nodes[0]?.streams.find('cam1')?.publisher?.state).toBe('connected');
});

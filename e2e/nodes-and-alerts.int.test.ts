import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Manager } from '../src-main/core/manager.ts';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import type { FakeNodeOptions } from '../src-main/demo/fake-node/node-options.ts';
import type { Alert } from '../src-shared/model/alert.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';
import { createTestManager } from './support/test-manager.ts';

/** A whole manager over HTTP: nodes added in the window, its events, metrics, alerts and webhooks. */

let test: TestDatabase;
let folder: string;
let closing: (() => Promise<unknown> | unknown)[];
let manager: Manager;

beforeEach(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-nodes-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

async function startNode(options: Partial<FakeNodeOptions> = {}): Promise<FakeNode> {
  const node = await createFakeNode({ generation: 'head', connectDelayMs: 0, ...options });
  closing.push(() => node.close());
  return node;
}

async function startManager(toml = ''): Promise<void> {
  manager = await createTestManager({ folder, databaseUrl: test.url, toml });
  closing.push(() => manager.close());
}

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(manager.url + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null,
  };
}
const poll = (read: () => unknown, timeout = 20_000) => expect.poll(read, { timeout, interval: 100 });
const stateOf = async (alias: string) =>
  (await call('GET', '/api/cluster')).json.nodes.find((node: { alias: string }) => node.alias === alias)
    ?.state;

it('adds, edits, moves and removes a node, which is watched at once and after a restart', async () => {
  const [first, second] = [await startNode({ tokens: ['sesame'] }), await startNode()];
  await startManager();
  const added = await call('POST', '/api/node-configs', {
    alias: 'edge 1',
    url: `${first.url}/`,
    token: 'sesame',
  });
  expect(added).toMatchObject({
    status: 200,
    json: {
      alias: 'edge 1',
      url: first.url,
      hasToken: true,
      origin: 'stored',
      isEditable: true,
      problem: null,
    },
  });
  await poll(() => stateOf('edge 1')).toBe('up');

  // Not in the reply, the list, the database or the clear text of any file.
  expect(added.text + (await call('GET', '/api/node-configs')).text).not.toContain('sesame');
  const { rows } = await test.database.pool.query('select nodes::text as row from nodes');
  expect(JSON.stringify(rows)).not.toContain('sesame');
  expect(await readFile(join(folder, 'secrets.sealed'), 'utf8')).not.toContain('sesame');

  // An absent token stays.
  expect(
    await call('PUT', '/api/node-configs/edge%201', { alias: 'edge 1', url: first.url, site: 'Oslo' }),
  ).toMatchObject({ status: 200, json: { site: 'Oslo', hasToken: true } });
  await poll(() => stateOf('edge 1')).toBe('up');

  await manager.close();
  await startManager();
  await poll(() => stateOf('edge 1')).toBe('up');

  const renamed = { alias: 'edge 2', url: second.url, token: '', mode: 'sse' };
  expect((await call('PUT', '/api/node-configs/edge%201', renamed)).status).toBe(200);
  await poll(() => stateOf('edge 2')).toBe('up');
  expect(await stateOf('edge 1')).toBeUndefined();
  expect(await call('DELETE', '/api/node-configs/edge%202')).toMatchObject({
    status: 200,
    json: { removed: true },
  });
  expect((await call('GET', '/api/nodes/')).json).toEqual([]);
  expect((await call('DELETE', '/api/node-configs/edge%202')).status).toBe(404);
});

it('refuses what is wrong, and leaves nodes of the file to the file', async () => {
  const node = await startNode();
  await startManager(`[[nodes]]\nalias = "fixed"\nurl = "${node.url}"\ntoken = "hidden"\n`);
  const url = node.url;
  for (const [body, status, field] of [
    [{ alias: '', url }, 400, 'alias'],
    [{ alias: 'x', url: 'http://u:p@h' }, 400, 'url'],
    [{ alias: 'fixed', url }, 409, 'alias'],
    [{ alias: 'again', url: `${url}/` }, 409, 'url'],
  ] as const) {
    expect(await call('POST', '/api/node-configs', body)).toMatchObject({
      status,
      json: { details: { field } },
    });
  }
  expect((await call('POST', '/api/node-configs', { url })).status).toBe(422);
  const edit = await call('PUT', '/api/node-configs/fixed', { alias: 'fixed', url });
  expect(edit).toMatchObject({ status: 409, json: { message: expect.stringContaining('liveman.toml') } });
  expect((await call('DELETE', '/api/node-configs/fixed')).status).toBe(409);
  const list = await call('GET', '/api/node-configs');
  expect(list.json.nodes).toMatchObject([{ alias: 'fixed', isEditable: false, hasToken: true }]);
  expect(list.text).not.toContain('hidden');

  // Two at once: one of them wins.
  const twin = { alias: 'twin', url: 'http://192.0.2.10:7777' };
  const both = await Promise.all([1, 2].map(() => call('POST', '/api/node-configs', twin)));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
});

it('tests a connection, and sends a stored token only to the host it belongs to', async () => {
  const node = await startNode({ tokens: ['sesame'] });
  await startManager();
  await call('POST', '/api/node-configs', { alias: 'edge', url: node.url, token: 'sesame' });
  expect((await call('POST', '/api/node-configs/test', { url: node.url, alias: 'edge' })).json.outcome).toBe(
    'ok',
  );
  expect((await call('POST', '/api/node-configs/test', { url: node.url })).json.outcome).toBe('unauthorized');
  let seen: string | undefined = 'nothing';
  const thief = createServer((request, response) => {
    seen = request.headers.authorization;
    response.end();
  });
  await new Promise<void>((done) => thief.listen(0, '127.0.0.1', done));
  closing.push(() => new Promise((done) => thief.close(done)));
  const url = `http://127.0.0.1:${(thief.address() as AddressInfo).port}`;
  expect((await call('POST', '/api/node-configs/test', { url, alias: 'edge' })).json.outcome).toBe(
    'not-a-node',
  );
  expect(seen).toBeUndefined();
  await call('POST', '/api/node-configs/test', { url: `${url}?token=sesame` });
  const log = await call('GET', '/api/audit?action=test+node');
  expect(log.json.entries).toHaveLength(4);
  expect(log.text).not.toContain('sesame');
});

it('takes no manager for a node, itself neither', async () => {
  const node = await startNode();
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 100_000 });
  await startManager();
  await call('POST', '/api/node-configs', { alias: 'edge', url: node.url, token: '' });
  await poll(() => stateOf('edge')).toBe('up');
  const url = manager.url.replace('127.0.0.1', 'localhost');
  expect((await call('POST', '/api/node-configs/test', { url })).json).toMatchObject({
    outcome: 'not-a-node',
    message: expect.stringContaining('It is a manager'),
  });
  const refused = {
    status: 400,
    json: {
      code: 'bad_request',
      message: expect.stringMatching(/cannot be added as a node\. It is a manager, not a live777 node/),
      details: { field: 'url' },
    },
  };
  expect(await call('POST', '/api/node-configs', { alias: 'self', url, token: '' })).toMatchObject(refused);
  expect(await call('PUT', '/api/node-configs/edge', { alias: 'edge', url })).toMatchObject(refused);
  const { nodes } = (await call('GET', '/api/node-configs')).json;
  expect(nodes).toMatchObject([{ alias: 'edge', url: node.url }]);
});

it('refuses a manager also where that wants another token', async () => {
  await startManager('[auth]\ntokens = ["of the operator"]\n');
  const reply = await fetch(`${manager.url}/api/node-configs`, {
    method: 'POST',
    headers: { authorization: 'Bearer of the operator', 'content-type': 'application/json' },
    body: JSON.stringify({ alias: 'self', url: manager.url, token: 'of a node' }),
  });
  expect(reply.status).toBe(400);
  expect(await reply.text()).toContain('It is a manager');
});

it('watches no manager that its file names as a node, itself neither', async () => {
  const node = await startNode();
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 100_000 });
  await startManager(`[[nodes]]\nalias = "edge"\nurl = "${node.url}"\n`);
  const first = manager;
  await poll(() => stateOf('edge')).toBe('up');
  const other = await createTestDatabase();
  closing.push(() => other.close());
  const otherFolder = await mkdtemp(join(tmpdir(), 'liveman-nodes-'));
  closing.push(() => rm(otherFolder, { recursive: true, force: true }));
  const urls = { poll: first.url, sse: first.url.replace('127.0.0.1', 'localhost') };
  const entries = Object.entries(urls).map(
    ([mode, url]) => `[[nodes]]\nalias = "${mode}"\nurl = "${url}"\nmode = "${mode}"\n`,
  );
  manager = await createTestManager({
    folder: otherFolder,
    databaseUrl: other.url,
    toml: entries.join('\n'),
  });
  const second = manager;
  closing.push(() => second.close());
  for (const mode of ['poll', 'sse']) await poll(() => stateOf(mode)).toBe('down');
  const { nodes, streams } = (await call('GET', '/api/cluster')).json;
  for (const each of nodes) {
    expect(each).toMatchObject({ reason: expect.stringContaining('It is a manager'), streamCount: 0 });
  }
  expect(streams).toEqual([]);
  expect((await call('GET', '/api/streams/')).json).toEqual([]);
});

it('sends the merged streams as a node does: at once, when they change, only those asked for', async () => {
  const node = await startNode();
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 1000 });
  await startManager(`[[nodes]]\nalias = "a"\nurl = "${node.url}"\nmode = "sse"\n`);
  await poll(async () => (await call('GET', '/api/streams/')).json.length).toBe(1);
  const stop = new AbortController();
  closing.push(() => stop.abort());
  const listen = async (query: string) => {
    const messages: { id: string }[][] = [];
    const response = await fetch(`${manager.url}/api/sse/streams${query}`, { signal: stop.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    void (async () => {
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true });
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) if (part.startsWith('data: ')) messages.push(JSON.parse(part.slice(6)));
      }
    })().catch(() => {});
    return messages;
  };
  const [all, one, none] = [
    await listen(''),
    await listen('?streams=cam2&streams=x'),
    await listen('?streams='),
  ];
  const last = (messages: { id: string }[][]) => messages.at(-1)?.map((stream) => stream.id);
  await poll(() => last(all)).toEqual(['cam1']);
  await poll(() => last(one)).toEqual([]);
  node.publish('cam2', { codecs: ['h264'], bitrateBps: 1000 });
  await poll(() => last(all)).toEqual(['cam1', 'cam2']);
  await poll(() => last(one)).toEqual(['cam2']);
  expect(none).toEqual([[]]);
});

it('ends the relays of a node that is removed, where their node can be told', async () => {
  const [a, b] = [await startNode(), await startNode()];
  await startManager();
  for (const [alias, { url }] of Object.entries({ a, b })) {
    expect((await call('POST', '/api/node-configs', { alias, url })).status).toBe(200);
    await poll(() => stateOf(alias)).toBe('up');
  }
  a.publish('cam1', { codecs: ['h264'], bitrateBps: 1_000_000 });
  const order = { stream: 'cam1', source: 'a', target: 'b', mode: 'push' };
  await poll(async () => (await call('POST', '/api/cascades', order)).status).toBe(200);
  expect(b.streams.find('cam1')?.publisher?.isOpen).toBe(true);
  expect((await call('DELETE', '/api/node-configs/b')).status).toBe(200);
  expect(a.streams.find('cam1')?.subscribers.filter((each) => each.isOpen)).toEqual([]);
  expect(b.streams.find('cam1')?.publisher ?? null).toBeNull();
  expect((await call('GET', '/api/cascades')).json.cascades).toEqual([]);
});

it('tells Prometheus of nodes, streams, database, storage and alerts, and nobody without a token', async () => {
  const node = await startNode();
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 1_000_000 });
  node.viewers('cam1', 2);
  await startManager(
    `[auth]\ntokens = ["top"]\n[[nodes]]\nalias = "a\\"b"\nurl = "${node.url}"\n[[nodes]]\nalias = "dead"\nurl = "http://127.0.0.1:9"\n`,
  );
  expect((await fetch(`${manager.url}/metrics`)).status).toBe(401);
  const scrape = async () =>
    (await fetch(`${manager.url}/metrics`, { headers: { authorization: 'Bearer top' } })).text();
  await poll(scrape).toContain('liveman_node_viewers{node="a\\"b"} 2');
  const text = await scrape();
  for (const line of [
    'liveman_node_up{node="a\\"b"} 1',
    'liveman_node_up{node="dead"} 0',
    'liveman_node_streams{node="a\\"b"} 1',
    'liveman_node_sessions{node="a\\"b"} 3',
    'liveman_streams_live 1',
    'liveman_nodes 2',
    'liveman_database_up 1',
    'liveman_ingest_segments_total 0',
    'liveman_alerts_open{kind="node-down"}',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/^liveman_storage_up\{storage=".+"\} 1$/m);
});

it('keeps the load of the cluster for windows that open later', async () => {
  const node = await startNode();
  node.publish('cam1', { codecs: ['h264'], bitrateBps: 100_000 });
  node.viewers('cam1', 3);
  await startManager(`[[nodes]]\nalias = "a"\nurl = "${node.url}"\n`);
  await poll(async () => (await call('GET', '/api/cluster/load')).json.samples.at(-1)).toMatchObject({
    liveStreams: 1,
    viewers: 3,
    bitrateOutBps: expect.any(Number),
    atMs: expect.any(Number),
  });
});

it('raises one alert for a node that dies, tells a webhook, is acknowledged, and closes it', async () => {
  const told: { event: string; alert: Alert }[] = [];
  const hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      told.push(JSON.parse(body));
      response.end();
    });
  });
  await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
  closing.push(() => new Promise((done) => hook.close(done)));
  const node = await startNode();
  await startManager(
    `[[nodes]]\nalias = "edge"\nurl = "${node.url}"\n[[alerts.webhooks]]\nurl = "http://127.0.0.1:${(hook.address() as AddressInfo).port}/x"\nkinds = ["node-down"]\n`,
  );
  await poll(() => stateOf('edge')).toBe('up');
  await node.setFault({ kind: 'refuse' });
  const read = async (query = '') => (await call('GET', `/api/alerts${query}`)).json;
  await poll(async () => (await read('?state=open&kind=node-down&object=edge')).totalCount, 30_000).toBe(1);
  const page = await read();
  expect(page).toMatchObject({ openCount: 1, unacknowledgedCount: 1, isComplete: true });
  expect(page.alerts[0]).toMatchObject({
    severity: 'critical',
    count: 1,
    object: { kind: 'node', name: 'edge' },
  });
  await poll(() => told.map(({ event }) => event)).toEqual(['opened']);

  const { id } = page.alerts[0];
  expect((await call('POST', `/api/alerts/${id}/acknowledge`)).json).toMatchObject({
    acknowledgedBy: 'local',
  });
  expect((await call('POST', '/api/alerts/nonsense/acknowledge')).status).toBe(404);
  await poll(async () => (await read()).unacknowledgedCount).toBe(0);

  // A restart goes on with the same alert.
  await manager.close();
  await startManager(`[[nodes]]\nalias = "edge"\nurl = "${node.url}"\n`);
  await poll(async () => (await read('?state=open')).alerts.map((alert: Alert) => alert.id)).toEqual([id]);
  await node.setFault(undefined);
  await poll(
    async () => (await read('?state=closed')).alerts.map((alert: Alert) => alert.id),
    45_000,
  ).toEqual([id]);
  expect((await read('?state=all&limit=1&offset=1')).alerts).toEqual([]);
}, 120_000);

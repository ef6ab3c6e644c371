import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import {
  type RoutingCluster,
  type RoutingClusterOptions,
  startRoutingCluster,
} from '../../../e2e/support/routing-cluster.ts';
import { scriptedNode as startScriptedNode } from '../../../e2e/support/scripted-node.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import type { NodeAnswer } from '../../../src-shared/contract/routing-routes.ts';
import { REPLY_POLICY } from '../../../src-shared/contract/window-policy.ts';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import type { FakeNodeOptions } from '../../demo/fake-node/node-options.ts';

const OFFER = capturedOffer('whip/cam1');
const VIEW = capturedOffer('whep/cam1');

let test: TestDatabase;
let closing: (() => Promise<void>)[];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  closing = [];
  await test.database.pool.query('truncate session_routes');
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function fakeNode(options: Partial<FakeNodeOptions> = {}): Promise<FakeNode> {
  const node = await createFakeNode({ generation: 'head', connectDelayMs: 0, ...options });
  closing.push(() => node.close());
  return node;
}

async function steer(
  nodes: RoutingClusterOptions['nodes'],
  options: Partial<RoutingClusterOptions> = {},
): Promise<RoutingCluster> {
  const cluster = await startRoutingCluster({ database: test.database, nodes, ...options });
  closing.push(() => cluster.close());
  return cluster;
}

/** A server in the place of a node that lets the test answer what is not asked about its state. */
async function scriptedNode(answer: Parameters<typeof startScriptedNode>[0]): Promise<string> {
  const node = await startScriptedNode((request, response) =>
    request.method === 'GET' ? response.writeHead(404).end() : answer(request, response),
  );
  closing.push(async () => node.close());
  return node.url;
}

function offer(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/sdp', ...headers } });
}

const SHORT = { limits: { offerMs: 300, sessionMs: 300 } };

describe('a node in trouble', () => {
  it('that refuses connections is told apart from one that hangs', async () => {
    const node = await fakeNode();
    const { freeze, url } = await steer([{ alias: 'a', url: node.url }], SHORT);
    freeze();
    await node.setFault({ kind: 'hang' });
    const hanging = await offer(`${url}/whip/cam1`, OFFER);
    expect(hanging.status).toBe(504);
    expect(await hanging.text()).toBe(
      'Node a: No answer within 0.3 s. It hangs, or a firewall drops the packets.',
    );
    await node.setFault({ kind: 'refuse' });
    const refused = await offer(`${url}/whip/cam1`, OFFER);
    expect(refused.status).toBe(502);
    expect(await refused.text()).toBe('Node a: The connection is refused: nothing listens there.');
  });

  it('is not chosen once it is known to be down', async () => {
    const [a, b] = await Promise.all([fakeNode(), fakeNode()]);
    a!.publish('cam1', { codecs: ['h264'], bitrateBps: 1000 });
    const { cluster, until, url } = await steer([
      { alias: 'a', url: a!.url },
      { alias: 'b', url: b!.url },
    ]);
    await until(() => cluster.mergedStreams().length > 0);
    await a!.setFault({ kind: 'refuse' });
    await until(() => cluster.mergedStreams().length === 0);
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(404);
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(201);
    expect(b!.streams.find('cam1')?.publisher).toBeDefined();
    await b!.setFault({ kind: 'refuse' });
    await until(() => cluster.snapshots().every(({ health }) => health.state === 'down'));
    expect((await offer(`${url}/whip/cam2`, OFFER)).status).toBe(503);
  });

  it('that is only slow still serves', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    await node.setFault({ kind: 'slow', delayMs: 700 });
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(201);
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(201);
  });

  it('that breaks off in the middle of an answer costs no session', async () => {
    let deleted: string | undefined;
    const nodeUrl = await scriptedNode((request, response) => {
      if (request.method === 'DELETE') {
        deleted = request.url;
        return response.writeHead(204).end();
      }
      response.writeHead(201, { location: '/session/cam1/lost-one', 'content-length': '100' });
      return response.write('v=0\r\n', () => response.destroy());
    });
    const { until, url } = await steer([{ alias: 'a', url: nodeUrl }]);
    const reply = await offer(`${url}/whip/cam1`, OFFER);
    expect(reply.status).toBe(502);
    await until(() => deleted === '/session/cam1/lost-one');
    // Its place is free again.
    expect((await offer(`${url}/whep/cam1`, VIEW)).status).toBe(404);
  });

  it('that refuses our token is our trouble, not one of the client', async () => {
    const node = await fakeNode({ tokens: ['right'] });
    const { url } = await steer([{ alias: 'a', url: node.url, token: 'wrong' }], { isSettled: false });
    for (const path of ['/api/whip/a/cam1', '/api/whep/a/cam1']) {
      const reply = await offer(url + path, OFFER);
      expect(reply.status).toBe(502);
      expect(await reply.text()).toContain('Node a: The node refuses our token (401).');
    }
  });

  it('that came back with other streams says so itself', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    const location = (await offer(`${url}/whip/cam1`, OFFER)).headers.get('location');
    node.streams.remove('cam1');
    node.publish('cam2', { codecs: ['h264'], bitrateBps: 1000 });
    const reply = await fetch(url + location, { method: 'DELETE' });
    expect([reply.status, await reply.text()]).toEqual([404, 'session not exists']);
  });
});

describe('what goes on to a node', () => {
  it('is the client’s request under our token, and comes back without the node’s own affairs', async () => {
    let seen: IncomingMessage['headers'] = {};
    const nodeUrl = await scriptedNode((request, response) => {
      seen = request.headers;
      request.resume().on('end', () => {
        response.writeHead(201, {
          'content-type': 'application/sdp',
          location: `${nodeUrl}/session/cam1/7`,
          link: '</session/cam1/7/layer>; rel="urn:ietf:params:whep:ext:core:layer"',
          'access-control-allow-origin': '*',
          'set-cookie': 'a=b',
          connection: 'keep-alive, x-hop',
          'x-hop': '1',
          'x-other': '2',
        });
        response.end('v=0\r\n');
      });
    });
    const { url } = await steer([{ alias: 'a', url: nodeUrl, token: 'of the node' }], { isCorsOn: true });
    const { hostname, port } = new URL(url);
    const request = httpRequest({
      hostname,
      port,
      path: '/whip/cam1',
      method: 'POST',
      headers: {
        'content-type': 'application/sdp',
        'x-liveman-desktop': 'of this test',
        cookie: 'session=secret',
        origin: 'https://elsewhere.example',
        connection: 'keep-alive, x-mine',
        'x-mine': '1',
        'x-client': '2',
      },
    });
    request.end(OFFER);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(seen).toEqual({
      authorization: 'Bearer of the node',
      connection: expect.any(String),
      'content-length': String(Buffer.byteLength(OFFER)),
      'content-type': 'application/sdp',
      host: new URL(nodeUrl).host,
      'x-client': '2',
    });
    expect(response.statusCode).toBe(201);
    expect(response.headers).toMatchObject({
      location: '/session/cam1/7',
      link: '</session/cam1/7/layer>; rel="urn:ietf:params:whep:ext:core:layer"',
      'x-other': '2',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': '*',
    });
    expect(response.rawHeaders.filter((name) => name.toLowerCase() === 'vary').length).toBe(1);
    for (const name of ['set-cookie', 'x-hop']) expect(response.headers).not.toHaveProperty(name);
  });

  it('comes back as text, whatever page the node would make of it', async () => {
    const nodeUrl = await scriptedNode((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(422, {
          'content-type': 'text/html',
          'content-disposition': 'inline; filename="x.html"',
          'content-security-policy': "default-src *; script-src 'unsafe-inline'",
          'x-content-type-options': 'sniff',
          refresh: '0; url=https://elsewhere.example',
          'clear-site-data': '"*"',
          'service-worker-allowed': '/',
        });
        response.end('<script>document.title = "mine"</script>');
      });
    });
    const { url } = await steer([{ alias: 'a', url: nodeUrl }]);
    for (const path of ['/whip/cam1', '/api/whip/a/cam1']) {
      const reply = await offer(url + path, OFFER);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([422, 'text/plain; charset=utf-8']);
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
      expect(reply.headers.get('content-security-policy')).toBe(REPLY_POLICY);
      for (const name of ['content-disposition', 'refresh', 'clear-site-data', 'service-worker-allowed']) {
        expect(reply.headers.get(name), name).toBeNull();
      }
    }
  });

  it('is nothing whose name would lead elsewhere on the node', async () => {
    const node = await fakeNode();
    const { hostname, port } = new URL((await steer([{ alias: 'a', url: node.url }])).url);
    for (const [method, path] of [
      ['POST', '/whip/..'],
      ['DELETE', '/session/cam1/%2e%2e'],
      ['DELETE', '/api/streams/.'],
    ]) {
      const request = httpRequest({
        hostname,
        port,
        path,
        method,
        headers: { 'x-liveman-desktop': 'of this test' },
      });
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      expect(response.statusCode).toBe(400);
    }
  });

  it('ends when the client goes', async () => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let gone = () => {};
    const isGone = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const nodeUrl = await scriptedNode((_, response) => {
      response.on('close', gone);
      asked();
    });
    const { url } = await steer([{ alias: 'a', url: nodeUrl }]);
    const leave = new AbortController();
    const reply = fetch(`${url}/whip/cam1`, { method: 'POST', body: OFFER, signal: leave.signal });
    await isAsked;
    leave.abort();
    await expect(reply).rejects.toThrow();
    await isGone;
  });

  it('is no session body beyond its limit', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    const location = (await offer(`${url}/whip/cam1`, OFFER)).headers.get('location');
    const reply = await fetch(url + location, {
      method: 'PATCH',
      headers: { 'content-type': 'application/trickle-ice-sdpfrag' },
      body: 'a=candidate:1\r\n'.repeat(10_000),
    });
    expect(reply.status).toBe(413);
  });
});

describe('the way to a session', () => {
  it('is found after a restart: in the table, and where that is empty by asking', async () => {
    const [a, b] = await Promise.all([fakeNode(), fakeNode()]);
    const nodes = [
      { alias: 'a', url: a!.url },
      { alias: 'b', url: b!.url },
    ];
    const before = await startRoutingCluster({ database: test.database, nodes });
    const paths: string[] = [];
    for (const path of ['/api/whip/b/cam1', '/api/whep/b/cam1', '/api/whep/b/cam1']) {
      paths.push(
        (await offer(before.url + path, path.includes('whip') ? OFFER : VIEW)).headers.get('location')!,
      );
    }
    await before.close();

    // So slow that it knows no streams yet.
    const fresh = () => steer(nodes, { isSettled: false, pollIntervalMs: 600_000 });
    const viewers = () => b!.streams.find('cam1')?.subscribers.filter((session) => session.isOpen).length;
    expect((await fetch((await fresh()).url + paths[1], { method: 'DELETE' })).status).toBe(204);
    expect(viewers()).toBe(1);
    await test.database.pool.query('truncate session_routes');
    const { url } = await fresh();
    expect((await fetch(url + paths[2], { method: 'DELETE' })).status).toBe(204);
    expect(viewers()).toBe(0);
    expect((await fetch(url + paths[0], { method: 'DELETE' })).status).toBe(204);
    expect(b!.streams.find('cam1')).toBeUndefined();
  });

  it('is found for publishers that came to the node directly', async () => {
    const node = await fakeNode();
    const session = (await offer(`${node.url}/whip/cam1`, OFFER)).headers.get('location');
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    expect((await fetch(url + session, { method: 'DELETE' })).status).toBe(204);
    expect(node.streams.find('cam1')).toBeUndefined();
  });

  it('does not exist for a session nobody has', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    const reply = await fetch(`${url}/session/cam1/nobody`, { method: 'PATCH', body: '' });
    expect([reply.status, await reply.text()]).toEqual([404, 'session not exists']);
  });
});

describe('streams', () => {
  const two = async () => {
    const [a, b] = await Promise.all([fakeNode(), fakeNode({ generation: 'v0.9.0' })]);
    const steered = await steer([
      { alias: 'a', url: a!.url },
      { alias: 'b', url: b!.url },
    ]);
    return { a: a!, b: b!, ...steered };
  };
  const call = (method: string, url: string) => fetch(url, { method });

  it('are made on one node and never twice', async () => {
    const { a, b, cluster, url } = await two();
    expect((await call('POST', `${url}/api/streams/cam1?nodes=b`)).status).toBe(204);
    expect([a, b].map((node) => node.streams.find('cam1') !== undefined)).toEqual([false, true]);
    // At once, and where a client has made it on the node itself a moment ago.
    expect(cluster.mergedStreams().map(({ id }) => id)).toEqual(['cam1']);
    await call('POST', `${a.url}/api/streams/cam3`);
    for (const stream of ['cam1', 'cam3']) {
      const again = await call('POST', `${url}/api/streams/${stream}`);
      expect([again.status, await again.text()]).toEqual([409, 'resource already exists']);
    }
    expect((await call('POST', `${url}/api/streams/cam2?nodes=x`)).status).toBe(503);
    const onNode = await call('POST', `${url}/api/nodes/b/streams/cam1`);
    expect((await onNode.json()) as NodeAnswer).toMatchObject({ alias: 'b', isDone: false, status: 409 });
  });

  it('are deleted also where no poll has shown them yet', async () => {
    const { a, b, url } = await two();
    await Promise.all([a, b].map((node) => call('POST', `${node.url}/api/streams/cam1`)));
    expect((await call('DELETE', `${url}/api/streams/cam1`)).status).toBe(204);
    expect([a, b].map((node) => node.streams.find('cam1'))).toEqual([undefined, undefined]);
  });

  it('are deleted everywhere, and each node’s answer is told', async () => {
    const { a, b, cluster, until, url } = await two();
    for (const node of [a, b]) node.publish('cam1', { codecs: ['h264'], bitrateBps: 1000 });
    await until(() => Object.keys(cluster.streamByNode('cam1')).length === 2);
    await b.setFault({ kind: 'status500' });
    const reply = await call('DELETE', `${url}/api/streams/cam1`);
    expect([reply.status, await reply.text()]).toEqual([502, 'Node b answers 500: boom']);
    expect(a.streams.find('cam1')).toBeUndefined();
    await b.setFault(undefined);
    const report = await call('POST', `${url}/api/cluster/streams/cam1/delete`);
    const { nodes } = (await report.json()) as { nodes: NodeAnswer[] };
    expect(nodes.find(({ alias }) => alias === 'b')).toMatchObject({ isDone: true, status: 204 });
    await until(() => cluster.mergedStreams().length === 0);
    const gone = await call('DELETE', `${url}/api/streams/cam1`);
    expect([gone.status, await gone.text()]).toEqual([404, 'resource not exists']);
  });

  it('lose a session that is kicked, and no other', async () => {
    const { a, routing, url } = await two();
    const ended: string[] = [];
    routing.streams.onDidEnd((stream) => ended.push(stream));
    a.publish('cam1', { codecs: ['h264'], bitrateBps: 1000 });
    a.viewers('cam1', 2);
    const [first, second] = a.streams.find('cam1')!.subscribers;
    const kicked = await call('DELETE', `${url}/api/nodes/a/streams/cam1/sessions/${first!.id}`);
    expect((await kicked.json()) as NodeAnswer).toEqual({
      alias: 'a',
      isDone: true,
      status: 204,
      message: 'Done.',
    });
    expect([first!.isOpen, second!.isOpen]).toEqual([false, true]);
    for (const path of [
      `a/streams/cam1/sessions/${first!.id}`,
      'a/streams/none/sessions/1',
      'x/streams/a/sessions/1',
    ]) {
      expect((await call('DELETE', `${url}/api/nodes/${path}`)).status).toBe(404);
    }
    expect(ended).toEqual([]);
    const publisher = a.streams.find('cam1')?.publisher?.id;
    await call('DELETE', `${url}/api/nodes/a/streams/cam1/sessions/${publisher}`);
    expect(ended).toEqual(['cam1']);
  });
});

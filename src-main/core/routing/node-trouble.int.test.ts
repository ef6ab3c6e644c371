import { describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import {
  database,
  fakeNode,
  offer,
  scriptedNode,
  setUpRoutingBench,
  steer,
} from '../../../e2e/support/routing-bench.ts';
import { startRoutingCluster } from '../../../e2e/support/routing-cluster.ts';
import type { NodeAnswer } from '../../../src-shared/contract/routing-routes.ts';

const OFFER = capturedOffer('whip/cam1');
const VIEW = capturedOffer('whep/cam1');

setUpRoutingBench();

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

  it.each([
    ['a publisher', '/whip/cam2', OFFER],
    ['a viewer', '/whep/cam1', VIEW],
  ])('that has not answered since the start is waited for by %s', async (_name, path, body) => {
    const node = await fakeNode();
    node.publish('cam1', { codecs: ['h264'], bitrateBps: 1000 });
    await node.setFault({ kind: 'slow', delayMs: 300 });
    const { cluster, url } = await steer([{ alias: 'a', url: node.url }], { isSettled: false });
    expect(cluster.snapshot('a')?.health.state).toBe('unknown');
    expect((await offer(url + path, body)).status).toBe(201);
  });

  it('that hangs since the start does not keep anybody waiting for long', async () => {
    const node = await fakeNode();
    await node.setFault({ kind: 'hang' });
    const { url } = await steer([{ alias: 'a', url: node.url }], { isSettled: false });
    expect((await offer(`${url}/whip/cam1`, OFFER)).status).toBe(503);
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

describe('the way to a session', () => {
  it('is found after a restart: in the table, and where that is empty by asking', async () => {
    const [a, b] = await Promise.all([fakeNode(), fakeNode()]);
    const nodes = [
      { alias: 'a', url: a!.url },
      { alias: 'b', url: b!.url },
    ];
    const before = await startRoutingCluster({ database: database(), nodes });
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
    await database().pool.query('truncate session_routes');
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

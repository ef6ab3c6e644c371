import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlertLog, quickCluster, until } from '../../../e2e/support/cascade-rig.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { Cluster } from '../nodes/cluster.ts';
import { CascadeService } from './cascade-service.ts';

// A relay that fails is taken back, whichever step it fails at.

const never = new AbortController().signal;
let test: TestDatabase;
let cluster: Cluster;
let alerts: AlertLog;
let closing: (() => Promise<unknown>)[];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test?.close());
beforeEach(async () => {
  await test.database.db.deleteFrom('cascades').execute();
  cluster = quickCluster();
  alerts = new AlertLog();
  closing = [() => cluster.close()];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

/** What stands between the manager and a node, and can lose its answers. */
interface Way {
  readonly url: string;
  /** Whether answers to orders for relays are lost, and nothing goes through after the first of them. */
  isLossy: boolean;
  isCut: boolean;
}

async function wayTo(node: FakeNode): Promise<Way> {
  const server = createServer((incoming, outgoing) => {
    if (way.isCut) return incoming.socket.destroy();
    const { headers, method, url } = incoming;
    const target = request(new URL(url ?? '/', node.url), { method, headers }, (answer) => {
      if (way.isLossy && url?.startsWith('/api/cascade/')) {
        way.isCut = true;
        answer.resume();
        return incoming.socket.destroy();
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    target.on('error', () => incoming.socket.destroy());
    incoming.pipe(target);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const way = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isLossy: false,
    isCut: false,
  };
  return way;
}

async function setUp(mode: 'push' | 'pull') {
  const a = await createFakeNode({ generation: 'head', connectDelayMs: 20 });
  const b = await createFakeNode({ generation: 'head', connectDelayMs: 20 });
  closing.push(() => Promise.all([a.close(), b.close()]));
  const way = await wayTo(mode === 'push' ? a : b);
  const urls = { a: mode === 'push' ? way.url : a.url, b: mode === 'pull' ? way.url : b.url };
  for (const [alias, url] of Object.entries(urls)) {
    await cluster.add({ alias, url, token: '', mode: 'poll', site: '', origin: 'config' });
  }
  a.publish('cam1', { codecs: ['h264'], bitrateBps: 800_000 });
  await until('both are seen', () => {
    const [first, second] = cluster.snapshots();
    return first?.streams.length === 1 && second?.health.state === 'up' && second.strategy !== null;
  });
  const cascades = new CascadeService({
    cluster,
    database: test.database,
    config: {
      mode,
      check_attempts: 1,
      check_tick_time: 50,
      maximum_idle_time: 60_000,
      close_other_sub: false,
    },
    alerts,
    clock: systemClock,
    logger: silentLogger,
  });
  closing.push(() => cascades.close());
  await cascades.upkeep.start();
  // Nodes of this version list the lost viewer that a pull was, as disconnected.
  const isClean = () =>
    !b.streams.find('cam1') &&
    !a.streams.find('cam1')?.subscribers.some((each) => each.isOpen && each.state === 'connected');
  return { a, b, way, cascades, isClean };
}

const ask = (cascades: CascadeService) => cascades.ensureRelay('cam1', { excluding: ['a'], signal: never });
const rowCount = async () => (await test.database.db.selectFrom('cascades').selectAll().execute()).length;

describe.each(['push', 'pull'] as const)('a relay by %s', (mode) => {
  it('whose order was taken but not answered is taken back once its node answers', async () => {
    const { a, cascades, isClean, way } = await setUp(mode);
    way.isLossy = true;
    await expect(ask(cascades)).rejects.toMatchObject({ code: 'node_unreachable' });
    // The node has made it nevertheless, and cannot be told.
    expect(way.isCut).toBe(true);
    expect(await rowCount()).toBe(1);
    expect(alerts.history).toEqual(['raised cascade-failed cam1']);
    Object.assign(way, { isLossy: false, isCut: false });
    await until('nothing is left', async () => isClean() && (await rowCount()) === 0, 20_000);
    expect(a.streams.find('cam1')?.publisher?.state).toBe('connected');
    const isKnown = () =>
      cluster.snapshot('a')?.health.state === 'up' && cluster.snapshot('b')?.streams.length === 0;
    await until('it is known', isKnown, 20_000);
    expect(await ask(cascades)).toBe('b');
  });

  it('whose node cannot be reached leaves nothing behind', async () => {
    const { cascades, isClean, way } = await setUp(mode);
    way.isCut = true;
    await expect(ask(cascades)).rejects.toMatchObject({ code: 'node_unreachable' });
    way.isCut = false;
    await until('nothing is left', async () => isClean() && (await rowCount()) === 0, 20_000);
  });

  it('whose link broke and stays listed is ended, and made anew for the next viewer', async () => {
    const { a, b, cascades } = await setUp(mode);
    expect(await ask(cascades)).toBe('b');
    b.viewers('cam1', 1);
    const lost = b.streams.find('cam1')?.publisher;
    if (lost) lost.state = 'disconnected';
    await until('it is ended', async () => (await rowCount()) === 0, 40_000);
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
    expect(a.streams.find('cam1')?.publisher?.state).toBe('connected');
    await until('it is known', () => !cluster.copies('cam1').some(({ alias }) => alias === 'b'));
    expect(await ask(cascades)).toBe('b');
  }, 60_000);
});

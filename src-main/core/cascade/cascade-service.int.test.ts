import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import type { FakeNodeOptions } from '../../demo/fake-node/node-options.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import type { Cluster } from '../nodes/cluster.ts';
import type { OwnCascade } from './cascade-rows.ts';
import { CascadeService } from './cascade-service.ts';
import { AlertLog, quickCluster, until } from './cascade-test-kit.ts';
import { relayKey } from './relay-links.ts';

type CascadeConfig = Config['cascade'];

const H264 = { codecs: ['h264', 'opus'], bitrateBps: 800_000 };
const never = new AbortController().signal;

let test: TestDatabase;
let cluster: Cluster;
let alerts: AlertLog;
const nodes: FakeNode[] = [];
const services: CascadeService[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test?.close());
beforeEach(async () => {
  await test.database.db.deleteFrom('cascades').execute();
  cluster = quickCluster();
  alerts = new AlertLog();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
  await cluster.close();
  await Promise.all(nodes.splice(0).map((node) => node.close()));
});

async function addNode(alias: string, options: Partial<FakeNodeOptions> = {}): Promise<FakeNode> {
  const tokens = [`token of ${alias}`];
  const node = await createFakeNode({ generation: 'head', tokens, connectDelayMs: 20, ...options });
  nodes.push(node);
  const token = options.tokens === undefined ? tokens[0]! : (options.tokens[0] ?? '');
  await cluster.add({ alias, url: node.url, token, mode: 'poll', site: '', origin: 'config' });
  await until(
    `${alias} is up`,
    () => snapshot(alias)?.health.state === 'up' && snapshot(alias)?.strategy !== null,
  );
  return node;
}

function snapshot(alias: string) {
  return cluster.snapshots().find((each) => each.node.alias === alias);
}

async function publish(node: FakeNode, alias: string, stream = 'cam1'): Promise<void> {
  node.publish(stream, H264);
  await until(
    'the publisher is seen',
    () => snapshot(alias)?.streams.some((each) => each.id === stream) ?? false,
  );
}

async function service(
  change: Partial<CascadeConfig> = {},
  isOthersWork: (cascade: OwnCascade) => boolean = () => false,
  managerId?: string,
): Promise<CascadeService> {
  const config: CascadeConfig = {
    mode: 'push',
    check_attempts: 5,
    check_tick_time: 50,
    maximum_idle_time: 60_000,
    close_other_sub: false,
    ...change,
  };
  const made = new CascadeService({
    cluster,
    database: test.database,
    config,
    alerts,
    clock: systemClock,
    logger: silentLogger,
    isOthersWork,
    ...(managerId === undefined ? {} : { managerId }),
  });
  services.push(made);
  await made.reload();
  await made.upkeep.start();
  return made;
}

const openViewers = (node: FakeNode, stream = 'cam1') =>
  node.streams.find(stream)?.subscribers.filter((each) => each.isOpen) ?? [];
const rows = () => test.database.db.selectFrom('cascades').selectAll().execute();

describe.each(['push', 'pull'] as const)('%s', (mode) => {
  it.each(['push', 'daily', 'v0.9.0', 'head'] as const)(
    'relays between nodes of the %s generation, each under its own token',
    async (generation) => {
      const a = await addNode('a', { generation });
      const b = await addNode('b', { generation });
      await publish(a, 'a');
      const cascades = await service({ mode });
      expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
      expect(b.streams.find('cam1')?.publisher?.state).toBe('connected');
      expect(await rows()).toMatchObject([
        { stream: 'cam1', source_alias: 'a', target_alias: 'b', mode, origin: 'viewers', state: 'running' },
      ]);
      await until('the relay is seen', () => cascades.list().length === 1);
      expect(cascades.list()).toMatchObject([
        { source: 'a', target: 'b', origin: 'viewers', state: 'running' },
      ]);
      expect([...cascades.relayTargets()]).toEqual([relayKey('b', 'cam1')]);
    },
  );

  it('works between nodes without authentication', async () => {
    const a = await addNode('a', { tokens: [] });
    await addNode('b', { tokens: [] });
    await publish(a, 'a');
    const cascades = await service({ mode });
    expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
  });

  it('makes one relay for a hundred who ask at once', async () => {
    const a = await addNode('a');
    await addNode('b');
    await addNode('c');
    await publish(a, 'a');
    const cascades = await service({ mode });
    const asked = Array.from({ length: 100 }, () =>
      cascades.ensureRelay('cam1', { excluding: ['a'], signal: never }),
    );
    const answers = new Set(await Promise.all(asked));
    expect([...answers]).toEqual(['b']);
    // Who comes with an older picture of the cluster is sent to the same relay.
    expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
    expect(openViewers(a)).toHaveLength(1);
    expect(await rows()).toHaveLength(1);
    expect(nodes[2]!.streams.find('cam1')).toBeUndefined();
  });

  it('is taken back when media do not arrive', async () => {
    const a = await addNode('a', { connectDelayMs: 60_000 });
    const b = await addNode('b', { connectDelayMs: 60_000 });
    await publish(a, 'a');
    const cascades = await service({ mode, check_attempts: 1 });
    await expect(cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).rejects.toMatchObject({
      code: 'node_timeout',
      message: expect.stringContaining('within 1 s'),
    });
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
    if (mode === 'push') expect(openViewers(a)).toHaveLength(0);
    expect(await rows()).toEqual([]);
    expect(alerts.history).toEqual(['raised cascade-failed cam1']);
  });

  it('ends when nobody has watched at the target for long enough', async () => {
    const a = await addNode('a');
    const b = await addNode('b');
    await publish(a, 'a');
    const cascades = await service({ mode, maximum_idle_time: 300 });
    await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never });
    b.viewers('cam1', 2);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(await rows()).toHaveLength(1);
    b.viewers('cam1', 1);
    // One that vanished stays in the list of today's nodes.
    for (const viewer of openViewers(b)) viewer.state = 'disconnected';
    await until('the relay has ended', async () => (await rows()).length === 0);
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
    expect(a.streams.find('cam1')?.publisher?.state).toBe('connected');
  });

  it('ends the other viewers of a full source without cutting the link', async () => {
    const a = await addNode('a');
    const b = await addNode('b');
    await publish(a, 'a');
    a.viewers('cam1', 5);
    const cascades = await service({ mode, close_other_sub: true });
    await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never });
    expect(openViewers(a)).toHaveLength(1);
    expect(openViewers(a)[0]?.details.isSimulated).toBeUndefined();
    expect(b.streams.find('cam1')?.publisher?.state).toBe('connected');
  });

  it('knows its relays after a restart and still ends them when idle', async () => {
    const a = await addNode('a');
    const b = await addNode('b');
    await publish(a, 'a');
    const before = await service({ mode });
    await before.ensureRelay('cam1', { excluding: ['a'], signal: never });
    await before.close();
    expect(await rows()).toHaveLength(1);

    const after = await service({ mode, maximum_idle_time: 300 });
    expect(after.list()).toMatchObject([{ origin: 'viewers', state: 'running', source: 'a', target: 'b' }]);
    await until('the relay has ended', async () => (await rows()).length === 0);
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
  });

  it('takes back what a crash left unfinished', async () => {
    const a = await addNode('a');
    const b = await addNode('b');
    await publish(a, 'a');
    const before = await service({ mode });
    await before.ensureRelay('cam1', { excluding: ['a'], signal: never });
    await before.close();
    await test.database.db.updateTable('cascades').set({ state: 'starting' }).execute();
    await service({ mode });
    await until('the row is gone', async () => (await rows()).length === 0);
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
  });

  it('shows relays that others made, and ends them only when told', async () => {
    const a = await addNode('a');
    const b = await addNode('b');
    await publish(a, 'a');
    const [caller, body] =
      mode === 'push'
        ? [a, { targetUrl: `${b.url}/whip/cam1`, token: 'Bearer token of b' }]
        : [b, { sourceUrl: `${a.url}/whep/cam1`, token: 'Bearer token of a' }];
    const response = await fetch(`${caller.url}/api/cascade/cam1`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer token of ${caller === a ? 'a' : 'b'}`,
      },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    const cascades = await service({ mode, maximum_idle_time: 50 });
    await until('the relay is seen', () => cascades.list().length === 1);
    const [view] = cascades.list();
    expect(view).toMatchObject({ origin: 'foreign', mode, source: 'a', target: 'b', stream: 'cam1' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(b.streams.find('cam1')?.publisher?.isOpen).toBe(true);
    await cascades.end(view!.id);
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
  });
});

describe('by hand', () => {
  it('relays where it is told, leaves it when idle, and ends it', async () => {
    const a = await addNode('a');
    await addNode('b');
    const c = await addNode('c');
    await publish(a, 'a', 'cam 3/ä');
    const cascades = await service({ maximum_idle_time: 50 });
    const view = await cascades.create({ stream: 'cam 3/ä', source: 'a', target: 'c', mode: 'pull' });
    expect(view).toMatchObject({
      origin: 'operator',
      source: 'a',
      target: 'c',
      mode: 'pull',
      state: 'running',
    });
    await expect(
      cascades.create({ stream: 'cam 3/ä', source: 'a', target: 'c', mode: 'push' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect(cascades.list()).toMatchObject([{ id: view.id, origin: 'operator', state: 'running' }]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await rows()).toHaveLength(1);
    await cascades.end(view.id);
    await until('the target is clean', () => !c.streams.find('cam 3/ä')?.publisher);
    expect(await rows()).toEqual([]);
    await expect(cascades.end(view.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says why it cannot be', async () => {
    const a = await addNode('a');
    await addNode('b', { strategy: { auto_create_whip: false } });
    await publish(a, 'a');
    const cascades = await service();
    const wanted = { stream: 'cam1', source: 'a', target: 'b' };
    await expect(cascades.create(wanted)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('auto_create_whip'),
    });
    await expect(cascades.create({ ...wanted, target: 'a' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(cascades.create({ ...wanted, target: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(cascades.create({ ...wanted, stream: 'other' })).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('choice and failure', () => {
  it('needs a node that does not hold the stream and answers', async () => {
    const a = await addNode('a');
    const b = await addNode('b');
    await publish(a, 'a');
    const cascades = await service();
    await b.setFault({ kind: 'refuse' });
    await until('b is down', () => snapshot('b')?.health.state === 'down');
    await expect(cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).rejects.toMatchObject({
      code: 'no_available_node',
    });
    await expect(cascades.ensureRelay('other', { excluding: [], signal: never })).rejects.toMatchObject({
      code: 'no_available_node',
      message: expect.stringContaining('Nobody publishes'),
    });
  });

  it('says what the node refused with, alarms, tries another target next, and resolves', async () => {
    const a = await addNode('a');
    await publish(a, 'a');
    const b = await addNode('b');
    const c = await addNode('c');
    const cascades = await service();
    await b.setFault({ kind: 'status500' });
    await expect(cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).rejects.toMatchObject({
      code: 'node_unreachable',
      message: expect.stringMatching(/^Node a: It answers 500: \[HTTP\] 500/),
    });
    await b.setFault(undefined);
    expect(alerts.open.get('cascade-failed cam1')).toMatch(/cam1 could not be relayed from a to b/);
    await until('b is up', () => snapshot('b')?.health.state === 'up');
    expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('c');
    expect(c.streams.find('cam1')?.publisher?.state).toBe('connected');
    expect(alerts.history).toEqual(['raised cascade-failed cam1', 'resolved cascade-failed cam1']);
  });

  it('lets one who gave up go without ending the relay for the others', async () => {
    const a = await addNode('a', { connectDelayMs: 300 });
    await addNode('b', { connectDelayMs: 300 });
    await publish(a, 'a');
    const cascades = await service();
    const giveUp = new AbortController();
    const first = cascades.ensureRelay('cam1', { excluding: ['a'], signal: giveUp.signal });
    const second = cascades.ensureRelay('cam1', { excluding: ['a'], signal: never });
    giveUp.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(await second).toBe('b');
  });

  it('goes on to a third node when the second is full', async () => {
    const a = await addNode('a');
    await addNode('b');
    await addNode('c');
    await publish(a, 'a');
    const cascades = await service();
    expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
    expect(await cascades.ensureRelay('cam1', { excluding: ['a', 'b'], signal: never })).toBe('c');
    expect(await rows()).toMatchObject([{ source_alias: 'a' }, { source_alias: 'a' }]);
  });
});

it('waits for the relay that another manager is making, and leaves it to that one', async () => {
  const a = await addNode('a');
  await addNode('b');
  a.publish('cam1', H264);
  await until('cam1 is known', () => snapshot('a')?.streams.some((each) => each.id === 'cam1') ?? false);
  const theirs = {
    id: '3b1f8a52-7c0e-4b8e-9d55-0a6f1c2d3e4f',
    stream: 'cam1',
    source_alias: 'a',
    target_alias: 'b',
    mode: 'push' as const,
    origin: 'viewers' as const,
    created_at: new Date(),
    manager_id: '3b1f8a52-7c0e-4b8e-9d55-0a6f1c2d3e40',
  };
  await test.database.db
    .insertInto('cascades')
    .values({ ...theirs, state: 'starting' })
    .execute();
  const made = await service({}, (cascade) => cascade.managerId === theirs.manager_id);
  const asked = made.ensureRelay('cam1', { excluding: ['a'], signal: AbortSignal.timeout(10_000) });
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await rows()).toMatchObject([{ id: theirs.id, state: 'starting' }]);
  await test.database.db.updateTable('cascades').set({ state: 'running' }).execute();
  await made.reload();
  expect(await asked).toBe('b');
  expect(await rows()).toHaveLength(1);
});

it('makes one relay for the viewers of two managers who ask at once', async () => {
  const a = await addNode('a');
  const targets = await Promise.all(['b', 'c', 'd'].map((alias) => addNode(alias)));
  const ids = [randomUUID(), randomUUID()];
  const managers = await Promise.all(
    ids.map((id) => service({}, ({ managerId }) => managerId !== null && managerId !== id, id)),
  );
  // Stands for the change that the database tells.
  const following = setInterval(() => {
    for (const manager of managers) manager.reload().catch(() => {});
  }, 50);
  try {
    for (let i = 0; i < 5; i += 1) {
      const stream = `cam${i}`;
      await publish(a, 'a', stream);
      const asked = managers.flatMap((manager) =>
        Array.from({ length: 5 }, () => manager.ensureRelay(stream, { excluding: ['a'], signal: never })),
      );
      const found = new Set(await Promise.all(asked));
      expect(found.size).toBe(1);
      expect(targets.filter((node) => node.streams.find(stream)?.publisher)).toHaveLength(1);
      const made = (await rows()).filter((row) => row.stream === stream);
      expect(made).toMatchObject([{ state: 'running' }]);
    }
  } finally {
    clearInterval(following);
  }
  expect(alerts.history).toEqual([]);
});

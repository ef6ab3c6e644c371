import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CascadeRig,
  createCascadeRig,
  never,
  openViewers,
  until,
} from '../../../e2e/support/cascade-rig.ts';
import { relayKey } from './relay-links.ts';

let rig: CascadeRig;

beforeAll(async () => {
  rig = await createCascadeRig();
});
afterAll(() => rig?.close());
beforeEach(() => rig.begin());
afterEach(() => rig.end());

describe.each(['push', 'pull'] as const)('%s', (mode) => {
  it.each(['push', 'daily', 'v0.9.0', 'head'] as const)(
    'relays between nodes of the %s generation, each under its own token',
    async (generation) => {
      const a = await rig.addNode('a', { generation });
      const b = await rig.addNode('b', { generation });
      await rig.publish(a, 'a');
      const cascades = await rig.service({ mode });
      expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
      expect(b.streams.find('cam1')?.publisher?.state).toBe('connected');
      expect(await rig.rows()).toMatchObject([
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
    const a = await rig.addNode('a', { tokens: [] });
    await rig.addNode('b', { tokens: [] });
    await rig.publish(a, 'a');
    const cascades = await rig.service({ mode });
    expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
  });

  it('makes one relay for a hundred who ask at once', async () => {
    const a = await rig.addNode('a');
    await rig.addNode('b');
    await rig.addNode('c');
    await rig.publish(a, 'a');
    const cascades = await rig.service({ mode });
    const asked = Array.from({ length: 100 }, () =>
      cascades.ensureRelay('cam1', { excluding: ['a'], signal: never }),
    );
    const answers = new Set(await Promise.all(asked));
    expect([...answers]).toEqual(['b']);
    // Who comes with an older picture of the cluster is sent to the same relay.
    expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
    expect(openViewers(a)).toHaveLength(1);
    expect(await rig.rows()).toHaveLength(1);
    expect(rig.nodes[2]!.streams.find('cam1')).toBeUndefined();
  });

  it('is taken back when media do not arrive', async () => {
    const a = await rig.addNode('a', { connectDelayMs: 60_000 });
    const b = await rig.addNode('b', { connectDelayMs: 60_000 });
    await rig.publish(a, 'a');
    const cascades = await rig.service({ mode, check_attempts: 1 });
    await expect(cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).rejects.toMatchObject({
      code: 'node_timeout',
      message: expect.stringContaining('within 1 s'),
    });
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
    if (mode === 'push') expect(openViewers(a)).toHaveLength(0);
    expect(await rig.rows()).toEqual([]);
    expect(rig.alerts.history).toEqual(['raised cascade-failed cam1']);
  });

  it('ends when nobody has watched at the target for long enough', async () => {
    const a = await rig.addNode('a');
    const b = await rig.addNode('b');
    await rig.publish(a, 'a');
    const cascades = await rig.service({ mode, maximum_idle_time: 300 });
    await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never });
    b.viewers('cam1', 2);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(await rig.rows()).toHaveLength(1);
    b.viewers('cam1', 1);
    // One that vanished stays in the list of today's nodes.
    for (const viewer of openViewers(b)) viewer.state = 'disconnected';
    await until('the relay has ended', async () => (await rig.rows()).length === 0);
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
    expect(a.streams.find('cam1')?.publisher?.state).toBe('connected');
  });

  it('ends the other viewers of a full source without cutting the link', async () => {
    const a = await rig.addNode('a');
    const b = await rig.addNode('b');
    await rig.publish(a, 'a');
    a.viewers('cam1', 5);
    const cascades = await rig.service({ mode, close_other_sub: true });
    await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never });
    expect(openViewers(a)).toHaveLength(1);
    expect(openViewers(a)[0]?.details.isSimulated).toBeUndefined();
    expect(b.streams.find('cam1')?.publisher?.state).toBe('connected');
  });

  it('knows its relays after a restart and still ends them when idle', async () => {
    const a = await rig.addNode('a');
    const b = await rig.addNode('b');
    await rig.publish(a, 'a');
    const before = await rig.service({ mode });
    await before.ensureRelay('cam1', { excluding: ['a'], signal: never });
    await before.close();
    expect(await rig.rows()).toHaveLength(1);

    const after = await rig.service({ mode, maximum_idle_time: 300 });
    expect(after.list()).toMatchObject([{ origin: 'viewers', state: 'running', source: 'a', target: 'b' }]);
    await until('the relay has ended', async () => (await rig.rows()).length === 0);
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
  });

  it('that ends leaves no copy in the lists, and the next viewer, who comes meanwhile, gets a new one', async () => {
    const a = await rig.addNode('a');
    const b = await rig.addNode('b');
    await rig.publish(a, 'a');
    const asked: string[] = [];
    // Its nodes are asked while the record still has the relay.
    const refresh = async (alias: string) => {
      asked.push(`${alias} of ${(await rig.rows()).length}`);
      const copy = rig.nodes[alias === 'a' ? 0 : 1]?.streams.find('cam1');
      if (!copy) rig.cluster.noteGone(alias, 'cam1');
    };
    const cascades = await rig.service({ mode }, { refresh });
    const viewer = () => cascades.ensureRelay('cam1', { excluding: ['a'], signal: never });
    await viewer();
    await until('the relay is seen', () => rig.snapshot('b')?.streams.length === 1);
    const [first] = cascades.list();
    const [, again] = await Promise.all([cascades.end(first?.id ?? ''), viewer()]);
    expect(again).toBe('b');
    expect(asked.sort()).toEqual(['a of 1', 'b of 1']);
    expect(b.streams.find('cam1')?.publisher?.state).toBe('connected');
    expect(await rig.rows()).toMatchObject([{ state: 'running' }]);
    expect((await rig.rows())[0]?.id).not.toBe(first?.id);
  });

  it('takes back what a crash left unfinished', async () => {
    const a = await rig.addNode('a');
    const b = await rig.addNode('b');
    await rig.publish(a, 'a');
    const before = await rig.service({ mode });
    await before.ensureRelay('cam1', { excluding: ['a'], signal: never });
    await before.close();
    await rig.database.db.updateTable('cascades').set({ state: 'starting' }).execute();
    await rig.service({ mode });
    await until('the row is gone', async () => (await rig.rows()).length === 0);
    await until('the target is clean', () => !b.streams.find('cam1')?.publisher);
  });

  it('shows relays that others made, and ends them only when told', async () => {
    const a = await rig.addNode('a');
    const b = await rig.addNode('b');
    await rig.publish(a, 'a');
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
    const cascades = await rig.service({ mode, maximum_idle_time: 50 });
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
    const a = await rig.addNode('a');
    await rig.addNode('b');
    const c = await rig.addNode('c');
    await rig.publish(a, 'a', 'cam 3/ä');
    const cascades = await rig.service({ maximum_idle_time: 50 });
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
    expect(await rig.rows()).toHaveLength(1);
    await cascades.end(view.id);
    await until('the target is clean', () => !c.streams.find('cam 3/ä')?.publisher);
    expect(await rig.rows()).toEqual([]);
    await expect(cascades.end(view.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says why it cannot be', async () => {
    const a = await rig.addNode('a');
    await rig.addNode('b', { strategy: { auto_create_whip: false } });
    await rig.publish(a, 'a');
    const cascades = await rig.service();
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
  it('shows a relay as stale, with the reason, while a node of it does not answer', async () => {
    const a = await rig.addNode('a');
    const b = await rig.addNode('b');
    await rig.publish(a, 'a');
    const cascades = await rig.service();
    await cascades.create({ stream: 'cam1', source: 'a', target: 'b' });
    expect(cascades.list()).toMatchObject([{ state: 'running', reason: null }]);
    b.viewers('cam1', 3);
    await until('they are seen', () => cascades.list()[0]?.viewerCount === 3);
    await b.setFault({ kind: 'refuse' });
    await until('b is down', () => rig.snapshot('b')?.health.state === 'down');
    expect(cascades.list()).toMatchObject([
      { state: 'stale', reason: expect.stringMatching(/^b: .*refused/), viewerCount: 3 },
    ]);
  });

  it('needs a node that does not hold the stream and answers', async () => {
    const a = await rig.addNode('a');
    const b = await rig.addNode('b');
    await rig.publish(a, 'a');
    const cascades = await rig.service();
    await b.setFault({ kind: 'refuse' });
    await until('b is down', () => rig.snapshot('b')?.health.state === 'down');
    await expect(cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).rejects.toMatchObject({
      code: 'no_available_node',
    });
    await expect(cascades.ensureRelay('other', { excluding: [], signal: never })).rejects.toMatchObject({
      code: 'no_available_node',
      message: expect.stringContaining('Nobody publishes'),
    });
  });

  it('says what the node refused with, alarms, tries another target next, and resolves', async () => {
    const a = await rig.addNode('a');
    await rig.publish(a, 'a');
    const b = await rig.addNode('b');
    const c = await rig.addNode('c');
    const cascades = await rig.service();
    await b.setFault({ kind: 'status500' });
    await expect(cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).rejects.toMatchObject({
      code: 'node_unreachable',
      message: expect.stringMatching(/^Node a: It answers 500: \[HTTP\] 500/),
    });
    await b.setFault(undefined);
    expect(rig.alerts.open.get('cascade-failed cam1')).toMatch(/cam1 could not be relayed from a to b/);
    await until('b is up', () => rig.snapshot('b')?.health.state === 'up');
    expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('c');
    expect(c.streams.find('cam1')?.publisher?.state).toBe('connected');
    expect(rig.alerts.history).toEqual(['raised cascade-failed cam1', 'resolved cascade-failed cam1']);
  });

  it('lets one who gave up go without ending the relay for the others', async () => {
    const a = await rig.addNode('a', { connectDelayMs: 300 });
    await rig.addNode('b', { connectDelayMs: 300 });
    await rig.publish(a, 'a');
    const cascades = await rig.service();
    const giveUp = new AbortController();
    const first = cascades.ensureRelay('cam1', { excluding: ['a'], signal: giveUp.signal });
    const second = cascades.ensureRelay('cam1', { excluding: ['a'], signal: never });
    giveUp.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(await second).toBe('b');
  });

  it('goes on to a third node when the second is full', async () => {
    const a = await rig.addNode('a');
    await rig.addNode('b');
    await rig.addNode('c');
    await rig.publish(a, 'a');
    const cascades = await rig.service();
    expect(await cascades.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
    expect(await cascades.ensureRelay('cam1', { excluding: ['a', 'b'], signal: never })).toBe('c');
    expect(await rig.rows()).toMatchObject([{ source_alias: 'a' }, { source_alias: 'a' }]);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type CascadeRig, createCascadeRig, never, until } from '../../../e2e/support/cascade-rig.ts';

// Several managers of one database relay a stream once, and know of it.

let rig: CascadeRig;

beforeAll(async () => {
  rig = await createCascadeRig();
});
afterAll(() => rig?.close());
beforeEach(() => rig.begin());
afterEach(() => rig.end());

it('waits for the relay that another manager is making, and leaves it to that one', async () => {
  const a = await rig.addNode('a');
  await rig.addNode('b');
  await rig.publish(a, 'a');
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
  await rig.database.db
    .insertInto('cascades')
    .values({ ...theirs, state: 'starting' })
    .execute();
  const made = await rig.service({}, { isOthersWork: ({ managerId }) => managerId === theirs.manager_id });
  const asked = made.ensureRelay('cam1', { excluding: ['a'], signal: AbortSignal.timeout(10_000) });
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await rig.rows()).toMatchObject([{ id: theirs.id, state: 'starting' }]);
  await rig.database.db.updateTable('cascades').set({ state: 'running' }).execute();
  await made.reload();
  expect(await asked).toBe('b');
  expect(await rig.rows()).toHaveLength(1);
});

it('makes one relay for the viewers of two managers who ask at once', async () => {
  const a = await rig.addNode('a');
  const targets = await Promise.all(['b', 'c', 'd'].map((alias) => rig.addNode(alias)));
  const ids = [randomUUID(), randomUUID()];
  const managers = await Promise.all(
    ids.map((id) =>
      rig.service(
        {},
        { managerId: id, isOthersWork: ({ managerId }) => managerId !== null && managerId !== id },
      ),
    ),
  );
  // Stands for the change that the database tells.
  const following = setInterval(() => {
    for (const manager of managers) manager.reload().catch(() => {});
  }, 50);
  try {
    for (let i = 0; i < 5; i += 1) {
      const stream = `cam${i}`;
      await rig.publish(a, 'a', stream);
      const asked = managers.flatMap((manager) =>
        Array.from({ length: 5 }, () => manager.ensureRelay(stream, { excluding: ['a'], signal: never })),
      );
      const found = new Set(await Promise.all(asked));
      expect(found.size).toBe(1);
      expect(targets.filter((node) => node.streams.find(stream)?.publisher)).toHaveLength(1);
      const made = (await rig.rows()).filter((row) => row.stream === stream);
      expect(made).toMatchObject([{ state: 'running' }]);
    }
  } finally {
    clearInterval(following);
  }
  expect(rig.alerts.history).toEqual([]);
});

it('does not keep viewers waiting for a database that hangs, and writes the relay down once it answers', async () => {
  const a = await rig.addNode('a');
  const b = await rig.addNode('b');
  await rig.publish(a, 'a');
  const made = await rig.service();
  const client = await rig.database.pool.connect();
  try {
    await client.query('begin');
    await client.query('lock table cascades in access exclusive mode');
    const startMs = performance.now();
    expect(await made.ensureRelay('cam1', { excluding: ['a'], signal: never })).toBe('b');
    // Asked, written before and after: a second each, and what a busy machine needs besides.
    expect(performance.now() - startMs).toBeLessThan(8000);
    expect(b.streams.find('cam1')?.publisher?.state).toBe('connected');
  } finally {
    await client.query('rollback');
    client.release();
  }
  await until('it is written', async () => (await rig.rows())[0]?.state === 'running');
  expect(await rig.rows()).toHaveLength(1);
});

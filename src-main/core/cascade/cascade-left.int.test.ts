import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CascadeRig, createCascadeRig, until } from '../../../e2e/support/cascade-rig.ts';
import { systemClock } from '../base/clock.ts';

// Relays of which a node is taken out of the cluster, or is killed for good.

/** Half a minute of looking passes in a second. */
const QUICK = { ...systemClock, monotonicMs: () => performance.now() * 30 };

let rig: CascadeRig;

beforeAll(async () => {
  rig = await createCascadeRig();
});
afterAll(() => rig?.close());
beforeEach(() => rig.begin());
afterEach(() => rig.end());

/** Nodes a and b with a relay between them, made by a manager that has ended since. */
async function relayed(mode: 'push' | 'pull') {
  const a = await rig.addNode('a');
  const b = await rig.addNode('b');
  await rig.publish(a, 'a');
  const before = await rig.service({ mode });
  await before.create({ stream: 'cam1', source: 'a', target: 'b' });
  await before.close();
  expect(await rig.rows()).toMatchObject([
    { source_url: a.url, target_url: b.url, peer_session: expect.any(String) },
  ]);
  const links = () =>
    (a.streams.find('cam1')?.subscribers ?? []).filter((each) => each.isOpen && each.state === 'connected');
  return { a, b, links };
}

it('ends an alert of an earlier run with the next relay of its stream, else after ten minutes', async () => {
  const a = await rig.addNode('a');
  await rig.addNode('b');
  await rig.publish(a, 'a');
  for (const name of ['cam1', 'cam2'])
    rig.alerts.raise('cascade-failed', { kind: 'stream', name }, 'It failed.');
  const openAlarms = () => [...rig.alerts.open.keys()].map((key) => key.split(' ')[1] ?? '');
  const hasty = { ...systemClock, monotonicMs: () => performance.now() * 200 };
  const cascades = await rig.service({ check_attempts: 900 }, { clock: hasty, openAlarms });
  await cascades.create({ stream: 'cam1', source: 'a', target: 'b' });
  expect(rig.alerts.history).toContain('resolved cascade-failed cam1');
  expect(openAlarms()).toEqual(['cam2']);
  await until('the other one ends', () => openAlarms().length === 0);
});

describe.each(['push', 'pull'] as const)('a relay by %s', (mode) => {
  it.each(['a', 'b'])('ends when %s is in liveman.toml no more', async (gone) => {
    const { a, b, links } = await relayed(mode);
    await until('it runs', () => links().length === 1);
    await rig.cluster.remove(gone);
    const after = await rig.service({}, { clock: QUICK });
    expect(after.list()).toMatchObject([
      { state: 'stale', reason: expect.stringContaining(`${gone} is not a node`) },
    ]);
    await until('it is ended', async () => (await rig.rows()).length === 0);
    // What the node that is left has of it; the other one is not called.
    const isEnded = gone === 'a' ? () => !b.streams.find('cam1')?.publisher : () => links().length === 0;
    await until('nothing is left', isEnded);
    expect(a.streams.find('cam1')?.publisher?.state).toBe('connected');
  });

  it('is left alone while another manager declares the node, or it is away for a moment', async () => {
    const { links } = await relayed(mode);
    await rig.cluster.remove('b');
    await rig.service({}, { clock: QUICK, isDeclaredElsewhere: (alias) => alias === 'b' });
    const patient = await rig.service();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await rig.rows()).toHaveLength(1);
    expect(patient.list()).toHaveLength(1);
    expect(links()).toHaveLength(1);
  });

  it('is forgotten when its target was killed and the source says that it has left', async () => {
    const { a, b, links } = await relayed(mode);
    const after = await rig.service({}, { clock: QUICK });
    await b.close();
    await until('b is down', () => rig.snapshot('b')?.health.state === 'down');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // As long as the source sends, only we do not reach the target.
    expect(after.list()).toMatchObject([{ state: 'stale' }]);
    for (const link of links()) link.state = 'disconnected';
    await until('it is forgotten', async () => (await rig.rows()).length === 0);
    expect(after.list().filter(({ origin }) => origin !== 'foreign')).toEqual([]);
    expect(a.streams.find('cam1')?.publisher?.state).toBe('connected');
  });
});

import { describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import {
  closeAfter,
  database,
  fakeNode,
  setUpRoutingBench,
  steer,
} from '../../../e2e/support/routing-bench.ts';
import type { RoutingCluster } from '../../../e2e/support/routing-cluster.ts';
import type { FakeNode } from '../../demo/fake-node/fake-node.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { CascadeService } from '../cascade/cascade-service.ts';

// What relays leave behind, and empty copies that nodes make for whoever asks, are never taken for the stream.

const VIEW = capturedOffer('whep/cam1');
/** Lists are as old as with real intervals of polling, compared with how fast viewers come. */
const POLL_MS = 2500;

let a: FakeNode;
let b: FakeNode;
let steered: RoutingCluster;
let cascades: CascadeService;

setUpRoutingBench();

/** Node a, which has room for `room` viewers and is published to, and node b. */
async function start(mode: 'push' | 'pull', room: number): Promise<void> {
  const nodes = await Promise.all(
    [room, 100].map((maxViewers) =>
      fakeNode({ connectDelayMs: 20, strategy: { each_stream_max_sub: maxViewers } }),
    ),
  );
  [a, b] = nodes as [FakeNode, FakeNode];
  a.publish('cam1', { codecs: ['h264', 'opus'], bitrateBps: 1_000_000 });
  const watchedNodes = [
    { alias: 'a', url: a.url },
    { alias: 'b', url: b.url },
  ];
  steered = await steer(watchedNodes, {
    pollIntervalMs: POLL_MS,
    createPlanner: (cluster) => {
      cascades = new CascadeService({
        cluster,
        database: database(),
        config: {
          mode,
          check_attempts: 5,
          check_tick_time: 60_000,
          maximum_idle_time: 60_000,
          close_other_sub: false,
        },
        alerts: { raise: () => {}, resolve: () => {} },
        refresh: (alias, stream, signal) => steered.routing.finder.refresh(alias, stream, signal),
        clock: systemClock,
        logger: silentLogger,
      });
      return cascades;
    },
  });
  closeAfter(() => cascades.close());
}

const post = (path: string, body: string) =>
  fetch(`${steered.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body });
const watch = async () => (await post('/whep/cam1', VIEW)).status;
const viewers = (node: FakeNode) =>
  node.streams.find('cam1')?.subscribers.filter((each) => each.isOpen && !each.cascade).length ?? 0;
const isFed = (node: FakeNode) => node.streams.find('cam1')?.publisher?.state === 'connected';

it('a node where somebody waits for the stream in vain is relayed to, and he gets it', async () => {
  await start('push', 1);
  await fetch(`${b.url}/whep/cam1`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp' },
    body: VIEW,
  });
  await steered.until(() => steered.cluster.copies('cam1').length === 2);
  expect(await watch()).toBe(201);
  expect([viewers(a), viewers(b)]).toEqual([1, 1]);
  expect(await watch()).toBe(201);
  expect([viewers(a), viewers(b), isFed(b)]).toEqual([1, 2, true]);
});

describe.each(['push', 'pull'] as const)('after a relay by %s', (mode) => {
  it('has ended, who comes at once gets a new one', async () => {
    await start(mode, mode === 'push' ? 1 : 2);
    a.viewers('cam1', 1);
    await steered.until(
      () => (steered.cluster.copies('cam1')[0]?.stream.subscribe.sessions.length ?? 0) === 1,
    );
    if (mode === 'pull') expect(await watch()).toBe(201);
    expect(await watch()).toBe(201);
    expect(isFed(b)).toBe(true);
    const [relay] = cascades.list();
    for (const each of b.streams.find('cam1')?.subscribers ?? []) each.end();
    await cascades.end(relay?.id ?? '');
    expect(await watch()).toBe(201);
    expect([isFed(b), viewers(b)]).toEqual([true, 1]);
  });

  it.each(['deleted', 'hung up'] as const)(
    'of a stream that was %s, viewers are sent to who is back',
    async (way) => {
      await start(mode, 5);
      await fetch(`${a.url}/api/streams/cam1`, { method: 'DELETE' });
      await steered.until(() => steered.cluster.copies('cam1').length === 0);
      const published = await post('/whip/cam1?nodes=a', capturedOffer('whip/cam1'));
      expect(published.status).toBe(201);
      const isConnected = () =>
        steered.cluster.copies('cam1')[0]?.stream.publish.sessions[0]?.state === 'connected';
      await steered.until(isConnected);
      await cascades.create({ stream: 'cam1', source: 'a', target: 'b' });
      await steered.until(() => steered.cluster.copies('cam1').length === 2);
      const path = way === 'deleted' ? '/api/streams/cam1' : (published.headers.get('location') ?? '');
      expect((await fetch(`${steered.url}${path}`, { method: 'DELETE' })).ok).toBe(true);
      expect((await post('/whip/cam1?nodes=a', capturedOffer('whip/cam1'))).status).toBe(201);
      for (let i = 0; i < 3; i += 1) expect(await watch()).toBe(201);
      expect([viewers(a), viewers(b)]).toEqual([3, 0]);
    },
  );

  it('whose publisher was lost and came back, viewers are sent to the publisher', async () => {
    await start(mode, 5);
    await cascades.create({ stream: 'cam1', source: 'a', target: 'b' });
    await steered.until(() => steered.cluster.copies('cam1').length === 2);
    const lost = a.streams.find('cam1')?.publisher;
    if (lost) lost.state = 'disconnected';
    expect((await post('/whip/cam1', capturedOffer('whip/cam1'))).status).toBe(201);
    expect(isFed(b)).toBe(false);
    for (let i = 0; i < 3; i += 1) expect(await watch()).toBe(201);
    expect([viewers(a), viewers(b)]).toEqual([3, 0]);
    expect(await database().db.selectFrom('cascades').selectAll().execute()).toEqual([]);
  });
});

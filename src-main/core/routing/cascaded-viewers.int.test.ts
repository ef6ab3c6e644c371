import { describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import {
  closeAfter,
  database,
  fakeNode,
  setUpRoutingBench,
  steer,
} from '../../../e2e/support/routing-bench.ts';
import type { FakeNode } from '../../demo/fake-node/fake-node.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { CascadeService } from '../cascade/cascade-service.ts';

const VIEW = capturedOffer('whep/cam1');
const VIEWER_COUNT = 100;

setUpRoutingBench();

function relayNode(alias: string, maxViewers: number): Promise<FakeNode> {
  return fakeNode({
    tokens: [`of ${alias}`],
    strategy: { each_stream_max_sub: maxViewers },
    connectDelayMs: 50,
  });
}

function viewers(node: FakeNode): number {
  const open = node.streams.find('cam1')?.subscribers.filter((each) => each.isOpen && !each.cascade);
  return open?.length ?? 0;
}

describe.each(['push', 'pull'] as const)('with relays made by %s', (mode) => {
  it('a hundred viewers at once fill a node of 60 and one relay', async () => {
    const nodes = [await relayNode('a', 60), await relayNode('b', 60), await relayNode('c', 60)];
    const aliases = ['a', 'b', 'c'];
    nodes[0]!.publish('cam1', { codecs: ['h264', 'opus'], bitrateBps: 1_000_000 });
    let cascades: CascadeService | undefined;
    const watchedNodes = nodes.map((node, i) => ({
      alias: aliases[i]!,
      url: node.url,
      token: `of ${aliases[i]}`,
    }));
    const { cluster, until, url } = await steer(watchedNodes, {
      createPlanner: (watched) => {
        cascades = new CascadeService({
          cluster: watched,
          database: database(),
          config: {
            mode,
            check_attempts: 5,
            check_tick_time: 60_000,
            maximum_idle_time: 60_000,
            close_other_sub: false,
          },
          alerts: { raise: () => {}, resolve: () => {} },
          clock: systemClock,
          logger: silentLogger,
        });
        return cascades;
      },
    });
    await cascades!.upkeep.start();
    closeAfter(() => cascades!.close());
    await until(() => cluster.mergedStreams().length > 0);

    const replies = await Promise.all(
      Array.from({ length: VIEWER_COUNT }, () =>
        fetch(`${url}/whep/cam1`, {
          method: 'POST',
          headers: { 'content-type': 'application/sdp' },
          body: VIEW,
        }),
      ),
    );
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([201]));
    const relayed = nodes
      .slice(1)
      .map(viewers)
      .sort((x, y) => x - y);
    // The link of a pull looks to its source like one more viewer, who has come before the last ones are placed.
    expect([viewers(nodes[0]!) - (mode === 'pull' ? 1 : 0), ...relayed]).toEqual([60, 0, 40]);
    const rows = await database().db.selectFrom('cascades').selectAll().execute();
    expect(rows.map(({ source_alias, state }) => [source_alias, state])).toEqual([['a', 'running']]);
  });
});

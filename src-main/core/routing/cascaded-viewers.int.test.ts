import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import { startRoutingCluster } from '../../../e2e/support/routing-cluster.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { CascadeService } from '../cascade/cascade-service.ts';

const VIEW = capturedOffer('whep/cam1');
const VIEWER_COUNT = 100;

let test: TestDatabase;
let closing: (() => Promise<void>)[];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  closing = [];
  await test.database.pool.query('truncate session_routes, cascades');
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function fakeNode(alias: string, maxViewers: number): Promise<FakeNode> {
  const node = await createFakeNode({
    generation: 'head',
    tokens: [`of ${alias}`],
    strategy: { each_stream_max_sub: maxViewers },
    connectDelayMs: 50,
  });
  closing.push(() => node.close());
  return node;
}

function viewers(node: FakeNode): number {
  const open = node.streams.find('cam1')?.subscribers.filter((each) => each.isOpen && !each.cascade);
  return open?.length ?? 0;
}

describe.each(['push', 'pull'] as const)('with relays made by %s', (mode) => {
  it('a hundred viewers at once fill a node of 60 and one relay', async () => {
    const nodes = [await fakeNode('a', 60), await fakeNode('b', 60), await fakeNode('c', 60)];
    const aliases = ['a', 'b', 'c'];
    nodes[0]!.publish('cam1', { codecs: ['h264', 'opus'], bitrateBps: 1_000_000 });
    let cascades: CascadeService | undefined;
    const { cluster, close, until, url } = await startRoutingCluster({
      database: test.database,
      nodes: nodes.map((node, i) => ({ alias: aliases[i]!, url: node.url, token: `of ${aliases[i]}` })),
      createPlanner: (watched) => {
        cascades = new CascadeService({
          cluster: watched,
          database: test.database,
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
    closing.push(close);
    await cascades!.upkeep.start();
    closing.push(() => cascades!.close());
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
    const rows = await test.database.db.selectFrom('cascades').selectAll().execute();
    expect(rows.map(({ source_alias, state }) => [source_alias, state])).toEqual([['a', 'running']]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { Cluster } from '../nodes/cluster.ts';
import { AlertService } from './alert-service.ts';
import { ClusterAlerts } from './cluster-alerts.ts';

const CAMERA = { codecs: ['h264'], bitrateBps: 800_000 };
const poll = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 30 });

let test: TestDatabase;
let closing: (() => Promise<unknown> | unknown)[];
let recorded: Set<string>;
let cluster: Cluster;
let node: FakeNode;
let alerts: AlertService;
let watch: ClusterAlerts;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  closing = [];
  recorded = new Set(['recorded']);
  const activity = { isRecording: (id: string) => recorded.has(id), candidates: () => recorded };
  const shared = { clock: systemClock, logger: silentLogger };
  cluster = new Cluster({ ...shared, activity, pollIntervalMs: 40 });
  closing.push(() => cluster.close());
  node = await createFakeNode({ generation: 'v0.9.0' });
  closing.push(() => node.close());
  alerts = new AlertService({ database: test.database, ...shared });
  closing.push(() => alerts.close());
  watch = new ClusterAlerts({ cluster, alerts, activity, clock: systemClock });
  closing.push(() => watch.close());
  for (const name of ['recorded', 'other']) node.publish(name, CAMERA);
  await cluster.add({ alias: 'a', url: node.url, token: '', mode: 'poll', site: '', origin: 'config' });
  await poll(() => cluster.streamIds()).toEqual(['other', 'recorded']);
  watch.check();
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

/** Kind and object of the open alerts, after a look at the cluster. */
function opened(): string[] {
  watch.check();
  return alerts.open().map(({ kind, object }) => `${kind} ${object.name}`);
}

it('says when a stream that is recorded loses its publisher, and takes it back when it is there again', async () => {
  for (const name of ['recorded', 'other']) node.unpublish(name, { isClean: true });
  await poll(opened).toEqual(['stream-gone recorded']);
  expect(alerts.open()[0]?.text).toContain('Start the publisher again.');
  node.publish('recorded', CAMERA);
  await poll(opened).toEqual([]);
});

it('says nothing of a stream whose recording had been ended before', async () => {
  recorded.clear();
  node.unpublish('recorded', { isClean: true });
  await poll(() => cluster.streamIds()).toEqual(['other']);
  expect(opened()).toEqual([]);
});

it('says nothing of a stream that somebody has ended on purpose, once', async () => {
  watch.noteEnded('recorded');
  expect(opened()).toEqual([]);
  node.unpublish('recorded', { isClean: true });
  await poll(() => cluster.streamIds()).toEqual(['other']);
  expect(opened()).toEqual([]);
  node.publish('recorded', CAMERA);
  await poll(() => cluster.streamIds()).toEqual(['other', 'recorded']);
  expect(opened()).toEqual([]);
  node.unpublish('recorded', { isClean: true });
  await poll(opened).toEqual(['stream-gone recorded']);
  node.publish('recorded', CAMERA);
  await poll(opened).toEqual([]);
});

it('blames the node and not its streams while it does not answer', async () => {
  await node.setFault({ kind: 'refuse' });
  await poll(opened).toEqual(['node-down a']);
});

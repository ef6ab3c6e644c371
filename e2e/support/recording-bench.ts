import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import type { Config } from '../../src-main/core/config/config-schema.ts';
import type { Cluster } from '../../src-main/core/nodes/cluster.ts';
import { RecordControl } from '../../src-main/core/record-control/record-control.ts';
import { createFakeNode, type FakeNode } from '../../src-main/demo/fake-node/fake-node.ts';
import { ManualClock } from '../../src-main/demo/fake-node/manual-clock.ts';
import type { FakeNodeOptions, Generation } from '../../src-main/demo/fake-node/node-options.ts';
import { AlertLog, quickCluster, until } from './cascade-rig.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

type AutoRecord = Config['auto_record'];

export const H264 = { codecs: ['h264', 'opus'], bitrateBps: 800_000 };
const LIMITS = { startMs: 400, statusMs: 300, stopMs: 400 };
export const never = new AbortController().signal;

export let test: TestDatabase;
export let cluster: Cluster;
export let alerts: AlertLog;
export let clock: ManualClock;
export let relays: Set<string>;
const nodes: FakeNode[] = [];
const controls: RecordControl[] = [];

/** Sets up a database, a cluster and a clock for the tests of the file that calls it. */
export function setUpRecordingBench(): void {
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.database.db.deleteFrom('recorders').execute();
    await test.database.db.deleteFrom('recordings').execute();
    cluster = quickCluster();
    alerts = new AlertLog();
    clock = new ManualClock();
    relays = new Set();
  });
  afterEach(async () => {
    await Promise.all(controls.splice(0).map((control) => control.close()));
    await cluster.close();
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });
}

/** Starts a simulated node that the cluster knows. */
export async function addNode(
  alias: string,
  generation: Generation = 'head',
  options: Partial<FakeNodeOptions> = {},
): Promise<FakeNode> {
  const node = await createFakeNode({ generation, tokens: [`token of ${alias}`], clock, ...options });
  nodes.push(node);
  await cluster.add({
    alias,
    url: node.url,
    token: `token of ${alias}`,
    mode: 'poll',
    site: '',
    origin: 'config',
  });
  await until(`${alias} is known`, () => snapshot(alias)?.identity != null);
  return node;
}

export function snapshot(alias: string) {
  return cluster.snapshots().find((each) => each.node.alias === alias);
}

/** Starts record control on the bench; `auto_record` covers `cam*` unless said otherwise. */
export async function control(
  change: Partial<AutoRecord> = {},
  more: { readonly isSynced?: boolean } = {},
): Promise<RecordControl> {
  const made = new RecordControl({
    cluster,
    database: test.database,
    config: {
      enabled: true,
      auto_streams: ['cam*'],
      base_prefix: '',
      tick_ms: 1000,
      max_recording_seconds: 0,
      restart_stalled: 0,
      ...change,
    },
    alerts,
    clock,
    logger: silentLogger,
    relayTargets: () => relays,
    limits: LIMITS,
    ...more,
  });
  controls.push(made);
  await made.reload();
  made.start();
  await made.automatic.start();
  await made.watch.start();
  return made;
}

/** Lets the clock go on while nodes are polled and calls are answered in between. */
export async function pass(durationMs: number, stepMs = 1000): Promise<void> {
  for (let done = 0; done < durationMs; done += stepMs) {
    await clock.advance(Math.min(stepMs, durationMs - done));
    await wait(60);
  }
}

export async function passUntil(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 30_000,
): Promise<number> {
  for (let passedMs = 0; passedMs <= limitMs; passedMs += 1000) {
    if (await isTrue()) return passedMs;
    await pass(1000);
  }
  throw new Error(`${limitMs} ms passed in vain: ${what}`);
}

export const records = (node: FakeNode, stream: string) =>
  node.recordings.all().filter((row) => row.stream === stream);
export const isActive = (node: FakeNode, stream: string) =>
  records(node, stream).some((row) => row.status === 'Active');

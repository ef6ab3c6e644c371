import type { Selectable } from 'kysely';
import { systemClock } from '../../src-main/core/base/clock.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import type { CascadeServiceOptions } from '../../src-main/core/cascade/cascade-options.ts';
import { CascadeService } from '../../src-main/core/cascade/cascade-service.ts';
import type { AlertSink } from '../../src-main/core/cascade/cluster-reader.ts';
import type { Database } from '../../src-main/core/db/database.ts';
import type { Tables } from '../../src-main/core/db/tables.ts';
import { Cluster } from '../../src-main/core/nodes/cluster.ts';
import type { NodeSnapshot } from '../../src-main/core/nodes/node-watcher.ts';
import { createFakeNode, type FakeNode } from '../../src-main/demo/fake-node/fake-node.ts';
import type { FakeNodeOptions } from '../../src-main/demo/fake-node/node-options.ts';
import type { AlertKind, AlertObject } from '../../src-shared/model/alert.ts';
import { createTestDatabase } from './test-database.ts';

/** An alert sink that a test can look into. */
export class AlertLog implements AlertSink {
  readonly open = new Map<string, string>();
  readonly history: string[] = [];

  raise(kind: AlertKind, object: AlertObject, text: string): void {
    const key = `${kind} ${object.name}`;
    if (!this.open.has(key)) this.history.push(`raised ${key}`);
    this.open.set(key, text);
  }

  resolve(kind: AlertKind, object: AlertObject): void {
    const key = `${kind} ${object.name}`;
    if (this.open.delete(key)) this.history.push(`resolved ${key}`);
  }
}

/** A cluster that polls often, so that tests need not wait. */
export function quickCluster(): Cluster {
  return new Cluster({
    clock: systemClock,
    logger: silentLogger,
    activity: { isRecording: () => false },
    pollIntervalMs: 40,
  });
}

/** Signal of one who never gives up. */
export const never = new AbortController().signal;

/** Fake nodes, a cluster that watches them, and services that relay between them, on one database. */
export interface CascadeRig {
  readonly database: Database;
  readonly cluster: Cluster;
  readonly alerts: AlertLog;
  readonly nodes: readonly FakeNode[];
  /** Makes all anew, for one test. */
  begin(): Promise<void>;
  end(): Promise<void>;
  close(): Promise<void>;
  /** Starts a node of its own token and resolves once it is seen to be up. */
  addNode(alias: string, options?: Partial<FakeNodeOptions>): Promise<FakeNode>;
  /** Publishes on the node and resolves once that is seen. */
  publish(node: FakeNode, alias: string, stream?: string): Promise<void>;
  snapshot(alias: string): NodeSnapshot | undefined;
  /** A service that is looking after its relays. */
  service(change?: Partial<CascadeConfig>, more?: Partial<CascadeServiceOptions>): Promise<CascadeService>;
  /** The rows of all relays. */
  rows(): Promise<Selectable<Tables['cascades']>[]>;
}

type CascadeConfig = CascadeServiceOptions['config'];

const DEFAULTS: CascadeConfig = {
  mode: 'push',
  check_attempts: 5,
  check_tick_time: 50,
  maximum_idle_time: 60_000,
  close_other_sub: false,
};

export async function createCascadeRig(): Promise<CascadeRig> {
  const test = await createTestDatabase();
  const { database } = test;
  let cluster: Cluster;
  let alerts: AlertLog;
  const nodes: FakeNode[] = [];
  const services: CascadeService[] = [];
  const snapshot = (alias: string) => cluster.snapshot(alias);
  return {
    database,
    get cluster() {
      return cluster;
    },
    get alerts() {
      return alerts;
    },
    nodes,
    begin: async () => {
      await database.db.deleteFrom('cascades').execute();
      cluster = quickCluster();
      alerts = new AlertLog();
    },
    end: async () => {
      await Promise.all(services.splice(0).map((service) => service.close()));
      await cluster.close();
      await Promise.all(nodes.splice(0).map((node) => node.close()));
    },
    close: () => test.close(),
    addNode: async (alias, options = {}) => {
      const tokens = options.tokens ?? [`token of ${alias}`];
      const node = await createFakeNode({ generation: 'head', connectDelayMs: 20, ...options, tokens });
      nodes.push(node);
      const [token = ''] = tokens;
      await cluster.add({ alias, url: node.url, token, mode: 'poll', site: '', origin: 'config' });
      const isUp = () => snapshot(alias)?.health.state === 'up' && snapshot(alias)?.strategy !== null;
      await until(`${alias} is up`, isUp);
      return node;
    },
    publish: async (node, alias, stream = 'cam1') => {
      node.publish(stream, { codecs: ['h264', 'opus'], bitrateBps: 800_000 });
      const isSeen = () => snapshot(alias)?.streams.some((each) => each.id === stream) ?? false;
      await until('the publisher is seen', isSeen);
    },
    snapshot,
    service: async (change = {}, more = {}) => {
      const config = { ...DEFAULTS, ...change };
      const shared = { cluster, database, alerts, clock: systemClock, logger: silentLogger };
      const service = new CascadeService({ ...shared, config, ...more });
      services.push(service);
      await service.reload();
      await service.upkeep.start();
      return service;
    },
    rows: () => database.db.selectFrom('cascades').selectAll().execute(),
  };
}

/** Who takes the stream from the node. */
export function openViewers(node: FakeNode, stream = 'cam1') {
  return node.streams.find(stream)?.subscribers.filter((each) => each.isOpen) ?? [];
}

/** Resolves when `isTrue`; throws, naming `what`, when that takes longer than `limitMs`. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

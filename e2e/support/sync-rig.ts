import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src-main/core/base/clock.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import type { Database } from '../../src-main/core/db/database.ts';
import type { NodeSnapshot } from '../../src-main/core/nodes/node-watcher.ts';
import { NodePlaces } from '../../src-main/core/segments/node-places.ts';
import { createSegmentIndex, type SegmentIndex } from '../../src-main/core/segments/segment-index.ts';
import { FsStore } from '../../src-main/core/storage/fs-store.ts';
import { StoreChain } from '../../src-main/core/storage/store-chain.ts';
import { NodeObjects, RecordingSync } from '../../src-main/core/sync/recording-sync.ts';
import { createFakeNode, type FakeNode } from '../../src-main/demo/fake-node/fake-node.ts';
import type { FakeNodeOptions } from '../../src-main/demo/fake-node/node-options.ts';
import type { IndexRow } from './captured-list.ts';
import { createTestDatabase } from './test-database.ts';

export interface RunningSync {
  readonly sync: RecordingSync;
  readonly index: SegmentIndex;
  readonly store: StoreChain;
  readonly objects: NodeObjects;
  close(): Promise<void>;
}

export interface SyncRigOptions {
  readonly tick_ms?: number;
  readonly limit?: number;
  readonly delete_acknowledged?: boolean;
  readonly clock?: typeof systemClock;
}

/** Fake nodes that list recordings, and the sync that fetches them, on one database. */
export interface SyncRig {
  readonly database: Database;
  /** Removed after the test. */
  readonly folder: string;
  /** Storage of the manager. */
  readonly own: string;
  /** What lies on the nodes. */
  readonly onNode: string;
  /** Makes the folders anew, for one test. */
  begin(): Promise<void>;
  end(): Promise<void>;
  close(): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: rows of whatever a test asks for.
  query(text: string): Promise<any[]>;
  startNode(options?: Partial<FakeNodeOptions>): Promise<FakeNode>;
  startSync(snapshots: readonly NodeSnapshot[], options?: SyncRigOptions): RunningSync;
}

export async function createSyncRig(): Promise<SyncRig> {
  const test = await createTestDatabase();
  const { database } = test;
  const closing: (() => Promise<unknown>)[] = [];
  let folder = '';
  const own = () => path.join(folder, 'own');
  const onNode = () => path.join(folder, 'node');
  const query = async (text: string) => (await database.pool.query(text)).rows;
  return {
    database,
    get folder() {
      return folder;
    },
    get own() {
      return own();
    },
    get onNode() {
      return onNode();
    },
    begin: async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'recording-sync-'));
      await mkdir(onNode());
    },
    end: async () => {
      for (const close of closing.splice(0).reverse()) await close();
      await query(
        'truncate recordings, tracks, segments, coverage, recorded_streams, sync_cursors, node_recordings, storage_looks',
      );
      await rm(folder, { recursive: true, force: true });
    },
    close: () => test.close(),
    query,
    startNode: async (options = {}) => {
      const node = await createFakeNode({
        generation: 'head',
        alias: 'edge-1',
        storageRoot: onNode(),
        tokens: ['t1'],
        ...options,
      });
      closing.push(() => node.close());
      return node;
    },
    startSync: (snapshots, options = {}) => {
      const running = startSync(database, own(), snapshots, options);
      closing.push(running.close);
      return running;
    },
  };
}

function startSync(
  database: Database,
  root: string,
  snapshots: readonly NodeSnapshot[],
  options: SyncRigOptions,
): RunningSync {
  const { clock = systemClock } = options;
  const cluster = {
    snapshots: () => [...snapshots],
    snapshot: (alias: string) => snapshots.find(({ node }) => node.alias === alias),
  };
  const objects = new NodeObjects(database, clock, (alias) => cluster.snapshot(alias)?.node);
  const main = new FsStore(root);
  const readOthers = async () => [objects.recordings];
  const store = new StoreChain({ stores: [main], ofNode: () => main, readOthers });
  const index = createSegmentIndex({ database, store, clock, logger: silentLogger });
  const config = { enabled: true, tick_ms: 50, limit: 200, delete_acknowledged: false, ...options };
  const sync = new RecordingSync(
    {
      config,
      database,
      cluster,
      own: store,
      places: new NodePlaces({ database, placeOf: () => main.name, isConfigured: () => true }),
      index,
      clock,
      logger: silentLogger,
      callTimeoutMs: 500,
    },
    objects,
  );
  sync.start();
  let closed: Promise<void> | undefined;
  const close = async () => {
    await sync.close();
    await index.close();
    await objects.close();
  };
  return { sync, index, store, objects, close: () => (closed ??= close()) };
}

/** What the sync needs of a snapshot. */
export function snapshotOf(node: FakeNode, alias = 'edge-1', streams: string[] = []): NodeSnapshot {
  return {
    node: { alias, url: node.url, token: 't1', mode: 'poll', site: '', origin: 'config' },
    health: { state: 'up', sinceMs: 0, reason: null, failuresInRow: 0, paceStreak: 0 },
    identity: { generation: node.generation, version: null, features: ['recorder'] },
    streams: streams.map((id) => ({ id })),
  } as unknown as NodeSnapshot;
}

/** Puts the captured recordings into the list of the node. */
export function list(
  node: FakeNode,
  rows: IndexRow[],
  status: 'Completed' | 'Failed' | 'Active' = 'Completed',
): void {
  for (const { record, stream, record_dir: recordDir, start_ts: startUs, end_ts: endUs } of rows) {
    node.recordings.begin({ record, stream, recordDir, startUs });
    if (status !== 'Active') node.recordings.complete({ record, stream }, endUs, status);
  }
}

export const statesOf = (node: FakeNode) => node.recordings.all().map(({ status }) => status);

/** Waits until `isTrue` holds; fails with what was found last after a while. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`waited too long for ${what}`);
    await systemClock.sleep(25);
  }
}

export const SEGMENTS = `select s.stream, s.track, s.path, s.start_ts, s.end_ts, s.state, s.seq, s.size_bytes, s.analysis,
  s.clock_source from segments s order by s.path`;
export const EVERYTHING = `select (select count(*)::int from segments) as segments,
  (select count(distinct path)::int from segments) as paths, (select count(*)::int from recordings) as recordings`;

import type { Dispatcher } from 'undici';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { directDispatcher, type MakeDispatcher } from '../base/outgoing.ts';
import { Repeated } from '../base/repeated.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import { type DutyWorker, loopWorker } from '../duties/duty-worker.ts';
import type { NodeAddress } from '../nodes/node-client.ts';
import { isUnasked, isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import type { NodePlaces } from '../segments/node-places.ts';
import type { SegmentIndex } from '../segments/segment-index.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { AwayNodes } from './away-nodes.ts';
import { FolderSync } from './folder-sync.ts';
import { IndexSync, type SyncResult } from './index-sync.ts';
import { NodeObjectStore } from './node-object-store.ts';
import { NodeRecordingsStore } from './node-recordings-store.ts';
import { ObjectMemory } from './object-memory.ts';
import { PullSync } from './pull-sync.ts';
import { countOpen, nodeOfFolder, readSyncTimes } from './sync-table.ts';
import { UntoldRecordings } from './untold-recordings.ts';

/** The nodes of the cluster, as far as they are needed here. */
export interface SyncedCluster {
  snapshots(): readonly NodeSnapshot[];
  snapshot(alias: string): NodeSnapshot | undefined;
}

export interface RecordingSyncOptions {
  readonly config: Config['record_sync'];
  readonly database: Database;
  readonly cluster: SyncedCluster;
  /** The manager's own storage, without the objects of nodes. */
  readonly own: ObjectStore;
  /** Where nodes record. */
  readonly places: NodePlaces;
  readonly index: Pick<SegmentIndex, 'announce' | 'report'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asks the manager that does the work to sync a node at once; for when this one does not. */
  readonly tellWorker?: (alias: string) => void;
  /** The longest a node may take to answer. */
  readonly callTimeoutMs?: number;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
}

/**
 * `index`: its list of recordings is fetched; `pull`: its segments are; `folders`: those that it records into are
 * followed in its storage.
 */
export type FetchingDoor = 'index' | 'pull' | 'folders';

/** How far the index is behind a node. */
export interface NodeSyncStatus {
  readonly alias: string;
  readonly door: FetchingDoor;
  /** When its list was read last without a failure, milliseconds since the epoch; null for never. */
  readonly lastSyncMs: number | null;
  /** Since then, milliseconds; null for never. */
  readonly lagMs: number | null;
  /** What went wrong last, in words; null when all is well. */
  readonly problem: string | null;
  /** Recordings that are not wholly indexed yet, running ones included. */
  readonly openCount: number;
  /** Its list is being read now. */
  readonly isRunning: boolean;
}

interface Entry {
  readonly syncIndex: IndexSync;
  readonly syncPull: PullSync;
  readonly syncFolders: FolderSync;
  running: Promise<void> | null;
  /** Whether what it lists was read since this manager does the work. */
  list: 'unread' | 'failed' | 'read';
  nextMs: number;
  lastSyncMs: number | null;
  problem: string | null;
  openCount: number;
}

const MEMORY_BYTES = 64 * 1024 * 1024;
/** How soon a node that came is looked at. */
const LOOK_MS = MS_PER_SECOND;
const CONNECT_MS = 5 * MS_PER_SECOND;
/** Storages are looked through in every so many ticks. */
const UNTOLD_EVERY = 6;
/** What nodes list goes before what is found; nobody waits longer for a node that does not. */
const FIRST_LISTS_MS = MS_PER_MINUTE;

/** The objects of nodes, for indexing and for playback. One per manager; works while syncing is off, too. */
export class NodeObjects implements Closeable {
  readonly #dispatcher: Dispatcher;
  readonly #memory = new ObjectMemory(MEMORY_BYTES);
  /** The recordings that lie on nodes alone. */
  readonly recordings: ObjectStore;

  constructor(
    database: Database,
    private readonly clock: Clock,
    nodeOf: (alias: string) => NodeAddress | undefined,
    makeDispatcher: MakeDispatcher = directDispatcher,
  ) {
    this.#dispatcher = makeDispatcher({ connectTimeoutMs: CONNECT_MS, connections: 8 });
    this.recordings = new NodeRecordingsStore({
      aliasOf: (dir, node) => nodeOfFolder(database, dir, node),
      storeOf: (alias) => {
        const node = nodeOf(alias);
        return node ? this.storeOf(node) : null;
      },
    });
  }

  storeOf(node: NodeAddress): ObjectStore {
    const { clock } = this;
    return new NodeObjectStore({
      node,
      dispatcher: this.#dispatcher,
      memory: this.#memory,
      nowMs: () => clock.nowMs(),
    });
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}

/** Keeps the index in step with what the nodes have recorded, each node on its own. */
export class RecordingSync implements Closeable {
  /** Apart from that of the objects, whose connections wait for slow players. */
  readonly #dispatcher: Dispatcher;
  readonly #entries = new Map<string, Entry>();
  readonly #worker: DutyWorker;
  readonly #away: AwayNodes;
  #isAtWork = false;

  constructor(
    private readonly options: RecordingSyncOptions,
    private readonly objects: NodeObjects,
  ) {
    const { makeDispatcher = directDispatcher } = options;
    this.#dispatcher = makeDispatcher({ connectTimeoutMs: CONNECT_MS, connections: 4 });
    const { clock, index, logger } = options;
    this.#away = new AwayNodes({ ...options, onWritten: (rows) => index.announce(rows) });
    this.#worker = loopWorker((signal) => this.#run(signal), { clock, logger, name: 'index sync' });
  }

  /** Begins, where the configuration wants it; for one manager of the cluster. */
  start(): void {
    if (this.options.config.enabled) void this.#worker.start();
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }

  /** Of each node that is synced, sorted by alias. */
  statuses(): NodeSyncStatus[] {
    const nowMs = this.options.clock.nowMs();
    return this.options.cluster.snapshots().flatMap((snapshot): NodeSyncStatus[] => {
      const door = doorOf(snapshot);
      const entry = this.#entries.get(snapshot.node.alias);
      if (door === null || !entry) return [];
      const { lastSyncMs, openCount } = entry;
      const lagMs = lastSyncMs === null ? null : Math.max(0, nowMs - lastSyncMs);
      const problem = isUsable(snapshot.health.state) ? entry.problem : snapshot.health.reason;
      const isRunning = entry.running !== null;
      return [{ alias: snapshot.node.alias, door, lastSyncMs, lagMs, problem, openCount, isRunning }];
    });
  }

  get isEnabled(): boolean {
    return this.options.config.enabled;
  }

  /** Has a node synced at once instead of at its next tick; false where it is not synced. */
  syncNow(alias: string): boolean {
    if (!this.#isAtWork && this.options.tellWorker) {
      this.options.tellWorker(alias);
      return true;
    }
    const entry = this.#entries.get(alias);
    if (!entry || !this.#isAtWork) return false;
    entry.nextMs = Number.NEGATIVE_INFINITY;
    return true;
  }

  async close(): Promise<void> {
    await this.#worker.stop();
    await this.#dispatcher.destroy();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, cluster, config, database, logger } = this.options;
    // The turn of another manager may have been in between.
    this.#entries.clear();
    this.#isAtWork = true;
    const times = await readSyncTimes(database).catch((error: unknown) => {
      logger.warn({ err: error }, 'When nodes were synced last cannot be read');
      return new Map<string, number>();
    });
    const away = new Repeated(clock, config.tick_ms, () => this.#lookAway(signal));
    const untold = this.#untold(signal);
    while (!signal.aborted) {
      away.turn();
      untold.turn();
      for (const snapshot of cluster.snapshots()) {
        const door = doorOf(snapshot);
        if (door === null) continue;
        const entry = this.#entryOf(snapshot.node.alias, times);
        const isDue = entry.running === null && clock.monotonicMs() >= entry.nextMs;
        // One that does not answer is asked for its health already.
        if (isDue && isUsable(snapshot.health.state)) {
          entry.running = this.#sync(snapshot, door, entry, signal).finally(() => {
            entry.running = null;
          });
        }
      }
      await clock.sleep(Math.min(config.tick_ms, LOOK_MS), signal);
    }
    this.#isAtWork = false;
    await Promise.all([away.running, untold.running]);
    await Promise.all([...this.#entries.values()].map(({ running }) => running));
  }

  /** Follows what those were recording that do not answer. */
  async #lookAway(signal: AbortSignal): Promise<void> {
    const { cluster, logger } = this.options;
    const here = cluster.snapshots().filter(({ health }) => isUsable(health.state));
    await this.#away.look(new Set(here.map(({ node }) => node.alias)), signal).catch((error: unknown) => {
      if (!signal.aborted)
        logger.debug({ err: error }, 'recordings of nodes that are away were not looked at');
    });
  }

  /** Looks for what no node tells of, once those that answer have told. */
  #untold(signal: AbortSignal): Repeated {
    const { clock, cluster, config, index, logger } = this.options;
    const sinceMs = clock.monotonicMs();
    const look = new UntoldRecordings({
      ...this.options,
      everyMs: UNTOLD_EVERY * config.tick_ms,
      onWritten: (rows) => index.announce(rows),
    });
    return new Repeated(clock, config.tick_ms, async () => {
      const snapshots = cluster.snapshots();
      const listOf = ({ node }: NodeSnapshot) => this.#entries.get(node.alias)?.list ?? 'unread';
      const isAwaited = (snapshot: NodeSnapshot) =>
        isUsable(snapshot.health.state)
          ? doorOf(snapshot) !== null && listOf(snapshot) === 'unread'
          : isUnasked(snapshot.health);
      if (snapshots.some(isAwaited) && clock.monotonicMs() - sinceMs < FIRST_LISTS_MS) return;
      const nodes = snapshots.map((snapshot) => ({
        alias: snapshot.node.alias,
        hasListed: doorOf(snapshot) === 'index' && listOf(snapshot) === 'read',
      }));
      await look.look(nodes, signal).catch((error: unknown) => {
        if (!signal.aborted) logger.debug({ err: error }, 'storages were not looked through');
      });
    });
  }

  async #sync(snapshot: NodeSnapshot, door: FetchingDoor, entry: Entry, signal: AbortSignal): Promise<void> {
    const { clock, config, database, logger } = this.options;
    const { node } = snapshot;
    const streams = snapshot.streams.map(({ id }) => id);
    let result: SyncResult | null = null;
    try {
      if (door === 'index') result = await entry.syncIndex.sync(node, signal);
      else if (door === 'pull') result = await entry.syncPull.sync(node, streams, signal);
      else result = await entry.syncFolders.sync(node, streams, listsSessions(snapshot), signal);
      entry.openCount = await countOpen(database, node.alias);
      entry.lastSyncMs = clock.nowMs();
      this.#note(entry, node.alias, result.problems[0] ?? null);
    } catch (error) {
      if (signal.aborted) return;
      logger.debug({ err: error, alias: node.alias }, 'a node was not synced');
      this.#note(entry, node.alias, errorMessage(error));
    } finally {
      if (result) entry.list = 'read';
      else if (entry.list === 'unread') entry.list = 'failed';
      entry.nextMs = clock.monotonicMs() + (result?.isMore ? 0 : config.tick_ms);
    }
  }

  #note(entry: Entry, alias: string, problem: string | null): void {
    if (problem !== null && problem !== entry.problem) {
      this.options.logger.warn({ alias, problem }, 'recordings of a node are not wholly indexed');
    }
    entry.problem = problem;
  }

  #entryOf(alias: string, times: ReadonlyMap<string, number>): Entry {
    const known = this.#entries.get(alias);
    if (known) return known;
    const { callTimeoutMs, clock, config, database, index, logger, own, places } = this.options;
    const shared = { database, clock, callTimeoutMs, dispatcher: this.#dispatcher };
    const entry: Entry = {
      syncIndex: new IndexSync({
        ...shared,
        own,
        places,
        logger,
        storeOf: (node) => this.objects.storeOf(node),
        pageSize: config.limit,
        isDeletedFromNode: config.delete_acknowledged,
        onWritten: (rows) => index.announce(rows),
      }),
      syncFolders: new FolderSync({
        ...shared,
        own,
        places,
        logger,
        onWritten: (rows) => index.announce(rows),
      }),
      syncPull: new PullSync({ ...shared, report: (report, atUs) => index.report(report, atUs) }),
      running: null,
      list: 'unread',
      nextMs: Number.NEGATIVE_INFINITY,
      lastSyncMs: times.get(alias) ?? null,
      problem: null,
      openCount: 0,
    };
    this.#entries.set(alias, entry);
    return entry;
  }
}

/** How recordings of a node come into the index; null where it reports them itself or cannot record. */
export function doorOf({ identity }: NodeSnapshot): FetchingDoor | null {
  if (identity?.generation === 'pull') return 'pull';
  if (identity?.generation === 'sess') return 'folders';
  if (identity?.generation === 'daily') return identity.features.includes('recorder') ? 'folders' : null;
  const hasList = identity?.generation === 'v0.9.0' || identity?.generation === 'head';
  return hasList && identity.features.includes('recorder') ? 'index' : null;
}

/** Whether a node tells which recordings it has; of others the folders are looked for. */
function listsSessions({ identity }: NodeSnapshot): boolean {
  return identity?.generation === 'sess';
}

import type { StorageState, SystemStatus } from '../../../src-shared/model/system-status.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { ManagerDatabase } from '../db/manager-database.ts';
import type { Cluster } from '../nodes/cluster.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { ManagerList } from '../peers/manager-list.ts';
import type { StorageSet } from '../storage/storage-set.ts';
import { readStorageState } from '../storage/storage-state.ts';
import type { DemoService } from './demo-service.ts';
import type { RecordingTracker } from './recording-activity.ts';

export interface StatusServiceOptions {
  readonly version: string;
  readonly cluster: Cluster;
  readonly managerDatabase: ManagerDatabase;
  readonly managers: Pick<ManagerList, 'newerProgram'>;
  readonly storages: StorageSet;
  readonly demo: DemoService;
  readonly tracker: RecordingTracker;
  readonly journal: { status(): SystemStatus['journal'] };
  readonly ingest: { ingestRatePerSecond(): number; queueLength(): number };
  readonly clock: Clock;
}

/** What this part knows of the status. */
type Gathered = Omit<SystemStatus, 'notices' | 'secrets'>;

const CHECK_EVERY_MS = 5 * MS_PER_SECOND;

/** Gathers what the status bar shows; database and storage are asked in the background. */
export class StatusService implements Closeable {
  #databaseProblem: string | null = null;
  /** As many as there are storages, the default one first. */
  #storages: readonly StorageState[];
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;

  constructor(private readonly options: StatusServiceOptions) {
    this.#storages = options.storages.all.map(({ store: { name } }) => {
      return { name, isUp: true, usedBytes: null, totalBytes: null, problem: null };
    });
    this.#loop = this.#run();
  }

  read(): Gathered {
    const { cluster, demo, ingest, journal, managerDatabase, tracker, version } = this.options;
    const snapshots = cluster.snapshots();
    const [storage, ...otherStorages] = this.#storages as [StorageState, ...StorageState[]];
    return {
      version,
      nodesUp: snapshots.filter((snapshot) => isUsable(snapshot.health.state)).length,
      nodesTotal: snapshots.length,
      ingestPerSecond: Math.round(ingest.ingestRatePerSecond() * 10) / 10,
      indexLagMs: round(tracker.lagMs()),
      analysisQueue: ingest.queueLength(),
      database: {
        isUp: this.#databaseProblem === null,
        isEmbedded: managerDatabase.isEmbedded,
        serverVersion: managerDatabase.serverVersion || null,
        problem: this.#databaseProblem,
        newerProgram: this.options.managers.newerProgram,
      },
      journal: journal.status(),
      storage,
      otherStorages,
      demo: { isAvailable: demo.isAvailable, isRunning: demo.isRunning, isFilled: demo.isFilled },
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await Promise.all([this.#checkDatabase(signal), this.#checkStorages(signal)]);
      await this.options.clock.sleep(CHECK_EVERY_MS, signal);
    }
  }

  async #checkDatabase(signal: AbortSignal): Promise<void> {
    try {
      await this.options.managerDatabase.database.ping(signal);
      this.#databaseProblem = null;
    } catch (error) {
      if (!signal.aborted) this.#databaseProblem = errorMessage(error);
    }
  }

  async #checkStorages(signal: AbortSignal): Promise<void> {
    try {
      const looks = this.options.storages.all.map((storage) => readStorageState(storage, signal));
      this.#storages = await Promise.all(looks);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Tenths of a second are all the window shows; finer ones would be sent each time they change. */
function round(lagMs: number | null): number | null {
  return lagMs === null ? null : Math.round(lagMs / 100) * 100;
}

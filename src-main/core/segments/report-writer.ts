import { MS_PER_SECOND, US_PER_MS } from '../../../src-shared/util/units.ts';
import { timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../db/database.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { FolderTaken } from './folder-owners.ts';
import type { NodePlaces } from './node-places.ts';
import { type ArrivedReport, instantsOf, writeReports } from './report.ts';
import { type ReportItem, TimesWanted, timesKey } from './report-items.ts';
import { type ForeignReport, ReportOwners } from './report-owners.ts';
import { SegmentPartitions } from './segment-partitions.ts';
import type { SessionFolder } from './session-store.ts';
import { inTransaction } from './stream-lock.ts';
import type { NewSegment } from './write-segments.ts';

export interface ReportWriterOptions {
  database: Database;
  clock: Clock;
  /** Called after COMMIT with the rows that were new; must not throw. */
  onWritten: (rows: readonly NewSegment[]) => void;
  /** Where nodes record; without it each node's objects are its own. */
  places?: NodePlaces | undefined;
  /** Tells when objects were written; without it a report is never taken for one that comes late. */
  store?: Pick<ObjectStore, 'stat'> | undefined;
  /** Hears of reports that were left out as another node records another stream there; must not throw. */
  onForeign?: ((foreign: ForeignReport) => void) | undefined;
}

const MAX_LOOKS = 5;

const RATE_WINDOW_MS = 10 * MS_PER_SECOND;

/** Writes reports to the database, those that just came and those of the journal alike, and counts what is new. */
export class ReportWriter {
  readonly #options: ReportWriterOptions;
  readonly #partitions: SegmentPartitions;
  readonly #owners: ReportOwners | null;
  readonly #written: { atMs: number; count: number }[] = [];

  constructor(options: ReportWriterOptions) {
    this.#options = options;
    const { clock, database, places } = options;
    this.#partitions = new SegmentPartitions(database.db, clock);
    this.#owners = places ? new ReportOwners(database, places, options.onForeign) : null;
  }

  /** Writes checked reports in one transaction; resolves after COMMIT. */
  async write(reports: readonly ArrivedReport[]): Promise<void> {
    await this.#partitions.ensure(reports.flatMap(instantsOf));
    const rows = await this.#writeRows(reports);
    if (rows.length > 0) {
      this.#written.push({ atMs: this.#options.clock.monotonicMs(), count: rows.length });
      this.ratePerSecond();
    }
    this.#options.onWritten(rows);
  }

  async #writeRows(reports: readonly ArrivedReport[]): Promise<NewSegment[]> {
    const { database, store } = this.#options;
    const owners = this.#owners;
    const times = new Map<string, number | null>();
    const othersIn = owners ? (folder: SessionFolder) => owners.othersIn(folder) : undefined;
    for (let look = 1; ; look += 1) {
      const settled = owners ? await owners.settle(reports) : reports;
      const writtenAtUs = store && look < MAX_LOOKS ? times : undefined;
      try {
        return await inTransaction(database.db, (trx, attempt) =>
          writeReports(trx, settled, { isCareful: attempt > 1, othersIn, writtenAtUs }),
        );
      } catch (error) {
        if (error instanceof TimesWanted && store) await readTimes(store, error.items, times);
        else if (error instanceof FolderTaken && look < MAX_LOOKS) owners?.forget(error);
        else throw error;
      }
    }
  }

  /** New segments per second over the last ten seconds. */
  ratePerSecond(): number {
    const sinceMs = this.#options.clock.monotonicMs() - RATE_WINDOW_MS;
    while ((this.#written[0]?.atMs ?? Infinity) < sinceMs) this.#written.shift();
    const count = this.#written.reduce((sum, entry) => sum + entry.count, 0);
    return (count * MS_PER_SECOND) / RATE_WINDOW_MS;
  }
}

/** A node waits for its answer: what the storage does not tell by then is not known. */
const TIMES_LIMIT_MS = 1500;

async function readTimes(
  store: Pick<ObjectStore, 'stat'>,
  items: readonly ReportItem[],
  times: Map<string, number | null>,
): Promise<void> {
  const { release, signal } = timeLimit(TIMES_LIMIT_MS);
  const read = async ({ nodeAlias, segment: { path } }: ReportItem) => {
    const info = await store.stat(path, { signal, node: nodeAlias }).catch(() => null);
    // Objects on nodes have no times.
    const atUs = info && info.modifiedMs > 0 ? Math.round(info.modifiedMs * US_PER_MS) : null;
    times.set(timesKey(nodeAlias, path), atUs);
  };
  try {
    await Promise.all(items.map(read));
  } finally {
    release();
  }
}

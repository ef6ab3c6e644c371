import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../db/database.ts';
import { type ArrivedReport, instantsOf, writeReports } from './report.ts';
import { SegmentPartitions } from './segment-partitions.ts';
import { inTransaction } from './stream-lock.ts';
import type { NewSegment } from './write-segments.ts';

export interface ReportWriterOptions {
  database: Database;
  clock: Clock;
  /** Called after COMMIT with the rows that were new; must not throw. */
  onWritten: (rows: readonly NewSegment[]) => void;
}

const RATE_WINDOW_MS = 10 * MS_PER_SECOND;

/** Writes reports to the database, those that just came and those of the journal alike, and counts what is new. */
export class ReportWriter {
  readonly #options: ReportWriterOptions;
  readonly #partitions: SegmentPartitions;
  readonly #written: { atMs: number; count: number }[] = [];

  constructor(options: ReportWriterOptions) {
    this.#options = options;
    this.#partitions = new SegmentPartitions(options.database.db, options.clock);
  }

  /** Writes checked reports in one transaction; resolves after COMMIT. */
  async write(reports: readonly ArrivedReport[]): Promise<void> {
    await this.#partitions.ensure(reports.flatMap(instantsOf));
    const rows = await inTransaction(this.#options.database.db, (trx, attempt) =>
      writeReports(trx, reports, { isCareful: attempt > 1 }),
    );
    if (rows.length > 0) {
      this.#written.push({ atMs: this.#options.clock.monotonicMs(), count: rows.length });
      this.ratePerSecond();
    }
    this.#options.onWritten(rows);
  }

  /** New segments per second over the last ten seconds. */
  ratePerSecond(): number {
    const sinceMs = this.#options.clock.monotonicMs() - RATE_WINDOW_MS;
    while ((this.#written[0]?.atMs ?? Infinity) < sinceMs) this.#written.shift();
    const count = this.#written.reduce((sum, entry) => sum + entry.count, 0);
    return (count * MS_PER_SECOND) / RATE_WINDOW_MS;
  }
}

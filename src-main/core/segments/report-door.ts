import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { type ArrivedReport, instantsOf, writeReports } from './report.ts';
import { checkReport, type SegmentReport } from './report-check.ts';
import { SegmentPartitions } from './segment-partitions.ts';
import { inTransaction } from './stream-lock.ts';
import type { NewSegment } from './write-segments.ts';

export interface ReportDoorOptions {
  database: Database;
  clock: Clock;
  /** Called after COMMIT with the rows that were new; must not throw. */
  onWritten: (rows: readonly NewSegment[]) => void;
}

interface Waiting extends ArrivedReport {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Transactions at once; each needs a connection of the pool. */
const MAX_WRITERS = 3;
/** What one transaction takes of the reports that wait. */
const MAX_SEGMENTS_PER_WRITE = 4000;
const RATE_WINDOW_MS = 10 * MS_PER_SECOND;

/**
 * Where reports come in. Reports that arrive while others are being written go into the next transaction together,
 * so that many small ones cost about as much as one large one.
 */
export class ReportDoor {
  readonly #options: ReportDoorOptions;
  readonly #partitions: SegmentPartitions;
  readonly #waiting: Waiting[] = [];
  readonly #written: { atMs: number; count: number }[] = [];
  readonly #writers = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ReportDoorOptions) {
    this.#options = options;
    this.#partitions = new SegmentPartitions(options.database.db, options.clock);
  }

  /**
   * Writes a report; resolves after COMMIT with the number of its segments, those that were there already included.
   *
   * Throws bad_request when any segment makes no sense (then none is written), database_unavailable.
   */
  async report(report: SegmentReport, arrivedAtUs: number): Promise<{ processedCount: number }> {
    checkReport(report);
    if (this.#isClosed) throw new AppError('database_unavailable', 'The manager is stopping; report again.');
    const processedCount = report.segments.length;
    if (processedCount === 0) return { processedCount };
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ report, arrivedAtUs, resolve, reject });
      this.#startWriter();
    });
    return { processedCount };
  }

  /** New segments per second over the last ten seconds. */
  ratePerSecond(): number {
    const sinceMs = this.#options.clock.monotonicMs() - RATE_WINDOW_MS;
    while ((this.#written[0]?.atMs ?? Infinity) < sinceMs) this.#written.shift();
    const count = this.#written.reduce((sum, entry) => sum + entry.count, 0);
    return (count * MS_PER_SECOND) / RATE_WINDOW_MS;
  }

  /** Waits for what is being written. Later reports are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#writers.size > 0) await Promise.all(this.#writers);
  }

  #startWriter(): void {
    if (this.#writers.size >= MAX_WRITERS) return;
    const writer = this.#writeWaiting().finally(() => {
      this.#writers.delete(writer);
      // What came after its last look found no free writer.
      if (this.#waiting.length > 0) this.#startWriter();
    });
    this.#writers.add(writer);
  }

  async #writeWaiting(): Promise<void> {
    // One turn of the event loop, so that reports of one burst are written together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#write(batch);
  }

  #take(): Waiting[] {
    let segmentCount = 0;
    let reportCount = 0;
    for (const { report } of this.#waiting) {
      segmentCount += report.segments.length;
      if (reportCount > 0 && segmentCount > MAX_SEGMENTS_PER_WRITE) break;
      reportCount += 1;
    }
    return this.#waiting.splice(0, reportCount);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#partitions.ensure(batch.flatMap(instantsOf));
      const rows = await inTransaction(this.#options.database.db, (trx) => writeReports(trx, batch));
      this.#count(rows.length);
      this.#options.onWritten(rows);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'database_unavailable';
      if (batch.length === 1 || isAway) {
        for (const { reject } of batch) reject(error);
      } else {
        // One of them is at fault; the others must not suffer for it.
        for (const waiting of batch) await this.#write([waiting]);
      }
    }
  }

  #count(count: number): void {
    if (count === 0) return;
    this.#written.push({ atMs: this.#options.clock.monotonicMs(), count });
    this.ratePerSecond();
  }
}

/** What rows of one stream and node cover together. */
export interface IndexedSegments extends TimeRange {
  stream: string;
  node: string;
  count: number;
}

/** The extent of the rows of each stream and node. */
export function extentsOf(rows: readonly NewSegment[]): IndexedSegments[] {
  const extents = new Map<string, IndexedSegments>();
  for (const { stream, nodeAlias: node, startUs, endUs } of rows) {
    const key = JSON.stringify([stream, node]);
    const extent = extents.get(key);
    if (extent) {
      extent.startUs = Math.min(extent.startUs, startUs);
      extent.endUs = Math.max(extent.endUs, endUs);
      extent.count += 1;
    } else {
      extents.set(key, { stream, node, startUs, endUs, count: 1 });
    }
  }
  return [...extents.values()];
}

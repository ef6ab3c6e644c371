import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { isDatabaseTrouble } from '../db/database-errors.ts';
import { JournalDrain } from '../journal/journal-drain.ts';
import type { JournalEntry } from '../journal/journal-record.ts';
import type { ReportJournal } from '../journal/report-journal.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { ClockSteps } from './clock-steps.ts';
import type { NodePlaces } from './node-places.ts';
import type { ArrivedReport } from './report.ts';
import { checkReport, type SegmentReport } from './report-check.ts';
import { ReportWriter, type ReportWriterOptions } from './report-writer.ts';
import type { NewSegment } from './write-segments.ts';

export interface ReportDoorOptions {
  database: Database;
  clock: Clock;
  /** Takes reports while the database is away; without one they are refused. */
  journal?: ReportJournal | undefined;
  /** Where nodes record; without it each node's objects are its own. */
  places?: NodePlaces | undefined;
  /** Tells when objects were written; without it a report is never taken for one that comes late. */
  store?: Pick<ObjectStore, 'stat'> | undefined;
  /** See `ReportWriterOptions`. */
  onForeign?: ReportWriterOptions['onForeign'];
  /** Called after COMMIT with the rows that were new; must not throw. */
  onWritten: (rows: readonly NewSegment[]) => void;
  /** A report not committed by then goes to the journal. A node waits 10 s for its answer. */
  patienceMs?: number;
}

interface Waiting extends ArrivedReport {
  sinceMs: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Transactions at once; each needs a connection of the pool. */
const MAX_WRITERS = 3;
/** A further transaction beside others takes at least so many, or what has waited so long: few large ones cost less. */
const MIN_FURTHER_SEGMENTS = 1000;
const MAX_GATHER_MS = 50;
/** What one transaction takes of the reports that wait. */
const MAX_SEGMENTS_PER_WRITE = 4000;
const PATIENCE_MS = 4 * MS_PER_SECOND;
/** How long closing waits for the database before it leaves the rest to the journal. */
const CLOSE_PATIENCE_MS = 1500;

/**
 * Where reports come in. Reports that arrive while others are being written go into the next transaction together,
 * so that many small ones cost about as much as one large one.
 *
 * When the database fails or takes too long, reports go to the journal, and further ones behind them until it is
 * drained, so that they are indexed in the order in which they came.
 */
export class ReportDoor {
  readonly #options: ReportDoorOptions;
  readonly #writer: ReportWriter;
  readonly #clockSteps: ClockSteps;
  readonly #drain: JournalDrain | undefined;
  readonly #waiting: Waiting[] = [];
  /** All that have no answer yet and are not in the journal, oldest first. */
  readonly #unanswered = new Set<Waiting>();
  readonly #writers = new Set<Promise<void>>();
  readonly #keeping = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #waitingSegments = 0;
  #isGathering = false;
  #isWatching = false;
  #isClosed = false;

  constructor(options: ReportDoorOptions) {
    this.#options = options;
    this.#writer = new ReportWriter(options);
    this.#clockSteps = new ClockSteps(options.clock);
    const { clock, journal } = options;
    if (!journal) return;
    this.#drain = new JournalDrain({
      journal,
      write: (entries) => this.#writer.write(entries),
      onEmptied: () => this.#startWriter(),
      clock,
    });
  }

  /** Begins to write what an earlier run left in the journal. */
  start(): void {
    this.#drain?.start();
  }

  /**
   * Takes a report; resolves when it is durable, in the database or the journal, with the number of its segments,
   * those that were there already included.
   *
   * Throws bad_request when any segment makes no sense (then none is written), database_unavailable.
   */
  async report(report: SegmentReport, arrivedAtUs: number): Promise<{ processedCount: number }> {
    checkReport(report);
    if (this.#isClosed) throw new AppError('database_unavailable', 'The manager is stopping; report again.');
    const processedCount = report.segments.length;
    if (processedCount === 0) return { processedCount };
    const clockStepsUs = this.#clockSteps.earlierUs();
    await new Promise<void>((resolve, reject) => {
      const waiting = {
        report,
        arrivedAtUs,
        ...(clockStepsUs.length > 0 && { clockStepsUs }),
        sinceMs: this.#options.clock.monotonicMs(),
        resolve,
        reject,
      };
      if (this.#isJournalAhead()) return this.#keep(waiting);
      this.#waiting.push(waiting);
      this.#waitingSegments += processedCount;
      this.#unanswered.add(waiting);
      this.#startWriter();
      void this.#watch();
    });
    return { processedCount };
  }

  /** Writes reports past the queue, in one transaction; for those that were set aside. */
  write(entries: readonly JournalEntry[]): Promise<void> {
    return this.#writer.write(entries);
  }

  /** Whether reports wait for those that are being written. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** New segments per second over the last ten seconds. */
  ratePerSecond(): number {
    return this.#writer.ratePerSecond();
  }

  /** Waits for what is being written; what the database does not take now goes to the journal. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const { clock, journal } = this.#options;
    const writing = this.#writing();
    if (journal) {
      await Promise.race([writing, clock.sleep(CLOSE_PATIENCE_MS)]);
      this.#keepAll([...this.#unanswered]);
      await Promise.all(this.#keeping);
      await Promise.race([this.#drain?.close(), clock.sleep(CLOSE_PATIENCE_MS)]);
    } else await writing;
    this.#stop.abort();
  }

  async #writing(): Promise<void> {
    while (this.#writers.size > 0) await Promise.all(this.#writers);
  }

  /** Whether a report that comes now has to stand behind others in the journal. */
  #isJournalAhead(): boolean {
    const { journal } = this.#options;
    return journal?.isEmpty === false && this.#drain?.isNearlyDone === false;
  }

  #startWriter(): void {
    // What waits for the rest of the journal is written once that is empty.
    if (this.#options.journal?.isEmpty === false) return;
    const [oldest] = this.#waiting;
    if (!oldest || this.#writers.size >= MAX_WRITERS) return;
    if (this.#writers.size > 0 && this.#waitingSegments < MIN_FURTHER_SEGMENTS) {
      const gatheredMs = this.#options.clock.monotonicMs() - oldest.sinceMs;
      if (gatheredMs < MAX_GATHER_MS) return void this.#gather(MAX_GATHER_MS - gatheredMs);
    }
    const writer = this.#writeWaiting().finally(() => {
      this.#writers.delete(writer);
      // What came after its last look found no free writer.
      this.#startWriter();
    });
    this.#writers.add(writer);
  }

  /** Looks again when the reports that wait have waited long enough. */
  async #gather(waitMs: number): Promise<void> {
    if (this.#isGathering) return;
    this.#isGathering = true;
    await this.#options.clock.sleep(Math.max(waitMs, 1), this.#stop.signal);
    this.#isGathering = false;
    this.#startWriter();
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
    const taken = this.#waiting.splice(0, reportCount);
    for (const { report } of taken) this.#waitingSegments -= report.segments.length;
    return taken;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#writer.write(batch);
      for (const waiting of batch) this.#answer(waiting, waiting.resolve);
    } catch (error) {
      const isTrouble = isDatabaseTrouble(error);
      if (isTrouble && this.#options.journal) {
        this.#keepAll([...batch, ...this.#waiting]);
      } else if (batch.length === 1 || isTrouble) {
        for (const waiting of batch) this.#answer(waiting, () => waiting.reject(error));
      } else {
        // One of them is at fault; the others must not suffer for it.
        for (const waiting of batch) await this.#write([waiting]);
      }
    }
  }

  /** Unless it was answered before: the journal has it then, and knows the repeat. */
  #answer(waiting: Waiting, answer: () => void): void {
    if (this.#unanswered.delete(waiting)) answer();
  }

  /** Moves reports that have no answer yet to the journal. */
  #keepAll(reports: readonly Waiting[]): void {
    for (const waiting of reports) {
      if (!this.#unanswered.delete(waiting)) continue;
      const index = this.#waiting.indexOf(waiting);
      if (index >= 0) {
        this.#waiting.splice(index, 1);
        this.#waitingSegments -= waiting.report.segments.length;
      }
      this.#keep(waiting);
    }
  }

  #keep(waiting: Waiting): void {
    const { journal } = this.#options;
    if (!journal) return;
    const { arrivedAtUs, clockStepsUs, report } = waiting;
    const keeping = journal
      .append({ arrivedAtUs, clockStepsUs, report })
      .then(waiting.resolve, waiting.reject)
      .finally(() => {
        this.#keeping.delete(keeping);
        this.#drain?.notify();
      });
    this.#keeping.add(keeping);
  }

  /** Gives reports to the journal that the database does not take in time. */
  async #watch(): Promise<void> {
    const { clock, journal, patienceMs = PATIENCE_MS } = this.#options;
    if (this.#isWatching || !journal) return;
    this.#isWatching = true;
    while (this.#unanswered.size > 0 && !this.#stop.signal.aborted) {
      const nowMs = clock.monotonicMs();
      const late = [...this.#unanswered].filter(({ sinceMs }) => nowMs - sinceMs >= patienceMs);
      this.#keepAll(late);
      const [oldest] = this.#unanswered;
      if (oldest) await clock.sleep(Math.max(oldest.sinceMs + patienceMs - nowMs, 1), this.#stop.signal);
    }
    this.#isWatching = false;
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
    const key = `${stream}\0${node}`;
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

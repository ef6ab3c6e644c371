import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { ClipService } from '../playback/clip-service.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type ExportChange, type ExportRow, type ExportRows, UNFINISHED } from './export-rows.ts';
import { failureWords } from './failure-words.ts';
import { runExport } from './run-export.ts';
import { removePartFiles } from './write-part-file.ts';

export interface ExportQueueOptions {
  clips: ClipService;
  store: ObjectStore;
  rows: ExportRows;
  folder: string;
  /** Our own id among the managers of the database; jobs of others are left to them. */
  managerId: string;
  clock: Clock;
  logger: Logger;
  /** Called with every new state, and while bytes are written. */
  onChange: (row: ExportRow) => unknown;
}

interface RunningJob {
  row: ExportRow;
  stop: AbortController;
  startedMs: number;
  /** Bytes that were there when this run began. */
  resumedBytes: number | null;
  writtenBytes: number;
  toldMs: number;
  ended: Promise<void>;
}

/** One disk is busy with one copy; the second hides the planning of the next job. */
const RUNNING_AT_ONCE = 2;
const TELL_EVERY_MS = 250;
const RETRY_MS = 5000;

/** Runs jobs in the order they came, two at a time. */
export class ExportQueue {
  readonly #options: ExportQueueOptions;
  readonly #waiting: ExportRow[] = [];
  readonly #running = new Map<string, RunningJob>();
  readonly #closing = new AbortController();
  #resumed: Promise<void> = Promise.resolve();

  constructor(options: ExportQueueOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier run left, as soon as the database answers. */
  resume(): void {
    this.#resumed = this.#readUnfinished();
  }

  add(row: ExportRow): void {
    if (this.#running.has(row.id) || this.#waiting.some((waiting) => waiting.id === row.id)) return;
    this.#waiting.push(row);
    this.#startNext();
  }

  progress(id: string): { writtenBytes: number; bytesPerSecond: number | null } {
    const job = this.#running.get(id);
    if (!job) return { writtenBytes: 0, bytesPerSecond: null };
    const elapsedMs = this.#options.clock.monotonicMs() - job.startedMs;
    const bytes = job.writtenBytes - (job.resumedBytes ?? 0);
    return {
      writtenBytes: job.writtenBytes,
      bytesPerSecond: bytes > 0 && elapsedMs > 0 ? Math.round((bytes * 1000) / elapsedMs) : null,
    };
  }

  /** Looks whether another manager has cancelled jobs that wait or run here, or took them off the list. */
  async recheck(): Promise<void> {
    const { folder, rows } = this.#options;
    for (const { id } of [...this.#waiting, ...[...this.#running.values()].map(({ row }) => row)]) {
      const row = await rows.find(id);
      if (row && UNFINISHED.includes(row.state)) continue;
      const place = this.#waiting.findIndex((waiting) => waiting.id === id);
      if (place >= 0) this.#waiting.splice(place, 1);
      const job = this.#running.get(id);
      // Done by us a moment ago.
      if (row?.state === 'done' || (!job && place < 0)) continue;
      job?.stop.abort();
      await job?.ended;
      await removePartFiles(row?.folder ?? folder, id).catch(() => undefined);
    }
  }

  /** Ends a job that waits or runs and removes what it wrote; undefined where it does neither. */
  async cancel(id: string): Promise<ExportRow | undefined> {
    const { rows, folder, clock } = this.#options;
    const place = this.#waiting.findIndex((row) => row.id === id);
    if (place >= 0) this.#waiting.splice(place, 1);
    const job = this.#running.get(id);
    if (job) {
      job.stop.abort();
      await job.ended;
    }
    const row = await rows.update(id, { state: 'cancelled', finishedAt: new Date(clock.nowMs()) }, [
      'waiting',
      'running',
      'checking',
    ]);
    if (!row) return undefined;
    // Where another manager is at work, it removes what it wrote.
    if (row.manager_id === null || row.manager_id === this.#options.managerId) {
      await removePartFiles(row.folder ?? folder, id).catch(() => undefined);
    }
    this.#options.onChange(row);
    return row;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#resumed;
    this.#waiting.length = 0;
    const jobs = [...this.#running.values()];
    for (const job of jobs) job.stop.abort();
    await Promise.all(jobs.map((job) => job.ended));
  }

  async #readUnfinished(): Promise<void> {
    const { clock, folder, logger, managerId, rows } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        for (const row of await rows.unfinished(managerId, folder)) this.add(row);
        return;
      } catch (error) {
        logger.warn({ error: errorMessage(error) }, 'unfinished exports could not be read; trying again');
        await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  #startNext(): void {
    while (!this.#closing.signal.aborted && this.#running.size < RUNNING_AT_ONCE) {
      const row = this.#waiting.shift();
      if (!row) return;
      const job: RunningJob = {
        row,
        stop: new AbortController(),
        startedMs: this.#options.clock.monotonicMs(),
        resumedBytes: null,
        writtenBytes: 0,
        toldMs: Number.NEGATIVE_INFINITY,
        ended: Promise.resolve(),
      };
      this.#running.set(row.id, job);
      job.ended = this.#run(job).finally(() => {
        this.#running.delete(row.id);
        this.#startNext();
      });
    }
  }

  async #run(job: RunningJob): Promise<void> {
    const { clips, clock, folder, logger, store } = this.#options;
    const { row, stop } = job;
    const save = async (change: ExportChange) => {
      const finishedAt = change.state === 'done' ? new Date(clock.nowMs()) : undefined;
      await this.#save(job, { ...change, finishedAt });
    };
    try {
      await runExport({
        clips,
        store,
        row,
        folder: row.folder ?? folder,
        signal: stop.signal,
        onProgress: (writtenBytes) => this.#progressed(job, writtenBytes),
        save,
      });
    } catch (error) {
      // A job that was stopped by the end of the program keeps its state, so that the next start takes it up.
      if (stop.signal.aborted) return;
      logger.warn({ export: row.id, stream: row.stream, error: errorMessage(error) }, 'an export failed');
      await removePartFiles(row.folder ?? folder, row.id).catch(() => undefined);
      await this.#save(job, {
        state: 'failed',
        finishedAt: new Date(clock.nowMs()),
        error: failureWords(error, row.folder ?? folder),
      }).catch((failure: unknown) => {
        logger.error(
          { export: row.id, error: errorMessage(failure) },
          'the failure of an export was not stored',
        );
      });
    }
  }

  async #save(job: RunningJob, change: ExportChange): Promise<void> {
    // The file has its name by then; it is too late to stop.
    if (change.state !== 'done') job.stop.signal.throwIfAborted();
    const row = await this.#options.rows.update(job.row.id, change, [...UNFINISHED]);
    if (!row) {
      // Somebody took it off the list or cancelled it at another manager.
      job.stop.abort();
      job.stop.signal.throwIfAborted();
      return;
    }
    job.row = row;
    this.#options.onChange(row);
  }

  #progressed(job: RunningJob, writtenBytes: number): void {
    const { clock, onChange } = this.#options;
    const nowMs = clock.monotonicMs();
    if (job.resumedBytes === null) {
      job.resumedBytes = writtenBytes;
      job.startedMs = nowMs;
    }
    job.writtenBytes = writtenBytes;
    if (nowMs - job.toldMs < TELL_EVERY_MS) return;
    job.toldMs = nowMs;
    onChange(job.row);
  }
}

import type { RetentionRun } from '../../../src-shared/model/retention.ts';
import { MS_PER_HOUR, MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';

export interface RetentionWorkerOptions {
  readonly run: (signal: AbortSignal) => Promise<RetentionRun>;
  /** Called after each run, with null where not even that could be noted. */
  readonly onRun: (run: RetentionRun | null, problem: string | null) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = MS_PER_HOUR;
/** After the start there is more urgent work. */
const FIRST_AFTER_MS = 2 * MS_PER_MINUTE;
const RETRY_AFTER_MS = 10 * MS_PER_MINUTE;
/** What is let go of comes seldom alone. */
const SOON_MS = MS_PER_MINUTE;

/** Removes what the rules no longer keep, every hour, and sooner where a run failed. */
export class RetentionWorker implements Closeable {
  #stop: AbortController | null = null;
  #loop: Promise<void> | undefined;
  #running: Promise<RetentionRun> | null = null;
  /** Ends a run that was asked for. */
  #once = new AbortController();
  #nextRunMs: number | null = null;
  /** The next run is to come soon. */
  #isHurried = false;
  #wake = new AbortController();

  constructor(private readonly options: RetentionWorkerOptions) {}

  /** When the next run begins, milliseconds since the Unix epoch; null while this manager does not remove. */
  get nextRunMs(): number | null {
    return this.#nextRunMs;
  }

  /** May be called again, also after `close`. */
  start(): void {
    if (this.#stop) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#loop = this.#work(stop.signal);
  }

  /** Ends a run under way between two batches and waits for it. */
  async close(): Promise<void> {
    this.#stop?.abort();
    this.#stop = null;
    this.#once.abort();
    this.#once = new AbortController();
    await this.#loop;
    await this.#running?.catch(() => {});
    this.#nextRunMs = null;
  }

  /** Begins a run now, whether started or not. Throws conflict while one is under way. */
  begin(): void {
    if (this.#running) throw new AppError('conflict', 'A removal is under way. Wait until it is done.');
    const { signal } = this.#once;
    this.#run(signal).catch((error: unknown) => {
      if (!signal.aborted) this.options.logger.warn({ reason: errorMessage(error) }, 'retention failed');
    });
  }

  /** The next run begins within a minute, where this manager removes; also after one that is under way. */
  hurry(): void {
    this.#isHurried = true;
    this.#wake.abort();
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const wake = () => this.#wake.abort();
    signal.addEventListener('abort', wake, { once: true });
    this.#isHurried = false;
    let pauseMs = FIRST_AFTER_MS;
    while (!signal.aborted) {
      this.#nextRunMs = clock.nowMs() + pauseMs;
      this.#wake = new AbortController();
      if (!this.#isHurried) await clock.sleep(pauseMs, this.#wake.signal);
      if (this.#isHurried && !signal.aborted) {
        this.#nextRunMs = Math.min(this.#nextRunMs, clock.nowMs() + SOON_MS);
        await clock.sleep(this.#nextRunMs - clock.nowMs(), signal);
        this.#isHurried = false;
      }
      if (signal.aborted) return;
      pauseMs = (await this.#attempt(signal)) ? EVERY_MS : RETRY_AFTER_MS;
    }
  }

  async #attempt(signal: AbortSignal): Promise<boolean> {
    if (this.#running) return true;
    try {
      return (await this.#run(signal)).state === 'done';
    } catch (error) {
      if (!signal.aborted) this.options.logger.warn({ reason: errorMessage(error) }, 'retention failed');
      return false;
    }
  }

  async #run(signal: AbortSignal): Promise<RetentionRun> {
    const running = this.options.run(signal);
    this.#running = running;
    try {
      const run = await running;
      this.options.onRun(run, run.problem);
      return run;
    } catch (error) {
      if (!signal.aborted) this.options.onRun(null, errorMessage(error));
      throw error;
    } finally {
      this.#running = null;
    }
  }
}

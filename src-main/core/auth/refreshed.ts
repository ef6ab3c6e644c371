import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { settlesWithin } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';

/** A database that hangs must not keep requests waiting: nodes that report wait 10 s in all. */
const PATIENCE_MS = MS_PER_SECOND;

/**
 * A small table kept in memory: read again when somebody wants it and it is older than `maxAgeMs`.
 *
 * While the database is away, or does not answer within a second, what was read last goes on to count.
 */
export class Refreshed<T> {
  #value: T;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #isKnown = false;
  #reading: Promise<void> | undefined;
  /** Somebody has waited for the reading under way as long as anybody should. */
  #isHanging = false;

  constructor(
    initial: T,
    private readonly read: () => Promise<T>,
    private readonly clock: Clock,
    private readonly maxAgeMs: number,
  ) {
    this.#value = initial;
  }

  /** What was read last, however old. */
  get latest(): T {
    return this.#value;
  }

  /** Whether it was ever read. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** As it is in the table, at most `maxAgeMs` ago. */
  async get(): Promise<T> {
    if (this.clock.monotonicMs() - this.#readAtMs <= this.maxAgeMs) return this.#value;
    const reading = this.refresh();
    if (this.#isHanging) reading.catch(() => {});
    else if (!(await settlesWithin(reading, PATIENCE_MS)) && this.#reading === reading)
      this.#isHanging = true;
    return this.#value;
  }

  /** Reads it now; callers at the same time share one reading. */
  refresh(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
      this.#isHanging = false;
    });
    return this.#reading;
  }

  /** Reads it after a change, which a reading under way may not have seen. */
  async reread(): Promise<void> {
    await this.#reading;
    await this.refresh();
  }

  async #readOnce(): Promise<void> {
    const startedAtMs = this.clock.monotonicMs();
    try {
      this.#value = await this.read();
      this.#isKnown = true;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'database_unavailable') throw error;
    }
    this.#readAtMs = startedAtMs;
  }
}

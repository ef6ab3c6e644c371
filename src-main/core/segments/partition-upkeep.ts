import { MS_PER_HOUR, MS_PER_MINUTE, US_PER_DAY } from '../../../src-shared/util/units.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { SegmentPartitions } from './segment-partitions.ts';

const WEEKS_AHEAD = 3;
const EVERY_MS = 6 * MS_PER_HOUR;
const RETRY_MS = MS_PER_MINUTE;

/** Makes the partitions of the next weeks before their first segment comes, so that no report waits for one. */
export class PartitionUpkeep implements Closeable {
  #stop: AbortController | null = null;
  #loop: Promise<void> | undefined;

  constructor(
    private readonly options: { readonly database: Database; readonly clock: Clock; readonly logger: Logger },
  ) {}

  /** May be called again, also after `close`. */
  start(): void {
    if (this.#stop) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#loop = this.#work(stop.signal);
  }

  async close(): Promise<void> {
    this.#stop?.abort();
    this.#stop = null;
    await this.#loop;
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { clock, database, logger } = this.options;
    while (!signal.aborted) {
      let pauseMs = EVERY_MS;
      try {
        const weeks = Array.from(
          { length: WEEKS_AHEAD + 1 },
          (_, week) => nowUs(clock) + week * 7 * US_PER_DAY,
        );
        await new SegmentPartitions(database.db, clock).ensure(weeks);
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ reason: errorMessage(error) }, 'partitions could not be made ahead');
        pauseMs = RETRY_MS;
      }
      await clock.sleep(pauseMs, signal);
    }
  }
}

import type { IngestSample } from '../../../src-shared/contract/index-routes.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { Closeable } from '../base/lifecycle.ts';

export interface IngestHistoryOptions {
  /** How many segments wait to be examined. */
  readonly queueLength: () => number;
  /** Age of the newest indexed instant of what is being recorded; null when nothing is. */
  readonly lagMs: () => number | null;
  readonly clock: Clock;
}

/** One sample in this time, for an hour. */
export const INGEST_STEP_MS = 10 * MS_PER_SECOND;
const MAX_SAMPLES = 360;

/** What came into the index over the last hour, as this manager saw it; kept in memory. */
export class IngestHistory implements Closeable {
  readonly #samples: IngestSample[] = [];
  #segmentCount = 0;
  #stop: AbortController | null = null;
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: IngestHistoryOptions) {}

  /** Begins to take samples; does nothing while it does. */
  start(): void {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.#loop = this.#run(this.#stop.signal);
  }

  /** Segments were indexed. */
  count(segmentCount: number): void {
    this.#segmentCount += segmentCount;
  }

  /** Oldest first. */
  samples(): IngestSample[] {
    return [...this.#samples];
  }

  async close(): Promise<void> {
    this.#stop?.abort();
    await this.#loop;
    this.#stop = null;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, lagMs, queueLength } = this.options;
    while (!signal.aborted) {
      await clock.sleep(INGEST_STEP_MS, signal);
      if (signal.aborted) return;
      this.#samples.push({
        atMs: clock.nowMs(),
        segmentCount: this.#segmentCount,
        queueLength: queueLength(),
        lagMs: lagMs(),
      });
      this.#segmentCount = 0;
      if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
    }
  }
}

import { addSample, type LoadSample, SAMPLE_EVERY_MS } from '../../../src-shared/model/load-sample.ts';
import type { Clock } from '../base/clock.ts';
import type { Closeable } from '../base/lifecycle.ts';

/** What the whole cluster did in the last five minutes, for windows that open. */
export class ClusterLoad implements Closeable {
  readonly #timer: NodeJS.Timeout;
  #history: readonly LoadSample[] = [];

  /** `read` answers null while there is nothing to sample. */
  constructor(read: () => Omit<LoadSample, 'atMs'> | null, clock: Clock) {
    this.#timer = setInterval(() => {
      const load = read();
      if (load) this.#history = addSample(this.#history, { atMs: clock.nowMs(), ...load });
    }, SAMPLE_EVERY_MS);
  }

  /** Oldest first; the array is another one after each change. */
  get history(): readonly LoadSample[] {
    return this.#history;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

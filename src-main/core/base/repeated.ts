import type { Clock } from './clock.ts';

/** Work that is done again and again, never twice at once, beside a loop that calls `turn` as often as it likes. */
export class Repeated {
  #running: Promise<void> | null = null;
  #nextMs = Number.NEGATIVE_INFINITY;

  /** `work` never rejects; `pauseMs` is from its end to the next beginning, milliseconds. */
  constructor(
    private readonly clock: Clock,
    private readonly pauseMs: number,
    private readonly work: () => Promise<void>,
  ) {}

  /** Begins where it is time. */
  turn(): void {
    if (this.#running !== null || this.clock.monotonicMs() < this.#nextMs) return;
    this.#running = this.work().finally(() => {
      this.#running = null;
      this.#nextMs = this.clock.monotonicMs() + this.pauseMs;
    });
  }

  /** What is under way; null for nothing. */
  get running(): Promise<void> | null {
    return this.#running;
  }
}

import type { Clock } from '../../core/base/clock.ts';

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs: number;
  #sleepers: Sleeper[] = [];

  constructor(startMs = 1_800_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (durationMs <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', drop);
        resolve();
      };
      const sleeper = { wakeMs: this.#nowMs + durationMs, wake };
      this.#sleepers.push(sleeper);
      const drop = () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        resolve();
      };
      signal?.addEventListener('abort', drop, { once: true });
    });
  }

  /** Waits, in real time, until at least `count` are asleep: whoever was woken has done what it woke for. */
  async untilAsleep(count = 1): Promise<void> {
    while (this.#sleepers.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Moves on, waking every sleeper at its own time and letting it run before the next one. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    for (;;) {
      const next = this.#sleepers
        .filter((each) => each.wakeMs <= untilMs)
        .sort((a, b) => a.wakeMs - b.wakeMs)[0];
      if (!next) break;
      this.#sleepers = this.#sleepers.filter((each) => each !== next);
      this.#nowMs = next.wakeMs;
      next.wake();
      await settle();
    }
    this.#nowMs = untilMs;
    await settle();
  }
}

/** Lets everything run that waits for nothing but its turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

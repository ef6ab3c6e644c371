import type { Clock } from '../base/clock.ts';

/** A text may be as old as this many times what it takes to build it: building takes a tenth of the time at most. */
const AGE_PER_BUILD_TIME = 10;

/**
 * A text that many readers share. It is built again when something changed, but not more often than its size
 * allows: what takes 0.1 ms is never older than 1 ms, what takes 20 ms may be 200 ms old.
 */
export class SharedText {
  #text: Buffer | undefined;
  #version = -1;
  #isGoodUntilMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly build: () => string,
  ) {}

  /** The text as UTF-8, not to be changed; the same object as long as it is the same. */
  read(version: number): Buffer {
    const startedMs = this.clock.monotonicMs();
    if (this.#text && (version === this.#version || startedMs < this.#isGoodUntilMs)) return this.#text;
    this.#text = Buffer.from(this.build());
    this.#version = version;
    const nowMs = this.clock.monotonicMs();
    this.#isGoodUntilMs = nowMs + (nowMs - startedMs) * AGE_PER_BUILD_TIME;
    return this.#text;
  }
}

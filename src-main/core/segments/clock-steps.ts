import { MS_PER_SECOND, US_PER_MS } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { RETRY_WINDOW_US } from './session-choice.ts';

/** Less is a clock that is steered or read late. */
const MIN_STEP_MS = 2 * MS_PER_SECOND;

/**
 * Notices when the wall clock is set while the program runs.
 *
 * Media clocks are told by when reports come. A report that comes again after the clock was set is known for a repeat
 * only by what the clock would have said before.
 */
export class ClockSteps {
  readonly #clock: Clock;
  #offsetMs: number;
  #steps: { atMs: number; byMs: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  /**
   * What is to be added to a time of now to have what the clocks of the last minute would say, in microseconds; the
   * latest first, empty when nobody has set the clock.
   */
  earlierUs(): number[] {
    const atMs = this.#clock.monotonicMs();
    const offsetMs = this.#clock.nowMs() - atMs;
    const byMs = offsetMs - this.#offsetMs;
    if (Math.abs(byMs) >= MIN_STEP_MS) {
      this.#steps.unshift({ atMs, byMs });
      this.#offsetMs = offsetMs;
    }
    if (this.#steps.length === 0) return [];
    this.#steps = this.#steps.filter((step) => (atMs - step.atMs) * US_PER_MS <= RETRY_WINDOW_US);
    let backMs = 0;
    return this.#steps.map((step) => {
      backMs -= step.byMs;
      return Math.round(backMs * US_PER_MS);
    });
  }
}

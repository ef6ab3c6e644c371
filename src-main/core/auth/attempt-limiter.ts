import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';

interface Rule {
  /** Wrong attempts in a row without any delay. */
  readonly freeCount: number;
  readonly maxDelayMs: number;
}

/**
 * One account from one address is slowed down soon. One account from everywhere is slowed down late and little, as
 * anybody could keep its owner out; one address for all accounts, as many may sit behind one, late as well.
 */
const RULES = {
  both: { freeCount: 5, maxDelayMs: 5 * MS_PER_MINUTE },
  account: { freeCount: 30, maxDelayMs: 30 * MS_PER_SECOND },
  address: { freeCount: 20, maxDelayMs: 5 * MS_PER_MINUTE },
} as const satisfies Record<string, Rule>;

const MAX_TRACKED = 10_000;
/** Wrong attempts are forgotten after this time without another. */
const FORGOTTEN_AFTER_MS = 60 * MS_PER_MINUTE;

interface Failures {
  count: number;
  lastMs: number;
  untilMs: number;
}

/** Limits wrong passwords: the time until the next attempt doubles with each, for account and address. In memory. */
export class AttemptLimiter {
  readonly #failures = new Map<string, Failures>();

  constructor(private readonly clock: Clock) {}

  /**
   * Begins an attempt, which counts as wrong until it is said to be right: so attempts at the same time are counted
   * too. Throws too_many, with the time to wait.
   */
  begin(account: string, address: string): { isRight(): void } {
    const nowMs = this.clock.nowMs();
    const keys = keysOf(account, address);
    const waitMs = Math.max(...keys.map(({ key }) => (this.#find(key, nowMs)?.untilMs ?? 0) - nowMs));
    if (waitMs > 0) {
      const waitSec = Math.ceil(waitMs / MS_PER_SECOND);
      throw new AppError('too_many', `Too many wrong passwords. Try again in ${waitSec} s.`, {
        details: { retryAfterSec: waitSec },
      });
    }
    for (const { key, rule } of keys) this.#count(key, rule, nowMs);
    return {
      isRight: () => {
        for (const { key, rule } of keys) {
          // An address from which one login was right may still be guessing others.
          if (rule === RULES.address) this.#uncount(key);
          else this.#failures.delete(key);
        }
      },
    };
  }

  #find(key: string, nowMs: number): Failures | undefined {
    const failures = this.#failures.get(key);
    if (!failures || nowMs - failures.lastMs <= FORGOTTEN_AFTER_MS) return failures;
    this.#failures.delete(key);
    return undefined;
  }

  #count(key: string, rule: Rule, nowMs: number): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.delete(key);
    const oldest = this.#failures.keys().next().value;
    if (this.#failures.size >= MAX_TRACKED && oldest !== undefined) this.#failures.delete(oldest);
    this.#failures.set(key, { count, lastMs: nowMs, untilMs: nowMs + delayMs(count, rule) });
  }

  #uncount(key: string): void {
    const failures = this.#failures.get(key);
    if (!failures) return;
    if (failures.count <= 1) this.#failures.delete(key);
    else this.#failures.set(key, { ...failures, count: failures.count - 1, untilMs: 0 });
  }
}

/** 1 s after the last free attempt, then twice as long each time. */
function delayMs(count: number, { freeCount, maxDelayMs }: Rule): number {
  return count < freeCount ? 0 : Math.min(MS_PER_SECOND * 2 ** Math.min(count - freeCount, 30), maxDelayMs);
}

function keysOf(account: string, address: string): { key: string; rule: Rule }[] {
  // Names nobody has may be long.
  const name = account.slice(0, 100);
  return [
    { key: JSON.stringify([name, address]), rule: RULES.both },
    { key: JSON.stringify([name]), rule: RULES.account },
    { key: JSON.stringify([null, address]), rule: RULES.address },
  ];
}

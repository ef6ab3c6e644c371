import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { settlesWithin } from '../base/abort.ts';
import { networkOf } from '../base/address-range.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import {
  type CountedAttempt,
  countAttempt,
  FORGOTTEN_AFTER_MS,
  noteRightAttempt,
} from './attempt-queries.ts';

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

/** So long a login waits for a database that does not answer. */
const PATIENCE_MS = MS_PER_SECOND;
const MAX_TRACKED = 10_000;

interface Failures {
  count: number;
  lastMs: number;
  untilMs: number;
}

/**
 * Limits wrong passwords: the time until the next attempt doubles with each, for account and address.
 *
 * All managers of the database count together, and a start forgets nothing. While the database is away, each goes on
 * by itself from what it counted last.
 */
export class AttemptLimiter {
  readonly #failures = new Map<string, Failures>();

  constructor(
    private readonly clock: Clock,
    private readonly database: Database | null = null,
  ) {}

  /**
   * Begins an attempt, which counts as wrong until it is said to be right: so attempts at the same time are counted
   * too. Throws too_many, with the time to wait.
   */
  async begin(account: string, address: string): Promise<{ isRight(): Promise<void> }> {
    const keys = keysOf(account, address);
    this.#demandNoWait(keys);
    if (!(await this.#countTogether(keys))) {
      // Again, as others may have begun while the database was waited for.
      this.#demandNoWait(keys);
      for (const { key, rule } of keys) this.#count(key, rule);
    }
    return { isRight: () => this.#noteRight(keys) };
  }

  #demandNoWait(keys: readonly LimitedKey[]): void {
    const nowMs = this.clock.nowMs();
    const waitMs = Math.max(...keys.map(({ key }) => (this.#find(key, nowMs)?.untilMs ?? 0) - nowMs));
    if (waitMs > 0) throw tooMany(waitMs);
  }

  /** False where the database cannot be asked now. Throws too_many. */
  async #countTogether(keys: readonly LimitedKey[]): Promise<boolean> {
    const { database } = this;
    if (!database) return false;
    const counting = countAttempt(
      database,
      keys.map(({ key, rule }) => ({ key, ...rule })),
    );
    if (!(await isDone(counting))) return false;
    const outcome = await counting;
    if ('counted' in outcome) {
      for (const attempt of outcome.counted) this.#keep(attempt);
      return true;
    }
    this.#keep(outcome.refused);
    throw tooMany(outcome.refused.waitMs);
  }

  async #noteRight(keys: readonly LimitedKey[]): Promise<void> {
    // An address from which one login was right may still be guessing others.
    const ofAddress = keys.filter(({ rule }) => rule === RULES.address).map(({ key }) => key);
    const others = keys.filter(({ rule }) => rule !== RULES.address).map(({ key }) => key);
    for (const key of ofAddress) this.#uncount(key);
    for (const key of others) this.#failures.delete(key);
    if (this.database) await isDone(noteRightAttempt(this.database, others, ofAddress));
  }

  #find(key: string, nowMs: number): Failures | undefined {
    const failures = this.#failures.get(key);
    if (!failures || nowMs - failures.lastMs <= FORGOTTEN_AFTER_MS) return failures;
    this.#failures.delete(key);
    return undefined;
  }

  #count(key: string, rule: Rule): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#keep({ key, count, waitMs: delayMs(count, rule) });
  }

  #keep({ count, key, waitMs }: CountedAttempt): void {
    const nowMs = this.clock.nowMs();
    this.#failures.delete(key);
    const oldest = this.#failures.keys().next().value;
    if (this.#failures.size >= MAX_TRACKED && oldest !== undefined) this.#failures.delete(oldest);
    this.#failures.set(key, { count, lastMs: nowMs, untilMs: nowMs + waitMs });
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

interface LimitedKey {
  readonly key: string;
  readonly rule: Rule;
}

function tooMany(waitMs: number): AppError {
  const waitSec = Math.ceil(waitMs / MS_PER_SECOND);
  return new AppError('too_many', `Too many wrong passwords. Try again in ${waitSec} s.`, {
    details: { retryAfterSec: waitSec },
  });
}

/** False where the database is away or takes too long; what it does then is not waited for. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  try {
    return await settlesWithin(work, PATIENCE_MS);
  } catch (error) {
    if (error instanceof AppError && error.code === 'database_unavailable') return false;
    throw error;
  }
}

function keysOf(account: string, address: string): LimitedKey[] {
  // Names nobody has may be long.
  const name = account.slice(0, 100);
  const network = networkOf(address);
  return [
    { key: JSON.stringify([name, network]), rule: RULES.both },
    { key: JSON.stringify([name]), rule: RULES.account },
    { key: JSON.stringify([null, network]), rule: RULES.address },
  ];
}

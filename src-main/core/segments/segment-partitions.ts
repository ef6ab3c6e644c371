import { type Kysely, sql } from 'kysely';
import { MS_PER_MINUTE, US_PER_DAY } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { nowUs } from '../base/clock.ts';
import type { Tables } from '../db/tables.ts';

const WEEK_US = 7 * US_PER_DAY;
/** Nothing was recorded before Live777 existed; such times stay in the default partition. */
const FIRST_WEEK = Math.floor((Date.UTC(2018, 0, 1) * 1000) / WEEK_US);
const WEEKS_AHEAD = 53;
const KNOWN_MS = 10 * MS_PER_MINUTE;

/** Makes the weekly partitions of `segments` before rows come; remembers for a while which are there. */
export class SegmentPartitions {
  /** Weeks, and until when they are sure to be there: one in which nothing is left may lose its partition. */
  readonly #known = new Map<number, number>();

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the partitions for these instants. Call it before the transaction that writes, never inside: attaching
   * a partition waits for transactions that have read segments.
   *
   * Instants before 2018 or more than a year ahead get none and lie in the default partition.
   */
  async ensure(instantsUs: Iterable<number>): Promise<void> {
    const weeks = new Set<number>();
    for (const instantUs of instantsUs) weeks.add(Math.floor(instantUs / WEEK_US));
    const nowMs = this.clock.monotonicMs();
    const lastWeek = Math.floor(nowUs(this.clock) / WEEK_US) + WEEKS_AHEAD;
    for (const week of weeks) {
      if (week < FIRST_WEEK || week > lastWeek || (this.#known.get(week) ?? 0) > nowMs) continue;
      await sql`select ensure_segment_partition(${week})`.execute(this.db);
      this.#known.set(week, nowMs + KNOWN_MS);
    }
  }
}

import { sql } from 'kysely';
import { MS_PER_HOUR, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import { hashOf } from './secret-values.ts';

/** What is counted, and from when on it is slowed down. */
export interface AttemptKey {
  readonly key: string;
  /** Wrong attempts in a row without any delay; at least 2. */
  readonly freeCount: number;
  readonly maxDelayMs: number;
}

/** How often a key was wrong by now, and how long it has to wait. */
export interface CountedAttempt {
  readonly key: string;
  readonly count: number;
  readonly waitMs: number;
}

/** After this time without another, wrong attempts are forgotten. */
export const FORGOTTEN_AFTER_MS = MS_PER_HOUR;
const FORGOTTEN_AFTER_SEC = FORGOTTEN_AFTER_MS / MS_PER_SECOND;

class Refused extends Error {
  constructor(readonly attempt: CountedAttempt) {
    super('An attempt has to wait.');
  }
}

/**
 * Counts an attempt under each key, unless one of them has to wait: then none, and that one is given. Whoever counts at
 * the same time comes one after the other, so the keys are always to be in the same order of kinds.
 */
export async function countAttempt(
  { db }: Database,
  keys: readonly AttemptKey[],
): Promise<{ readonly counted: CountedAttempt[] } | { readonly refused: CountedAttempt }> {
  try {
    const counted = await db.transaction().execute(async (transaction) => {
      const all: CountedAttempt[] = [];
      for (const { freeCount, key, maxDelayMs } of keys) {
        const { rows } = await sql<{ count: number; wait_ms: number }>`
          INSERT INTO login_attempts AS known (key_hash, count, last_at, until_at)
          VALUES (${hashOf(key)}, 1, clock_timestamp(), clock_timestamp())
          ON CONFLICT (key_hash) DO UPDATE SET (count, last_at, until_at) = (
            SELECT next, clock_timestamp(), clock_timestamp() + make_interval(secs => CASE
              WHEN next < ${freeCount}::integer THEN 0
              ELSE least(power(2, least(next - ${freeCount}::integer, 30)), ${maxDelayMs / 1000}::double precision) END)
            FROM (SELECT CASE WHEN known.last_at < clock_timestamp() - make_interval(secs => ${FORGOTTEN_AFTER_SEC})
              THEN 1 ELSE known.count + 1 END AS next) AS counted)
          WHERE known.until_at <= clock_timestamp()
          RETURNING count, extract(epoch FROM until_at - clock_timestamp())::double precision * 1000 AS wait_ms
        `.execute(transaction);
        const row = rows[0];
        if (!row) throw new Refused(await readAttempt({ db: transaction }, key));
        all.push({ key, count: row.count, waitMs: row.wait_ms });
      }
      return all;
    });
    return { counted };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.attempt };
    throw error;
  }
}

async function readAttempt({ db }: Pick<Database, 'db'>, key: string): Promise<CountedAttempt> {
  const row = await db
    .selectFrom('login_attempts')
    .select([
      'count',
      sql<number>`extract(epoch FROM until_at - clock_timestamp())::double precision * 1000`.as('wait_ms'),
    ])
    .where('key_hash', '=', hashOf(key))
    .executeTakeFirst();
  return { key, count: row?.count ?? 1, waitMs: Math.max(1, row?.wait_ms ?? 1) };
}

/** One attempt was right after all: `forgotten` are counted no more, of `uncounted` one is taken off. */
export async function noteRightAttempt(
  { db }: Database,
  forgotten: readonly string[],
  uncounted: readonly string[],
): Promise<void> {
  await db.deleteFrom('login_attempts').where('key_hash', 'in', forgotten.map(hashOf)).execute();
  for (const key of uncounted) {
    await sql`
      UPDATE login_attempts SET count = greatest(count - 1, 1), until_at = clock_timestamp()
      WHERE key_hash = ${hashOf(key)}
    `.execute(db);
  }
}

/** Deletes what is forgotten; resolves to how many. */
export async function deleteOldAttempts({ db }: Database): Promise<number> {
  const result = await db
    .deleteFrom('login_attempts')
    .where('last_at', '<', sql<Date>`clock_timestamp() - make_interval(secs => ${FORGOTTEN_AFTER_SEC})`)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

import { hash } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { AppError, errorCode } from '../base/errors.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables.ts';

/** Serialisation failure, deadlock, lock timeout, and a unique key that another transaction just took. */
const REPEATABLE_STATES = new Set(['40001', '40P01', '55P03', '23505']);
const MAX_ATTEMPTS = 5;

/** A stream as one node records it: the unit that writers take turns on. */
export interface StreamOfNode {
  stream: string;
  nodeAlias: string;
}

/** The streams that a transaction has locked already; it ends with them. */
const lockedNames = new WeakMap<Transaction<Tables>, Set<string>>();

/**
 * Waits until this transaction is the only one that writes segments of these streams; ends with it.
 *
 * All writers take their locks here, sorted by the database, so two batches cannot wait for each other. Further
 * calls in the same transaction must only name streams that are locked already, and cost nothing.
 */
export async function lockStreams(trx: Transaction<Tables>, streams: Iterable<StreamOfNode>): Promise<void> {
  const locked = lockedNames.get(trx) ?? new Set<string>();
  const names = new Set<string>();
  let last: StreamOfNode | null = null;
  for (const each of streams) {
    // Segments of one stream come one after the other, by the thousand.
    if (last?.stream !== each.stream || last.nodeAlias !== each.nodeAlias) {
      const name = `segments\0${each.stream}\0${each.nodeAlias}`;
      if (!locked.has(name)) names.add(name);
    }
    last = each;
  }
  if (names.size === 0) return;
  const keys = [...names].map((name) => hash('sha256', name, 'buffer').readBigInt64BE(0).toString());
  await sql`
    ${prepared('lock_streams')}
    select pg_advisory_xact_lock(key)
    from (select unnest(${keys}::bigint[]) as key order by 1) as sorted
  `.execute(trx);
  for (const name of names) locked.add(name);
  lockedNames.set(trx, locked);
}

/**
 * Runs `work` in a transaction, again from the start (a few times) where PostgreSQL says that a repeat may succeed.
 *
 * `attempt` counts from 1. `work` must not change anything outside the transaction. Resolves after COMMIT.
 */
export async function inTransaction<T>(
  db: Kysely<Tables>,
  work: (trx: Transaction<Tables>, attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute((trx) => work(trx, attempt));
    } catch (error) {
      const state = error instanceof AppError ? undefined : errorCode(error);
      if (attempt >= MAX_ATTEMPTS || state === undefined || !REPEATABLE_STATES.has(state)) throw error;
    }
  }
}

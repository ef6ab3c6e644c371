import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { AuditRow } from './audit-row.ts';

/** What has changed in a row that was written before. */
export interface AuditUpdate {
  readonly id: string;
  readonly last_at: Date | string;
  readonly count: number;
}

/** Writes rows; those that are there already stay as they are, so that a batch can be sent again. */
export async function insertAuditRows({ db }: Database, rows: readonly AuditRow[]): Promise<void> {
  await db
    .insertInto('audit')
    .values([...rows])
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Brings count and end of rows up to date, in one statement. */
export async function updateAuditRows({ db }: Database, updates: readonly AuditUpdate[]): Promise<void> {
  const ids = updates.map(({ id }) => id);
  const ends = updates.map(({ last_at }) => new Date(last_at).toISOString());
  const counts = updates.map(({ count }) => count);
  await sql`
    UPDATE audit SET last_at = changed.last_at, count = changed.count
    FROM unnest(${ids}::uuid[], ${ends}::timestamptz[], ${counts}::int[]) AS changed (id, last_at, count)
    WHERE audit.id = changed.id
  `.execute(db);
}

/** Deletes up to `limit` rows that ended before `before`; resolves to how many. */
export async function deleteAuditRows({ db }: Database, before: Date, limit: number): Promise<number> {
  const old = db.selectFrom('audit').select('id').where('at', '<', before).orderBy('at').limit(limit);
  const [result] = await db
    .deleteFrom('audit')
    .where('id', 'in', old)
    .where('last_at', '<', before)
    .execute();
  return Number(result?.numDeletedRows ?? 0);
}

import { sql } from 'kysely';
import type { RetentionRule, RetentionRuleInput } from '../../../src-shared/model/retention.ts';
import type { Database } from '../db/database.ts';

/** The rules that were made in the window, in order. */
export async function readRules({ db }: Database): Promise<RetentionRule[]> {
  const rows = await db.selectFrom('retention_rules').selectAll().orderBy('position').execute();
  return rows.map((row) => ({
    id: row.id,
    source: 'window',
    streams: row.streams,
    keepDays: row.keep_days,
    maxBytes: row.max_bytes,
    updatedBy: row.updated_by,
    updatedAtMs: row.updated_at.getTime(),
  }));
}

/** Puts these rules in place of all that were made in the window. */
export async function writeRules(
  { db }: Database,
  rules: readonly RetentionRuleInput[],
  by: string,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // Two windows that save at once: the later one wins as a whole.
    await sql`lock table retention_rules in share row exclusive mode`.execute(trx);
    await trx.deleteFrom('retention_rules').execute();
    if (rules.length === 0) return;
    await trx
      .insertInto('retention_rules')
      .values(
        rules.map(({ keepDays, maxBytes, streams }, position) => ({
          position,
          streams,
          keep_days: keepDays,
          max_bytes: maxBytes,
          updated_by: by,
        })),
      )
      .execute();
  });
}

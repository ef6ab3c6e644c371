import type { Insertable, Selectable } from 'kysely';
import type { LoginSessionsTable } from '../db/access-tables.ts';
import type { Database } from '../db/database.ts';

export type SessionRow = Selectable<LoginSessionsTable>;

export async function insertSession({ db }: Database, row: Insertable<LoginSessionsTable>): Promise<void> {
  await db.insertInto('login_sessions').values(row).execute();
}

export async function readSession({ db }: Database, hash: string): Promise<SessionRow | undefined> {
  return db.selectFrom('login_sessions').selectAll().where('value_hash', '=', hash).executeTakeFirst();
}

/** Those that end after `now`, last used first; of one account where it is given. */
export async function readSessions({ db }: Database, now: Date, account?: string): Promise<SessionRow[]> {
  let query = db.selectFrom('login_sessions').selectAll().where('expires_at', '>', now);
  if (account !== undefined) query = query.where('kind', '=', 'account').where('subject', '=', account);
  return query.orderBy('used_at', 'desc').orderBy('id').limit(1000).execute();
}

export async function touchSession({ db }: Database, id: string, usedAt: Date): Promise<void> {
  await db.updateTable('login_sessions').set({ used_at: usedAt }).where('id', '=', id).execute();
}

/** Resolves to the identifier of the JWT that was given with it, if any; undefined where there is no such session. */
export async function deleteSession(
  { db }: Database,
  id: string,
): Promise<{ token_id: string | null } | undefined> {
  return db.deleteFrom('login_sessions').where('id', '=', id).returning('token_id').executeTakeFirst();
}

/** Deletes the session that a JWT was given with. */
export async function deleteSessionOfToken({ db }: Database, tokenId: string): Promise<void> {
  await db.deleteFrom('login_sessions').where('token_id', '=', tokenId).execute();
}

/** Deletes those that have ended, by age or by disuse; resolves to how many. */
export async function deleteEndedSessions({ db }: Database, now: Date, idleMs: number): Promise<number> {
  const result = await db
    .deleteFrom('login_sessions')
    .where((eb) =>
      eb.or([eb('expires_at', '<=', now), eb('used_at', '<=', new Date(now.getTime() - idleMs))]),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

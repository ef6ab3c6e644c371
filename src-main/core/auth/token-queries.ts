import type { Insertable, Selectable } from 'kysely';
import type { IssuedTokensTable } from '../db/access-tables.ts';
import type { Database } from '../db/database.ts';

export type TokenRow = Selectable<IssuedTokensTable>;

export async function insertToken({ db }: Database, row: Insertable<IssuedTokensTable>): Promise<void> {
  await db.insertInto('issued_tokens').values(row).execute();
}

export type KnownToken = Pick<TokenRow, 'id' | 'proof'> & { readonly isRevoked: boolean };

/** Those that would still be good, revoked or not. */
export async function readKnownTokens({ db }: Database, now: Date): Promise<KnownToken[]> {
  const rows = await db
    .selectFrom('issued_tokens')
    .select(['id', 'proof', 'revoked_at'])
    // Tokens are taken for a minute after they have expired.
    .where('expires_at', '>', new Date(now.getTime() - 120_000))
    .execute();
  return rows.map(({ id, proof, revoked_at }) => ({ id, proof, isRevoked: revoked_at !== null }));
}

/** Those that have not expired, newest first. */
export async function readTokens({ db }: Database, now: Date): Promise<TokenRow[]> {
  return db
    .selectFrom('issued_tokens')
    .selectAll()
    .where('expires_at', '>', now)
    .orderBy('issued_at', 'desc')
    .orderBy('id')
    .limit(1000)
    .execute();
}

/** False where there is none. */
export async function revokeToken({ db }: Database, id: string, by: string, now: Date): Promise<boolean> {
  const result = await db
    .updateTable('issued_tokens')
    .set((eb) => ({
      revoked_at: eb.fn.coalesce('revoked_at', eb.val(now)),
      revoked_by: eb.fn.coalesce('revoked_by', eb.val(by)),
    }))
    .where('id', '=', id)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) > 0;
}

export async function revokeTokensOf(
  { db }: Database,
  account: string,
  by: string,
  now: Date,
): Promise<void> {
  await db
    .updateTable('issued_tokens')
    .set({ revoked_at: now, revoked_by: by })
    .where('account', '=', account)
    .where('revoked_at', 'is', null)
    .execute();
}

/** Deletes rows whose tokens expired before `before`; resolves to how many. */
export async function deleteExpiredTokens({ db }: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom('issued_tokens').where('expires_at', '<', before).executeTakeFirst();
  return Number(result.numDeletedRows);
}

import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import type { AccountsTable } from '../db/access-tables.ts';
import type { Database } from '../db/database.ts';

export type AccountRow = Selectable<AccountsTable>;

export interface AdminGuard {
  /** Nothing is changed unless another administrator of all streams is left. */
  readonly needsOtherAdmin: boolean;
}

export async function readAccounts({ db }: Database): Promise<AccountRow[]> {
  return db.selectFrom('accounts').selectAll().execute();
}

/** False where the name is taken. */
export async function insertAccount({ db }: Database, row: Insertable<AccountsTable>): Promise<boolean> {
  const result = await db
    .insertInto('accounts')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) > 0;
}

/** False where the account is gone or is the last administrator. */
export async function updateAccount(
  { db }: Database,
  name: string,
  changes: Updateable<AccountsTable>,
  guard: AdminGuard,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    // Two administrators who disable each other at once would both see the other one.
    await sql`LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE`.execute(transaction);
    const result = await transaction
      .updateTable('accounts')
      .set(changes)
      .where('name', '=', name)
      .$if(guard.needsOtherAdmin, (query) => query.where(otherAdmin(name)))
      .executeTakeFirst();
    return Number(result.numUpdatedRows) > 0;
  });
}

/** False where the account is gone or is the last administrator. */
export async function deleteAccount({ db }: Database, name: string, guard: AdminGuard): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await sql`LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE`.execute(transaction);
    const result = await transaction
      .deleteFrom('accounts')
      .where('name', '=', name)
      .$if(guard.needsOtherAdmin, (query) => query.where(otherAdmin(name)))
      .executeTakeFirst();
    return Number(result.numDeletedRows) > 0;
  });
}

function otherAdmin(name: string) {
  return sql<boolean>`EXISTS (
    SELECT FROM accounts AS other
    WHERE other.name <> ${name} AND other.role = 'admin' AND other.streams IS NULL AND NOT other.is_disabled
  )`;
}

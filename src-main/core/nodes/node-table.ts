import type { Database } from '../db/database.ts';
import type { CheckedNode } from './check-node-input.ts';

/** A node as the table has it. */
export interface StoredNode {
  readonly id: string;
  readonly alias: string;
  readonly url: string;
  readonly mode: 'poll' | 'sse';
  readonly site: string;
  readonly storage: string;
  readonly hasToken: boolean;
}

type Fields = Omit<CheckedNode, 'token'> & { readonly hasToken: boolean };

/** All nodes added in the window, by alias. */
export async function readStoredNodes({ db }: Database): Promise<StoredNode[]> {
  const rows = await db
    .selectFrom('nodes')
    .select(['id', 'alias', 'url', 'mode', 'site', 'storage', 'has_token'])
    .orderBy('alias')
    .execute();
  return rows.map(({ has_token, ...row }) => ({ ...row, hasToken: has_token }));
}

/** Throws SQLSTATE 23505 where the alias is taken. */
export async function insertNode({ db }: Database, id: string, fields: Fields): Promise<void> {
  await db
    .insertInto('nodes')
    .values({ id, ...columns(fields) })
    .execute();
}

/** False where there is no such row any more. Throws SQLSTATE 23505 where the alias is taken. */
export async function updateNode({ db }: Database, id: string, fields: Fields): Promise<boolean> {
  const result = await db
    .updateTable('nodes')
    .set({ ...columns(fields), updated_at: new Date() })
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function deleteNode({ db }: Database, id: string): Promise<void> {
  await db.deleteFrom('nodes').where('id', '=', id).execute();
}

function columns({ alias, hasToken, mode, site, storage, url }: Fields) {
  return { alias, url, mode, site, storage, has_token: hasToken };
}

import { scryptSync } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { WebhookMessage } from './webhook-queue.ts';

/** The name of a webhook in the database: its URL may hold secrets, and a password is short enough to be tried. */
export function hookKeyOf(url: string): string {
  return scryptSync(url, 'liveman webhook', 16).toString('hex');
}

/** What one webhook has not taken yet, oldest first; at most `limit`, the newest. */
export async function readMessages(
  { db }: Pick<Database, 'db'>,
  hook: string,
  limit: number,
): Promise<WebhookMessage[]> {
  const rows = await db
    .selectFrom('webhook_messages')
    .selectAll()
    .where('hook', '=', hook)
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute();
  return rows.reverse().map(({ alert, created_at, event, id, sequence }) => ({
    id,
    event,
    alert,
    createdAtMs: created_at.getTime(),
    sequence,
  }));
}

/** Writes messages of one webhook in this order; answers the `sequence` of each id. */
export async function writeMessages(
  { db }: Pick<Database, 'db'>,
  hook: string,
  messages: readonly WebhookMessage[],
): Promise<Map<string, number>> {
  if (messages.length === 0) return new Map();
  const rows = await db
    .insertInto('webhook_messages')
    .values(
      messages.map(({ alert, createdAtMs, event, id }) => ({
        id,
        hook,
        event,
        alert: JSON.stringify(alert),
        created_at: new Date(createdAtMs),
      })),
    )
    .returning(['id', 'sequence'])
    .execute();
  return new Map(rows.map(({ id, sequence }) => [id, sequence]));
}

export async function deleteMessages({ db }: Pick<Database, 'db'>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.deleteFrom('webhook_messages').where(sql<boolean>`id = any(${ids}::uuid[])`).execute();
}

/** Deletes what is older than `beforeMs`, and what is for none of `hooks`; null for hooks that are not all known. */
export async function forgetMessages(
  { db }: Pick<Database, 'db'>,
  beforeMs: number,
  hooks: readonly string[] | null,
): Promise<void> {
  await db
    .deleteFrom('webhook_messages')
    .where((eb) => {
      const isOld = eb('created_at', '<', new Date(beforeMs));
      if (hooks === null) return isOld;
      return hooks.length === 0 ? eb.lit(true) : eb.or([isOld, eb('hook', 'not in', hooks)]);
    })
    .execute();
}

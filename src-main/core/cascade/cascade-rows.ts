import { type Kysely, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';

/** A relay that this program made. */
export interface OwnCascade {
  readonly id: string;
  readonly stream: string;
  readonly source: string;
  readonly target: string;
  readonly mode: 'push' | 'pull';
  /** `viewers`: made because every holder was full, ended when idle; `operator`: made and ended by hand. */
  readonly origin: 'viewers' | 'operator';
  readonly state: 'starting' | 'running';
  readonly createdAtMs: number;
  /** The manager that made it; null in old rows. */
  readonly managerId: string | null;
  /** Where the nodes were when it was made; null in old rows. */
  readonly sourceUrl: string | null;
  readonly targetUrl: string | null;
  /** Its session at the end that did not make it; null where no node said it. */
  readonly peerSession: string | null;
}

/** The rows of `cascades`. All methods throw database_unavailable. */
export class CascadeRows {
  readonly #db: Database['db'];

  constructor(database: Database) {
    this.#db = database.db;
  }

  async list(): Promise<OwnCascade[]> {
    return readRows(this.#db);
  }

  /**
   * Writes a new row, unless `isInTheWay` says so of a row of the same stream: managers that relay one stream at the
   * same time do so one after the other. False where nothing was written.
   */
  async claim(cascade: OwnCascade, isInTheWay: (other: OwnCascade) => boolean): Promise<boolean> {
    return this.#db.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(${CLAIM_LOCK}, hashtext(${cascade.stream}))`.execute(
        transaction,
      );
      if ((await readRows(transaction, cascade.stream)).some(isInTheWay)) return false;
      await saveRow(transaction, cascade);
      return true;
    });
  }

  /** Writes the row, or its new state. Another row of the same stream and target is replaced. */
  async save(cascade: OwnCascade): Promise<void> {
    await saveRow(this.#db, cascade);
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('cascades').where('id', '=', id).execute();
  }
}

/** Any number that no other part uses as the first of two keys. */
const CLAIM_LOCK = 7_770_080;

async function readRows(db: Kysely<Tables>, stream?: string): Promise<OwnCascade[]> {
  let query = db.selectFrom('cascades').selectAll().orderBy('created_at');
  if (stream !== undefined) query = query.where('stream', '=', stream);
  return (await query.execute()).map((row) => ({
    id: row.id,
    stream: row.stream,
    source: row.source_alias,
    target: row.target_alias,
    mode: row.mode,
    origin: row.origin,
    state: row.state,
    createdAtMs: row.created_at.getTime(),
    managerId: row.manager_id,
    sourceUrl: row.source_url,
    targetUrl: row.target_url,
    peerSession: row.peer_session,
  }));
}

async function saveRow(db: Kysely<Tables>, cascade: OwnCascade): Promise<void> {
  const row = {
    id: cascade.id,
    stream: cascade.stream,
    source_alias: cascade.source,
    target_alias: cascade.target,
    mode: cascade.mode,
    origin: cascade.origin,
    state: cascade.state,
    created_at: new Date(cascade.createdAtMs),
    manager_id: cascade.managerId,
    source_url: cascade.sourceUrl,
    target_url: cascade.targetUrl,
    peer_session: cascade.peerSession,
  };
  const known = await db.updateTable('cascades').set(row).where('id', '=', row.id).executeTakeFirst();
  if (known.numUpdatedRows > 0n) return;
  await db
    .insertInto('cascades')
    .values(row)
    .onConflict((conflict) => conflict.columns(['stream', 'target_alias']).doUpdateSet(row))
    .execute();
}

import type { Database } from '../db/database.ts';

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
}

/** The rows of `cascades`. All methods throw database_unavailable. */
export class CascadeRows {
  readonly #db: Database['db'];

  constructor(database: Database) {
    this.#db = database.db;
  }

  async list(): Promise<OwnCascade[]> {
    const rows = await this.#db.selectFrom('cascades').selectAll().orderBy('created_at').execute();
    return rows.map((row) => ({
      id: row.id,
      stream: row.stream,
      source: row.source_alias,
      target: row.target_alias,
      mode: row.mode,
      origin: row.origin,
      state: row.state,
      createdAtMs: row.created_at.getTime(),
      managerId: row.manager_id,
    }));
  }

  /** Writes the row, or its new state. Another row of the same stream and target is replaced. */
  async save(cascade: OwnCascade): Promise<void> {
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
    };
    await this.#db
      .insertInto('cascades')
      .values(row)
      .onConflict((conflict) => conflict.columns(['stream', 'target_alias']).doUpdateSet(row))
      .execute();
  }

  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('cascades').where('id', '=', id).execute();
  }
}

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { type ForeignPlace, UNSEEN_MS } from './pending-sessions.ts';

/** A place that this program takes. */
export interface PlaceRow {
  readonly id: string;
  readonly alias: string;
  readonly kind: 'publish' | 'play';
}

/** Any number that no other part uses as the first of two keys. */
const PLACE_LOCK = 7_770_050;

/** The rows of `session_places`. All methods throw database_unavailable. */
export class PlaceRows {
  /** `runId`: who takes these places; `heldMs`: how long one counts whose manager says nothing more of it. */
  constructor(
    private readonly database: Database,
    private readonly runId: string,
    private readonly heldMs: number,
  ) {}

  /**
   * Takes what `choose` answers when it is told which places others have taken for the stream. All managers do so
   * one after the other; `choose` is not called once `signal` has aborted, nor when the lock is not had in `limitMs`.
   */
  async take(
    stream: string,
    { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
    choose: (foreign: readonly ForeignPlace[]) => readonly PlaceRow[],
  ): Promise<void> {
    await this.database.db.transaction().execute(async (transaction) => {
      signal.throwIfAborted();
      await sql`
        select set_config('lock_timeout', ${`${limitMs}ms`}, true),
          pg_advisory_xact_lock(${PLACE_LOCK}, hashtext(${stream}))`.execute(transaction);
      const foreign = await transaction
        .selectFrom('session_places')
        .select([
          'kind',
          'node_alias as alias',
          'session',
          sql<number>`(extract(epoch from expires_at - clock_timestamp()) * 1000)::float8`.as('leftMs'),
        ])
        .where('stream', '=', stream)
        .where('placed_by', '<>', this.runId)
        .where('expires_at', '>', sql<Date>`clock_timestamp()`)
        .execute();
      signal.throwIfAborted();
      const rows = choose(foreign);
      if (rows.length === 0) return;
      await transaction.insertInto('session_places').values(this.#values(stream, rows)).execute();
    });
  }

  /** Writes a place down that is taken already. */
  async add(stream: string, row: PlaceRow): Promise<void> {
    await this.database.db
      .insertInto('session_places')
      .values(this.#values(stream, [row]))
      .execute();
  }

  /** The node made the session. */
  async confirm(id: string, session: string): Promise<void> {
    await this.database.db
      .updateTable('session_places')
      .set({ session, expires_at: inMs(UNSEEN_MS) })
      .where('id', '=', id)
      .execute();
  }

  async release(id: string): Promise<void> {
    await this.database.db.deleteFrom('session_places').where('id', '=', id).execute();
  }

  /** The session has ended, whoever made it. */
  async forget(stream: string, session: string): Promise<void> {
    await this.database.db
      .deleteFrom('session_places')
      .where('stream', '=', stream)
      .where('session', '=', session)
      .execute();
  }

  /** Deletes what counts no more. */
  async clean(): Promise<void> {
    await this.database.db
      .deleteFrom('session_places')
      .where('expires_at', '<=', sql<Date>`clock_timestamp()`)
      .execute();
  }

  #values(stream: string, rows: readonly PlaceRow[]) {
    return rows.map(({ alias, id, kind }) => ({
      id,
      placed_by: this.runId,
      stream,
      node_alias: alias,
      kind,
      expires_at: inMs(this.heldMs),
    }));
  }
}

function inMs(durationMs: number): RawBuilder<Date> {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${durationMs / 1000})`;
}

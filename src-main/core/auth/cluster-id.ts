import type { Clock } from '../base/clock.ts';
import type { Database } from '../db/database.ts';
import { Refreshed } from './refreshed.ts';

/** Which cluster this is: one for all managers of a database, read once. */
export class ClusterId {
  readonly #id: Refreshed<string | null>;

  constructor(database: Database | null, clock: Clock) {
    this.#id = new Refreshed<string | null>(
      null,
      async () =>
        database && (await database.db.selectFrom('cluster').select('id').executeTakeFirstOrThrow()).id,
      clock,
      0,
    );
  }

  /** Null without a database, and while it was away ever since the start: asked for anew each time. */
  async find(): Promise<string | null> {
    return this.#id.isKnown ? this.#id.latest : this.#id.get();
  }
}

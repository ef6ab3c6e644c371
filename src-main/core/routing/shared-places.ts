import { randomUUID } from 'node:crypto';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { orAbort, timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { PendingSessions, Reservation } from './pending-sessions.ts';
import { type PlaceRow, PlaceRows } from './place-rows.ts';

export interface SharedPlacesOptions {
  readonly database: Database;
  readonly pending: PendingSessions;
  /** Whether other managers place sessions, too; while none does, the database is not asked. */
  readonly hasOthers: () => boolean;
  /** How long a node may take to answer an offer. */
  readonly offerMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Kind = 'publish' | 'play';

/** Who waits for a place; `choose` takes it. */
interface Wish {
  readonly choose: () => PlaceRow | null;
  readonly resolve: () => void;
}

/** A client does not wait longer than this for other managers. */
const LIMIT_MS = MS_PER_SECOND;
/** A database that did not answer is left alone for so long. */
const ALONE_MS = 5 * MS_PER_SECOND;
const CLEAN_EVERY_MS = 60 * MS_PER_SECOND;

/**
 * Takes places on nodes for sessions, one placement per stream at a time over all managers of the database.
 *
 * While the database is away, or does not answer within a second, each manager places by what it knows itself.
 */
export class SharedPlaces implements Closeable {
  readonly #rows: PlaceRows;
  readonly #waiting = new Map<string, Wish[]>();
  readonly #writes = new Set<Promise<void>>();
  #aloneUntilMs = Number.NEGATIVE_INFINITY;
  #cleanedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: SharedPlacesOptions) {
    const { database, offerMs, pending } = options;
    this.#rows = new PlaceRows(database, randomUUID(), offerMs + 10 * MS_PER_SECOND);
    pending.onDidForget((stream, session) => {
      if (options.hasOthers()) this.#write(() => this.#rows.forget(stream, session));
    });
  }

  /**
   * Calls `choose` when all places are counted that are taken so far, and takes the one on the node `aliasOf` names.
   * Who calls must confirm or release it.
   */
  async take<C>(
    kind: Kind,
    stream: string,
    choose: () => C,
    aliasOf: (choice: C) => string | null,
  ): Promise<{ readonly choice: C; readonly place: Reservation | null }> {
    const { clock, hasOthers, pending } = this.options;
    let taken: { readonly choice: C; readonly place: Reservation | null } | undefined;
    const id = randomUUID();
    const isShared = hasOthers() && clock.monotonicMs() >= this.#aloneUntilMs;
    const takeOwn = (): PlaceRow | null => {
      const choice = choose();
      const alias = aliasOf(choice);
      const place = alias === null ? null : pending.reserve(kind, alias, stream);
      taken = { choice, place: place && isShared ? this.#told(id, place) : place };
      return alias === null ? null : { id, alias, kind };
    };
    if (isShared) await this.#queue(stream, takeOwn);
    else takeOwn();
    return taken as { readonly choice: C; readonly place: Reservation | null };
  }

  /** Takes this place, free or not; other managers are told in the background. */
  reserve(kind: Kind, alias: string, stream: string): Reservation {
    const place = this.options.pending.reserve(kind, alias, stream);
    if (!this.options.hasOthers()) return place;
    const id = randomUUID();
    return this.#told(
      id,
      place,
      this.#write(() => this.#rows.add(stream, { id, alias, kind })),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#writes);
  }

  /** The place, with the other managers told what becomes of it. */
  #told(id: string, place: Reservation, written: Promise<void> = Promise.resolve()): Reservation {
    return {
      confirm: (session) => {
        place.confirm(session);
        this.#write(() => written.then(() => this.#rows.confirm(id, session)));
      },
      release: () => {
        place.release();
        this.#write(() => written.then(() => this.#rows.release(id)));
      },
    };
  }

  #queue(stream: string, choose: Wish['choose']): Promise<void> {
    return new Promise((resolve) => {
      const wish = { choose, resolve };
      const waiting = this.#waiting.get(stream);
      if (waiting) waiting.push(wish);
      else {
        const first = [wish];
        this.#waiting.set(stream, first);
        void this.#serve(stream, first);
      }
    });
  }

  /** Viewers that come together share one transaction. Never rejects. */
  async #serve(stream: string, waiting: Wish[]): Promise<void> {
    while (waiting.length > 0) {
      const together = waiting.splice(0);
      await this.#place(stream, together);
      for (const { resolve } of together) resolve();
    }
    this.#waiting.delete(stream);
    this.#clean();
  }

  async #place(stream: string, wishes: readonly Wish[]): Promise<void> {
    const { clock, logger, pending } = this.options;
    let isChosen = false;
    const chooseAll = () => {
      isChosen = true;
      return wishes.flatMap(({ choose }) => choose() ?? []);
    };
    if (clock.monotonicMs() < this.#aloneUntilMs) return void chooseAll();
    const limit = timeLimit(LIMIT_MS);
    const taking = this.#rows.take(stream, { limitMs: LIMIT_MS, signal: limit.signal }, (foreign) => {
      pending.noteForeign(stream, foreign);
      return chooseAll();
    });
    try {
      await orAbort(taking, limit.signal);
    } catch (error) {
      this.#aloneUntilMs = clock.monotonicMs() + ALONE_MS;
      logger.warn(
        { stream, reason: errorMessage(error) },
        'Sessions are placed without asking other managers',
      );
      if (!isChosen) chooseAll();
    } finally {
      limit.release();
    }
  }

  #clean(): void {
    const nowMs = this.options.clock.monotonicMs();
    if (nowMs - this.#cleanedMs < CLEAN_EVERY_MS) return;
    this.#cleanedMs = nowMs;
    this.#write(() => this.#rows.clean());
  }

  #write(work: () => Promise<void>): Promise<void> {
    const write = work()
      .catch((error: unknown) => {
        // What others know of the place ends by itself.
        this.options.logger.debug({ reason: errorMessage(error) }, 'A place could not be written down');
      })
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
    return write;
  }
}

import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { type AlertMute, type AlertMuteInput, findMute } from '../../../src-shared/model/alert-mute.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { AlertMutesTable } from '../db/alert-tables.ts';
import type { Database } from '../db/database.ts';

export interface AlertMutesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readEveryMs?: number;
}

/** Mutes of other managers are seen so late at most. */
const READ_EVERY_MS = 10 * MS_PER_SECOND;

/** Which alerts are kept quiet: in the database, and in memory for those who ask often. */
export class AlertMutes implements Closeable {
  #mutes: readonly AlertMute[] = [];
  readonly #listeners = new Set<(mutes: readonly AlertMute[]) => void>();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly options: AlertMutesOptions) {}

  /** Reads them now and then again and again; may be called after `close`. */
  start(): void {
    if (this.#timer) return;
    const { readEveryMs = READ_EVERY_MS } = this.options;
    this.#timer = setInterval(() => this.#readSoon(), readEveryMs).unref();
    this.#readSoon();
  }

  /** Reads them anew: another manager changed them. */
  reload(): Promise<void> {
    this.#readSoon();
    return this.#reading;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#reading;
  }

  /** Those that hold now, newest first. */
  list(): AlertMute[] {
    const nowMs = this.options.clock.nowMs();
    return this.#mutes.filter(({ endsAtMs }) => endsAtMs === null || endsAtMs > nowMs);
  }

  isMuted(alert: Alert): boolean {
    return findMute(alert, this.#mutes, this.options.clock.nowMs()) !== null;
  }

  /** Called with all of them when one came or went. Returns how to stop. */
  onDidChange(listener: (mutes: readonly AlertMute[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Throws `unprocessable` for a mute that would be about everything or is over already. */
  async add(input: AlertMuteInput, by: string): Promise<AlertMute> {
    const { clock, database } = this.options;
    if (input.kind === null && input.object === null) {
      throw new AppError('unprocessable', 'A mute has to name a kind of alerts or an object.');
    }
    if (input.endsAtMs !== null && input.endsAtMs <= clock.nowMs()) {
      throw new AppError('unprocessable', 'The mute would be over already. Choose a later end.');
    }
    const mute: AlertMute = { ...input, id: randomUUID(), createdAtMs: clock.nowMs(), createdBy: by };
    await database.db.insertInto('alert_mutes').values(rowOf(mute)).execute();
    await this.#read();
    return mute;
  }

  /** Ends a mute. Throws `not_found`. */
  async remove(id: string): Promise<AlertMute> {
    const isId = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id);
    const row = isId
      ? await this.options.database.db
          .deleteFrom('alert_mutes')
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst()
      : undefined;
    if (!row) throw new AppError('not_found', 'There is no such mute. It may be over.');
    await this.#read();
    return muteOf(row);
  }

  #readSoon(): void {
    this.#reading = this.#read().catch((error: unknown) => {
      this.options.logger.debug({ err: error }, 'Mutes of alerts cannot be read now; the known ones hold');
    });
  }

  async #read(): Promise<void> {
    const { clock, database } = this.options;
    const rows = await database.db
      .selectFrom('alert_mutes')
      .selectAll()
      .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', new Date(clock.nowMs()))]))
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute();
    const before = this.#mutes;
    this.#mutes = rows.map(muteOf);
    if (idsOf(before) === idsOf(this.#mutes)) return;
    for (const listener of this.#listeners) listener(this.#mutes);
  }
}

function idsOf(mutes: readonly AlertMute[]): string {
  return mutes.map(({ id }) => id).join();
}

function muteOf(row: Selectable<AlertMutesTable>): AlertMute {
  const { object_kind: kind, object_name: name } = row;
  return {
    id: row.id,
    kind: row.kind,
    object: kind === null || name === null ? null : { kind, name },
    endsAtMs: row.ends_at?.getTime() ?? null,
    reason: row.reason,
    createdAtMs: row.created_at.getTime(),
    createdBy: row.created_by,
  };
}

function rowOf(mute: AlertMute) {
  return {
    id: mute.id,
    kind: mute.kind,
    object_kind: mute.object?.kind ?? null,
    object_name: mute.object?.name ?? null,
    ends_at: mute.endsAtMs === null ? null : new Date(mute.endsAtMs),
    reason: mute.reason,
    created_at: new Date(mute.createdAtMs),
    created_by: mute.createdBy,
  };
}

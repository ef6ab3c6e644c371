import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { AuditBacklog } from './audit-backlog.ts';
import type { AuditNote, AuditSink } from './audit-note.ts';
import { insertAuditRows, updateAuditRows } from './audit-queries.ts';
import { type AuditRow, detailsText, rowOf } from './audit-row.ts';

export interface AuditLogOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where entries are kept that cannot be written, over the end of the program too; without it in memory alone. */
  readonly backlog?: AuditBacklog | undefined;
  /** Entries kept while the database is away; 10 000 unless said otherwise. */
  readonly maxWaiting?: number;
}

const FLUSH_EVERY_MS = MS_PER_SECOND;
const RETRY_MS = 5 * MS_PER_SECOND;
const CLOSE_LIMIT_MS = 3 * MS_PER_SECOND;
const BATCH_ROWS = 500;
const MAX_WAITING = 10_000;
/** What was refused to nobody in particular takes at most this part of them. */
const NOBODYS_PART = 0.1;
/** Acts that go on, followed at once; of more, the one that was quiet for longest begins a new entry. */
const MAX_OPEN = 10_000;

interface OpenEntry {
  readonly row: AuditRow;
  /** Its key but for the details. */
  readonly about: string;
  readonly mergeWithinMs: number;
  lastMs: number;
  isWritten: boolean;
  isChanged: boolean;
}

/**
 * Keeps what callers do, behind their backs: a note costs no query and is written within a second or two.
 *
 * Bounded: while the database is away the newest notes beyond the limit are lost, and how many is itself an entry.
 */
export class AuditLog implements AuditSink, Closeable {
  readonly #waiting: AuditRow[] = [];
  readonly #open = new Map<string, OpenEntry>();
  /** Of what went on last, by who did what: its key in `#open`. */
  readonly #lastKeys = new Map<string, string>();
  readonly #byId = new Map<string, OpenEntry>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #retryAtMs = 0;
  #lostCount = 0;
  /** Of those that wait, which are in the backlog too. */
  readonly #keptIds = new Set<string>();
  /** Of those that wait. */
  #nobodysWaiting = 0;

  constructor(private readonly options: AuditLogOptions) {}

  /** Begins to write. Until then, notes wait. */
  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  /** Notes lost since the last that could be written. */
  get lostCount(): number {
    return this.#lostCount;
  }

  note(note: AuditNote): void {
    if (note.mergeWithinMs !== undefined && this.#merge(note, note.mergeWithinMs)) return;
    this.#add(note);
  }

  /** Writes what waits. Never rejects: what cannot be written now is tried again. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Writes what waits, for 3 s at most, and stops; what cannot be written is kept for the next start. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#retryAtMs = 0;
    let limit: NodeJS.Timeout | undefined;
    const isLate = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, CLOSE_LIMIT_MS);
    });
    await Promise.race([this.flush().then(() => this.flush()), isLate]);
    clearTimeout(limit);
    this.#noteLosses();
    await this.#keep();
  }

  /** Whether the note went into an entry that is open. */
  #merge(note: AuditNote, mergeWithinMs: number): boolean {
    const about = JSON.stringify([
      note.who,
      note.credential,
      note.session,
      note.action,
      note.outcome,
      note.address,
      ...(note.isOfNobody ? [] : [note.object.slice(0, 500), note.userAgent?.slice(0, 300)]),
    ]);
    const details = note.isOfNobody ? '{}' : detailsText(withoutEnd(note.details ?? {}));
    const key = details === '{}' ? (this.#lastKeys.get(about) ?? about) : `${about} ${details}`;
    const entry = this.#open.get(key);
    if (entry && note.atMs - entry.lastMs <= mergeWithinMs) {
      entry.lastMs = Math.max(entry.lastMs, note.atMs);
      entry.row.count = (entry.row.count ?? 1) + 1;
      entry.row.last_at = new Date(entry.lastMs);
      entry.isChanged = true;
      return true;
    }
    const row = this.#add(note);
    if (!row) return true;
    this.#forget(key);
    if (this.#open.size >= MAX_OPEN) this.#forget(this.#open.keys().next().value);
    const opened = { row, about, mergeWithinMs, lastMs: note.atMs, isWritten: false, isChanged: false };
    this.#open.set(key, opened);
    this.#lastKeys.set(about, key);
    this.#byId.set(row.id, opened);
    return true;
  }

  #add(note: AuditNote): AuditRow | null {
    const { maxWaiting = MAX_WAITING } = this.options;
    const isJunk = note.isOfNobody && this.#nobodysWaiting >= maxWaiting * NOBODYS_PART;
    if (isJunk || this.#waiting.length >= maxWaiting) {
      this.#lostCount += 1;
      return null;
    }
    const row = rowOf(note);
    this.#waiting.push(row);
    if (note.isOfNobody) this.#nobodysWaiting += 1;
    return row;
  }

  #forget(key: string | undefined): void {
    const entry = key === undefined ? undefined : this.#open.get(key);
    if (!entry || key === undefined) return;
    this.#open.delete(key);
    if (this.#lastKeys.get(entry.about) === key) this.#lastKeys.delete(entry.about);
    if (!entry.isChanged) this.#byId.delete(entry.row.id);
  }

  async #write(): Promise<void> {
    const { clock, database, logger } = this.options;
    if (clock.monotonicMs() < this.#retryAtMs) return;
    try {
      await this.#takeUp();
      while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.slice(0, BATCH_ROWS));
      const changed = [...this.#byId.values()].filter((entry) => entry.isChanged && entry.isWritten);
      for (const entry of changed) entry.isChanged = false;
      for (let at = 0; at < changed.length; at += BATCH_ROWS) {
        const rows = changed.slice(at, at + BATCH_ROWS).map(({ row }) => row);
        await updateAuditRows(
          database,
          rows.map((row) => ({ id: row.id, last_at: row.last_at, count: row.count ?? 1 })),
        );
      }
      this.#dropQuiet();
      this.#noteLosses();
      this.#keptIds.clear();
    } catch (error) {
      this.#retryAtMs = clock.monotonicMs() + RETRY_MS;
      logger.warn({ err: error, waiting: this.#waiting.length, lost: this.#lostCount }, 'Audit entries wait');
      await this.#keep();
    }
  }

  /** Writes what a start before, or a command, has left. */
  async #takeUp(): Promise<void> {
    const { backlog, database } = this.options;
    const kept = await backlog?.read();
    if (!backlog || !kept || kept.sizeBytes === 0) return;
    for (let at = 0; at < kept.rows.length; at += BATCH_ROWS) {
      await this.#insert(database, kept.rows.slice(at, at + BATCH_ROWS));
    }
    await backlog.drop(kept);
  }

  /** Puts what waits where the end of the program does not reach it. */
  async #keep(): Promise<void> {
    const { backlog, logger } = this.options;
    const rows = this.#waiting.filter(({ id }) => !this.#keptIds.has(id));
    if (!backlog || rows.length === 0) return;
    try {
      await backlog.append(rows);
      for (const { id } of rows) this.#keptIds.add(id);
    } catch (error) {
      logger.warn({ err: error, count: rows.length }, 'Audit entries that wait are in memory alone');
    }
  }

  async #writeBatch(batch: readonly AuditRow[]): Promise<void> {
    await this.#insert(this.options.database, batch);
    this.#waiting.splice(0, batch.length);
    if (this.#waiting.length === 0) this.#nobodysWaiting = 0;
    for (const row of batch) {
      const entry = this.#byId.get(row.id);
      if (entry) entry.isWritten = true;
    }
  }

  async #insert(database: Database, batch: readonly AuditRow[]): Promise<void> {
    const { logger } = this.options;
    try {
      await insertAuditRows(database, batch);
    } catch (error) {
      if (isAway(error) || batch.length === 1) throw error;
      // One row that the database refuses must not keep the others out.
      for (const row of batch) {
        await insertAuditRows(database, [row]).catch((cause) => {
          if (isAway(cause)) throw cause;
          this.#lostCount += 1;
          logger.error({ err: cause, action: row.action }, 'An audit entry was refused by the database');
        });
      }
    }
  }

  /** Acts that have ended are followed no longer. */
  #dropQuiet(): void {
    const nowMs = this.options.clock.nowMs();
    for (const [key, entry] of this.#open) {
      if (nowMs - entry.lastMs > entry.mergeWithinMs) this.#forget(key);
    }
    const open = new Set([...this.#open.values()]);
    for (const [id, entry] of this.#byId) if (!entry.isChanged && !open.has(entry)) this.#byId.delete(id);
  }

  #noteLosses(): void {
    if (this.#lostCount === 0) return;
    const count = this.#lostCount;
    this.#lostCount = 0;
    this.#add({
      atMs: this.options.clock.nowMs(),
      who: '',
      credential: 'system',
      session: null,
      action: 'lose entries',
      object: 'audit',
      outcome: 'failed',
      status: null,
      address: null,
      userAgent: null,
      details: { count, reason: 'The database could not be used and too many entries waited.' },
    });
  }
}

/** Where a call was cut off it is the same act all the same. */
function withoutEnd({ isCutOff: _, ...details }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return details;
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && error.code === 'database_unavailable';
}

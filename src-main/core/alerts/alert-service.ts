import type { Alert, AlertKind, AlertObject } from '../../../src-shared/model/alert.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { AlertBook, type AlertChange } from './alert-book.ts';
import {
  type AlertFilter,
  acknowledgeRow,
  readAlerts,
  readAlertsOf,
  readOpenAlerts,
  writeAlert,
} from './alert-table.ts';
import type { WebhookOutbox } from './webhook-outbox.ts';

export interface AlertServiceOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly book?: AlertBook;
  /** Muted ones are listed, but do not count as waiting for somebody. */
  readonly isMuted?: (alert: Alert) => boolean;
  /**
   * Tells the manager that raises alerts for the cluster. Without it this one does; with it, only while it has the
   * duty (`lead`) or the database is away.
   */
  readonly tellLeader?: ((call: 'raise' | 'resolve', ...parameters: readonly unknown[]) => void) | undefined;
  /** Whether the database is known to be away, also to a manager that has not tried to write an alert. */
  readonly isDatabaseAway?: (() => boolean) | undefined;
  /** What is written together with the alerts. */
  readonly outbox?: Pick<WebhookOutbox, 'hasUnwritten' | 'write'> | undefined;
}

export interface AlertPage {
  readonly alerts: Alert[];
  readonly totalCount: number;
  readonly openCount: number;
  readonly unacknowledgedCount: number;
  readonly isComplete: boolean;
}

/** `isOurs`: raised or ended here, not at another manager. */
type AlertListener = (change: AlertChange, isOurs: boolean) => void;

const TICK_MS = MS_PER_SECOND;
/** Changes of one moment are written together. */
const WRITE_SOON_MS = 50;
const RETRY_MS = 5 * MS_PER_SECOND;
/** While the database is away this many changed alerts are kept to be written later. */
const MAX_UNWRITTEN = 5000;

/**
 * What goes wrong, for operators: any part raises and resolves; short troubles are left out and repeated ones counted.
 *
 * Nothing here waits for the database: alerts are kept in memory and written behind.
 */
export class AlertService implements Closeable {
  readonly #book: AlertBook;
  readonly #unwritten = new Map<string, Alert>();
  readonly #listeners = new Set<AlertListener>();
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | undefined;
  #isLoaded = false;
  #isLeading: boolean;
  #soon: NodeJS.Timeout | undefined;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: AlertServiceOptions) {
    this.#book = options.book ?? new AlertBook();
    this.#isLeading = options.tellLeader === undefined;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Something is wrong with an object. May be called as often as it is noticed; `resolve` ends it. */
  raise(kind: AlertKind, object: AlertObject, text: string, details: Record<string, unknown> = {}): void {
    if (!this.mustRaise) this.options.tellLeader?.('raise', kind, object, text, details);
    else this.#apply(this.#book.raise({ kind, object, text, details }, this.options.clock.nowMs()));
  }

  /** It is over, or never was. */
  resolve(kind: AlertKind, object: AlertObject): void {
    if (this.mustRaise) this.#apply(this.#book.resolve(kind, object, this.options.clock.nowMs()));
    // Of what is not open nobody need be told.
    else if (this.#book.open().some((alert) => isSame(alert, kind, object))) {
      this.options.tellLeader?.('resolve', kind, object);
    }
  }

  /** Whether this manager raises alerts for the cluster. */
  get isLeading(): boolean {
    return this.#isLeading;
  }

  /** From now on this manager raises alerts for the cluster, or leaves it to another one. */
  async lead(isLeading: boolean): Promise<void> {
    this.#isLeading = isLeading;
    if (!isLeading) return;
    await this.follow(null).catch((error: unknown) => {
      this.options.logger.debug({ err: error }, 'Open alerts are read later');
      this.#isLoaded = false;
    });
  }

  /** Reads alerts that another manager changed; all open ones with null. Throws `database_unavailable`. */
  async follow(ids: ReadonlySet<string> | null): Promise<void> {
    const { database } = this.options;
    const stored = ids === null ? await readOpenAlerts(database) : await readAlertsOf(database, [...ids]);
    const gone = ids === null ? this.open().filter(({ id }) => !stored.some((alert) => alert.id === id)) : [];
    const closed =
      gone.length > 0
        ? await readAlertsOf(
            database,
            gone.map(({ id }) => id),
          )
        : [];
    for (const alert of [...stored, ...closed]) {
      if (this.#unwritten.has(alert.id) || isEqual(this.#book.find(alert.id), alert)) continue;
      const known = this.#book.find(alert.id);
      this.#book.adopt(alert);
      this.#tell({ event: ids === null ? 'changed' : eventOf(known, alert), alert }, false);
      this.#closeAcknowledged(alert);
    }
    if (ids === null) this.#isLoaded = true;
  }

  /** What another manager's operator took note of may be done with now. */
  #closeAcknowledged({ acknowledgedAtMs, acknowledgedBy, closedAtMs, id, note }: Alert): void {
    if (!this.#isLeading || acknowledgedAtMs === null || closedAtMs !== null) return;
    const acknowledgement = { by: acknowledgedBy ?? '', note: note ?? undefined, nowMs: acknowledgedAtMs };
    const changes = this.#book.acknowledge(id, acknowledgement);
    this.#apply(changes.filter(({ event }) => event === 'closed'));
  }

  /** Open alerts. */
  open(): Alert[] {
    return this.#book.open();
  }

  /** Called with every change. Returns how to stop. */
  onDidChange(listener: AlertListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes note of an alert, and with `note` writes down what was done. Throws `not_found`; `database_unavailable` for
   * an old one while the database is away.
   */
  async acknowledge(id: string, by: string, note?: string): Promise<Alert> {
    const acknowledgement = { by, note, nowMs: this.options.clock.nowMs() };
    const [change] = this.mustRaise ? this.#book.acknowledge(id, acknowledgement) : [];
    if (change) {
      this.#apply([change]);
      return change.alert;
    }
    const isId = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id);
    const alert = isId ? await acknowledgeRow(this.options.database, id, acknowledgement) : null;
    if (!alert) throw new AppError('not_found', 'There is no such alert. The list may have changed.');
    if (this.#book.find(id)) this.#book.adopt(alert);
    this.#tell({ event: 'changed', alert }, false);
    return alert;
  }

  /** A page of alerts; while the database is away, of those in memory. */
  async list(filter: AlertFilter): Promise<AlertPage> {
    const { isMuted = () => false } = this.options;
    const open = this.open();
    const counts = {
      openCount: open.length,
      unacknowledgedCount: open.filter((alert) => alert.acknowledgedAtMs === null && !isMuted(alert)).length,
    };
    if (!this.#isDatabaseAway()) {
      try {
        await this.#write();
        return { ...(await readAlerts(this.options.database, filter)), ...counts, isComplete: true };
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'database_unavailable') throw error;
      }
    }
    const matching = [...open.reverse(), ...this.#book.recent()].filter((alert) => matches(alert, filter));
    const alerts = matching.slice(filter.offset, filter.offset + filter.limit);
    return { alerts, totalCount: matching.length, ...counts, isComplete: false };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    await this.#write().catch(() => {});
  }

  #apply(changes: readonly AlertChange[]): void {
    for (const change of changes) {
      this.#unwritten.delete(change.alert.id);
      this.#unwritten.set(change.alert.id, change.alert);
      const [oldest] = this.#unwritten.keys();
      if (this.#unwritten.size > MAX_UNWRITTEN && oldest !== undefined) this.#unwritten.delete(oldest);
      this.#tell(change, true);
    }
    if (changes.length > 0) this.writeSoon();
  }

  /** Writes what changed, also in the outbox, in a moment. */
  writeSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#writeUnlessAway();
    }, WRITE_SOON_MS);
  }

  /**
   * Whether alerts are raised here: by the manager with the duty, and while the database is away by each for itself,
   * as none can tell another.
   */
  get mustRaise(): boolean {
    return this.#isLeading || this.#isDatabaseAway();
  }

  #tell(change: AlertChange, isOurs: boolean): void {
    const { event, alert } = change;
    const { kind, object } = alert;
    if (event !== 'changed') this.options.logger.info({ kind, object, text: alert.text }, `Alert ${event}`);
    for (const listener of this.#listeners) listener(change, isOurs);
  }

  #tick(): void {
    if (this.mustRaise) this.#apply(this.#book.tick(this.options.clock.nowMs()));
    this.#writeUnlessAway();
  }

  #writeUnlessAway(): void {
    if (this.#isDatabaseAway()) return;
    this.#write().catch((error: unknown) => {
      this.options.logger.debug({ err: error }, 'Alerts cannot be written now; they are kept');
    });
  }

  #isDatabaseAway(): boolean {
    if (this.options.isDatabaseAway?.()) return true;
    return this.options.clock.monotonicMs() - this.#failedAtMs < RETRY_MS;
  }

  /** Writes what changed; calls at the same time share one run. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeAll()
      .catch((error: unknown) => {
        this.#failedAtMs = this.options.clock.monotonicMs();
        throw error;
      })
      .finally(() => {
        this.#writing = undefined;
      });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const { database } = this.options;
    if (!this.#isLoaded) {
      const stored = await readOpenAlerts(database);
      // What was raised meanwhile finds its row when it is written.
      const known = new Set(this.open().map(keyOf));
      for (const alert of stored) if (!known.has(keyOf(alert))) this.#book.adopt(alert);
      this.#isLoaded = true;
    }
    const { outbox } = this.options;
    if (this.#unwritten.size === 0 && !outbox?.hasUnwritten) return;
    // In one order everywhere: managers that write the same ones do not wait for each other in a circle.
    const unwritten = [...this.#unwritten.values()].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
    const joined = new Map<Alert, Alert>();
    const noteWritten = await database.db.transaction().execute(async (db) => {
      for (const alert of unwritten) {
        const other = await writeAlert({ db }, alert);
        if (other) joined.set(alert, other);
      }
      return outbox?.write({ db }, new Set([...joined.keys()].map(({ id }) => id)));
    });
    for (const alert of unwritten) {
      if (this.#unwritten.get(alert.id) === alert) this.#unwritten.delete(alert.id);
    }
    noteWritten?.();
    for (const [own, other] of joined) this.#join(own, other);
  }

  /** Goes on with the row of another manager or of an earlier run, instead of an alert of our own. */
  #join(own: Alert, other: Alert): void {
    if (this.#book.find(own.id)?.closedAtMs !== null) return;
    const alert = { ...other, text: own.text, lastAtMs: own.lastAtMs, details: own.details };
    this.#book.adopt(alert);
    this.#apply([{ event: 'changed', alert }]);
  }
}

function matches(alert: Alert, filter: AlertFilter): boolean {
  return (
    (filter.state === 'all' || (filter.state === 'open') === (alert.closedAtMs === null)) &&
    (!filter.kind || filter.kind === alert.kind) &&
    (!filter.objectKind || filter.objectKind === alert.object.kind) &&
    (filter.objectName === undefined || filter.objectName === alert.object.name)
  );
}

/** What happened to an alert at another manager. */
function eventOf(known: Alert | undefined, alert: Alert): AlertChange['event'] {
  const isOpen = alert.closedAtMs === null;
  if (!known) return isOpen ? 'opened' : 'changed';
  const wasOpen = known.closedAtMs === null;
  if (isOpen === wasOpen) return 'changed';
  return isOpen ? 'reopened' : 'closed';
}

function isSame(alert: Alert, kind: AlertKind, object: AlertObject): boolean {
  return alert.kind === kind && alert.object.kind === object.kind && alert.object.name === object.name;
}

function isEqual(a: Alert | undefined, b: Alert): boolean {
  return (
    a !== undefined && JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort())
  );
}

function keyOf({ kind, object }: Alert): string {
  return `${kind}\n${object.kind}\n${object.name}`;
}

import type { Selectable } from 'kysely';
import type { Alert, AlertKind, AlertObjectKind } from '../../../src-shared/model/alert.ts';
import type { AlertsTable } from '../db/alert-tables.ts';
import type { Database } from '../db/database.ts';
import type { Acknowledgement } from './alert-book.ts';

export interface AlertFilter {
  readonly state: 'open' | 'closed' | 'all';
  readonly kind?: AlertKind | undefined;
  readonly objectKind?: AlertObjectKind | undefined;
  readonly objectName?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** Of those that are open, and of those that are over. */
export const MOST_COUNTED = 10_000;

export async function readOpenAlerts({ db }: Database): Promise<Alert[]> {
  const rows = await db
    .selectFrom('alerts')
    .selectAll()
    .where('closed_at', 'is', null)
    .orderBy('opened_at')
    .execute();
  return rows.map(alertOf);
}

export async function readAlertsOf({ db }: Database, ids: readonly string[]): Promise<Alert[]> {
  const rows = await db.selectFrom('alerts').selectAll().where('id', 'in', ids).execute();
  return rows.map(alertOf);
}

/** A page of those that match, open ones first, then newest first; and how many match, up to `MOST_COUNTED` of each. */
export async function readAlerts(
  database: Database,
  { state, ...filter }: AlertFilter,
): Promise<{ alerts: Alert[]; totalCount: number }> {
  const nothing = { rows: [], count: 0 };
  // Each half has indexes of its own.
  const open = state === 'closed' ? nothing : await readHalf(database, true, filter);
  const behind = {
    ...filter,
    limit: filter.limit - open.rows.length,
    offset: Math.max(0, filter.offset - open.count),
  };
  const closed = state === 'open' ? nothing : await readHalf(database, false, behind);
  return {
    alerts: [...open.rows, ...closed.rows].map(alertOf),
    totalCount: open.count + closed.count,
  };
}

/** Those that are open, or that are over, newest first. */
async function readHalf(
  { db }: Database,
  isOpen: boolean,
  filter: Omit<AlertFilter, 'state'>,
): Promise<{ rows: Selectable<AlertsTable>[]; count: number }> {
  let query = db.selectFrom('alerts').where('closed_at', isOpen ? 'is' : 'is not', null);
  if (filter.kind) query = query.where('kind', '=', filter.kind);
  if (filter.objectKind) query = query.where('object_kind', '=', filter.objectKind);
  if (filter.objectName !== undefined) query = query.where('object_name', '=', filter.objectName);
  const [rows, { count }] = await Promise.all([
    query
      .selectAll()
      .orderBy('opened_at', 'desc')
      .orderBy('id')
      .limit(filter.limit)
      .offset(filter.offset)
      .execute(),
    db
      .selectFrom(query.select('id').limit(MOST_COUNTED).as('counted'))
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  ]);
  return { rows, count: Number(count) };
}

/**
 * Writes an alert as it is now. Answers the row that is already open for the same kind and object, written by another
 * manager, instead of making a second one.
 */
export async function writeAlert({ db }: Pick<Database, 'db'>, alert: Alert): Promise<Alert | null> {
  if (alert.closedAtMs === null) {
    const other = await db
      .selectFrom('alerts')
      .selectAll()
      .where('kind', '=', alert.kind)
      .where('object_kind', '=', alert.object.kind)
      .where('object_name', '=', alert.object.name)
      .where('closed_at', 'is', null)
      .where('id', '<>', alert.id)
      .executeTakeFirst();
    if (other) return alertOf(other);
  }
  const row = rowOf(alert);
  const { id: _, ...changes } = row;
  await db
    .insertInto('alerts')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .execute();
  return null;
}

/** Takes note of an alert that is only in the table; null when it is not there. */
export async function acknowledgeRow(
  { db }: Database,
  id: string,
  { by, note, nowMs }: Acknowledgement,
): Promise<Alert | null> {
  const row = await db
    .updateTable('alerts')
    .set({
      acknowledged_at: new Date(nowMs),
      acknowledged_by: by,
      ...(note === undefined ? {} : { note }),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row ? alertOf(row) : null;
}

function alertOf(row: Selectable<AlertsTable>): Alert {
  return {
    id: row.id,
    kind: row.kind,
    object: { kind: row.object_kind, name: row.object_name },
    severity: row.severity,
    text: row.text,
    openedAtMs: row.opened_at.getTime(),
    lastAtMs: row.last_at.getTime(),
    count: row.count,
    closedAtMs: row.closed_at?.getTime() ?? null,
    acknowledgedAtMs: row.acknowledged_at?.getTime() ?? null,
    acknowledgedBy: row.acknowledged_by,
    details: row.details,
    note: row.note,
  };
}

function rowOf(alert: Alert) {
  const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms));
  return {
    id: alert.id,
    kind: alert.kind,
    object_kind: alert.object.kind,
    object_name: alert.object.name,
    severity: alert.severity,
    text: alert.text,
    opened_at: new Date(alert.openedAtMs),
    last_at: new Date(alert.lastAtMs),
    count: alert.count,
    closed_at: dateOf(alert.closedAtMs),
    acknowledged_at: dateOf(alert.acknowledgedAtMs),
    acknowledged_by: alert.acknowledgedBy,
    details: JSON.stringify(alert.details),
    note: alert.note,
  };
}

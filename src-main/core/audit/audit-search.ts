import { type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { AuditEntry, AuditOutcome } from '../../../src-shared/model/audit-entry.ts';
import { AppError } from '../base/errors.ts';
import type { AuditTable } from '../db/access-tables.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';

export interface AuditFilter {
  readonly who?: string | undefined;
  readonly action?: string | undefined;
  /** A part of the object's name. */
  readonly object?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  /** A part of who, action, object or address, in any case. */
  readonly text?: string | undefined;
  /** Milliseconds since the Unix epoch, inclusive. */
  readonly fromMs?: number | undefined;
  /** Exclusive. */
  readonly toMs?: number | undefined;
}

export interface AuditPage {
  readonly entries: AuditEntry[];
  /** For the next page; null on the last. */
  readonly next: string | null;
}

type Row = Selectable<AuditTable>;

const EXPORT_PAGE_ROWS = 1000;

/** Entries that match, newest first. Throws bad_request for a cursor that is none. */
export async function searchAudit(
  { db }: Database,
  filter: AuditFilter,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<AuditPage> {
  let query = matching(db.selectFrom('audit'), filter);
  if (cursor !== undefined) {
    const { at, id } = readCursor(cursor);
    // As one comparison, which the index answers: page after page would else read all newer ones again.
    query = query.where(sql<boolean>`(at, id) < (${at}, ${id}::uuid)`);
  }
  const rows = await query
    .selectAll()
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { entries: page.map(entryOf), next: rows.length > limit && last ? cursorOf(last) : null };
}

/** All entries that match, newest first, read page by page while they are consumed. */
export async function* allAudit(
  database: Database,
  filter: AuditFilter,
  signal: AbortSignal,
): AsyncGenerator<AuditEntry[]> {
  let cursor: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await searchAudit(database, filter, { cursor, limit: EXPORT_PAGE_ROWS });
    if (page.entries.length > 0) yield page.entries;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

function matching(
  query: SelectQueryBuilder<Tables, 'audit', object>,
  filter: AuditFilter,
): SelectQueryBuilder<Tables, 'audit', object> {
  let found = query;
  if (filter.who !== undefined) found = found.where('who', '=', filter.who);
  if (filter.action !== undefined) found = found.where('action', '=', filter.action);
  if (filter.outcome !== undefined) found = found.where('outcome', '=', filter.outcome);
  if (filter.object) found = found.where('object', 'ilike', containing(filter.object));
  if (filter.fromMs !== undefined) found = found.where('at', '>=', new Date(filter.fromMs));
  if (filter.toMs !== undefined) found = found.where('at', '<', new Date(filter.toMs));
  if (filter.text) {
    const pattern = containing(filter.text);
    found = found.where((eb) =>
      eb.or((['who', 'action', 'object', 'address'] as const).map((column) => eb(column, 'ilike', pattern))),
    );
  }
  return found;
}

/** A LIKE pattern for texts that contain this one. */
function containing(text: string): string {
  return `%${text.replaceAll('\0', '').replace(/[\\%_]/g, '\\$&')}%`;
}

function cursorOf({ at, id }: Row): string {
  return `${at.getTime()}.${id}`;
}

function readCursor(text: string): { at: Date; id: string } {
  const match = /^(\d{1,15})\.([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(text);
  if (!match?.[1] || !match[2]) throw new AppError('bad_request', 'The cursor is not one of a page.');
  return { at: new Date(Number(match[1])), id: match[2] };
}

function entryOf(row: Row): AuditEntry {
  return {
    id: row.id,
    atMs: row.at.getTime(),
    lastAtMs: row.last_at.getTime(),
    count: row.count,
    who: row.who,
    credential: row.credential,
    session: row.session,
    action: row.action,
    object: row.object,
    outcome: row.outcome,
    status: row.status,
    address: row.address,
    userAgent: row.user_agent,
    details: row.details,
  };
}

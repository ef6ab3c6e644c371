import { randomUUID } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { AuditTable } from '../db/access-tables.ts';
import type { AuditNote } from './audit-note.ts';

export type AuditRow = Insertable<AuditTable>;

const LIMITS = { who: 200, session: 100, action: 100, object: 500, address: 100, userAgent: 300 } as const;
const MAX_DETAILS_LENGTH = 4000;

/** A note as a row that PostgreSQL takes, whatever callers have put into its texts. */
export function rowOf(note: AuditNote): AuditRow {
  const at = new Date(note.atMs);
  return {
    id: randomUUID(),
    at,
    last_at: at,
    count: 1,
    who: clean(note.who, LIMITS.who),
    credential: note.credential,
    session: cleanOrNull(note.session, LIMITS.session),
    action: clean(note.action, LIMITS.action),
    object: clean(note.object, LIMITS.object),
    outcome: note.outcome,
    status: note.status,
    address: cleanOrNull(note.address, LIMITS.address),
    user_agent: cleanOrNull(note.userAgent, LIMITS.userAgent),
    details: detailsText(note.details ?? {}),
  };
}

/** Without what PostgreSQL refuses in a text (NUL, halves of surrogate pairs), and not longer than `limit`. */
function clean(text: string, limit: number): string {
  const short = text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
  return wellFormed(short).replaceAll('\0', '\u{fffd}');
}

function cleanOrNull(text: string | null, limit: number): string | null {
  return text === null ? null : clean(text, limit);
}

/** The details as they are kept. */
export function detailsText(details: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(details, (_, value) =>
    typeof value === 'string' ? clean(value, MAX_DETAILS_LENGTH) : value,
  );
  return text.length > MAX_DETAILS_LENGTH ? '{"isTooLong":true}' : text;
}

function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

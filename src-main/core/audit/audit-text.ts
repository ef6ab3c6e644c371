import type { AuditEntry } from '../../../src-shared/model/audit-entry.ts';

const COLUMNS = [
  'at',
  'last_at',
  'count',
  'who',
  'credential',
  'session',
  'action',
  'object',
  'outcome',
  'status',
  'address',
  'user_agent',
  'details',
] as const;

/** First line of the CSV file. */
export const AUDIT_CSV_HEAD = `${COLUMNS.join(',')}\r\n`;

/** An entry as a line of CSV (RFC 4180), times in UTC. */
export function auditCsvLine(entry: AuditEntry): string {
  const cells: readonly (string | number | null)[] = [
    new Date(entry.atMs).toISOString(),
    new Date(entry.lastAtMs).toISOString(),
    entry.count,
    entry.who,
    entry.credential,
    entry.session,
    entry.action,
    entry.object,
    entry.outcome,
    entry.status,
    entry.address,
    entry.userAgent,
    JSON.stringify(entry.details),
  ];
  return `${cells.map(cellOf).join(',')}\r\n`;
}

/** An entry as a line of JSON. */
export function auditJsonLine(entry: AuditEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/**
 * Quoted where needed. Texts come from callers, and spreadsheets take some beginnings for formulas: of a cell, and of what
 * follows a separator of theirs, which is a semicolon in many languages; full-width characters count as their narrow ones.
 */
function cellOf(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = value.replace(/(^|[;\t\r\n])(?=[=+\-@\t\r＝＋－＠])/g, "$1'");
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

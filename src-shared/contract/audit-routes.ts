import { Type } from 'typebox';
import { AUDIT_OUTCOMES, AuditEntry } from '../model/audit-entry.ts';
import { defineRoutes } from './route.ts';

const Filter = {
  who: Type.Optional(Type.String({ maxLength: 200, description: 'Account or credential, as written.' })),
  action: Type.Optional(Type.String({ maxLength: 100, description: 'As written: delete stream.' })),
  object: Type.Optional(Type.String({ maxLength: 200, description: 'A part of the object’s name.' })),
  outcome: Type.Optional(Type.Enum([...AUDIT_OUTCOMES])),
  text: Type.Optional(
    Type.String({ maxLength: 200, description: 'A part of who, action, object or address, in any case.' }),
  ),
  from_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15, description: 'Inclusive.' })),
  to_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15, description: 'Exclusive.' })),
};

/** Who did what. */
export const auditRoutes = defineRoutes({
  listAudit: {
    method: 'GET',
    path: '/api/audit',
    access: 'admin',
    summary: 'Entries that match, newest first, page by page.',
    form: 'ours',
    query: Type.Object({
      ...Filter,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      cursor: Type.Optional(Type.String({ maxLength: 100, description: '`next` of the page before.' })),
    }),
    reply: Type.Object({
      entries: Type.Array(AuditEntry),
      next: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page.' }),
    }),
    errors: ['bad_request', 'forbidden', 'database_unavailable'],
  },
  exportAudit: {
    method: 'GET',
    path: '/api/audit/export',
    access: 'admin',
    audit: 'export audit',
    summary: 'All entries that match, newest first, as CSV or as JSON, one entry a line.',
    form: 'ours',
    query: Type.Object({ ...Filter, format: Type.Union([Type.Literal('csv'), Type.Literal('jsonl')]) }),
    reply: 'text/csv',
    errors: ['bad_request', 'forbidden', 'database_unavailable'],
  },
});

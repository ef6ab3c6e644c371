import { Readable } from 'node:stream';
import { type AuditFilter, allAudit, searchAudit } from '../../audit/audit-search.ts';
import { AUDIT_CSV_HEAD, auditCsvLine, auditJsonLine } from '../../audit/audit-text.ts';
import type { Database } from '../../db/database.ts';
import type { Call, Handlers } from '../endpoint.ts';
import { demandFullAdmin } from './access-handlers.ts';

/** Who did what: searched and handed out. */
export function auditHandlers(
  database: Database,
  flush: () => Promise<void>,
): Pick<Handlers, 'listAudit' | 'exportAudit'> {
  return {
    listAudit: async ({ principal, query }) => {
      demandFullAdmin(principal);
      // What the caller has just done shall be there.
      await flush();
      return searchAudit(database, filterOf(query), { cursor: query.cursor, limit: query.limit ?? 100 });
    },
    exportAudit: async ({ principal, query, reply, signal }) => {
      demandFullAdmin(principal);
      await flush();
      const isCsv = query.format === 'csv';
      const pages = allAudit(database, filterOf(query), signal);
      // Before the head goes out, so that a failure is answered in words.
      const first = await pages.next();
      const lines = async function* () {
        if (isCsv) yield AUDIT_CSV_HEAD;
        const toLine = isCsv ? auditCsvLine : auditJsonLine;
        if (!first.done) yield first.value.map(toLine).join('');
        for await (const page of pages) yield page.map(toLine).join('');
      };
      reply
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="liveman-audit.${query.format}"`)
        .type(isCsv ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8');
      return reply.send(Readable.from(lines()));
    },
  };
}

function filterOf(query: Omit<Call<'listAudit'>['query'], 'limit' | 'cursor'>): AuditFilter {
  const { action, from_ms, object, outcome, text, to_ms, who } = query;
  return { who, action, object, outcome, text, fromMs: from_ms, toMs: to_ms };
}

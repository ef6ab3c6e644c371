import type { IntegrityService } from '../../integrity/integrity-service.ts';
import type { Handlers } from '../endpoint.ts';

type IntegrityRoute =
  | 'getIntegrity'
  | 'startIntegrityCheck'
  | 'cancelIntegrityCheck'
  | 'listFindings'
  | 'repairFindings';

const DEFAULT_LIMIT = 100;

/** Checks of the index against the storages, what they found, and repairs. */
export function integrityHandlers(integrity: IntegrityService): Pick<Handlers, IntegrityRoute> {
  return {
    getIntegrity: () => integrity.status(),
    startIntegrityCheck: ({ audit, body }) => {
      audit.object(body.stream ?? 'all streams');
      return integrity.start(body);
    },
    cancelIntegrityCheck: async () => ({ isCancelled: await integrity.cancel() }),
    listFindings: async ({ query }) => {
      const { after: afterId = 0, kind, limit = DEFAULT_LIMIT, state = 'open', stream } = query;
      // One more tells whether there is a next page.
      const page = { isResolved: state === 'resolved', kind, stream, afterId, limit: limit + 1 };
      const found = await integrity.findings(page);
      const findings = found.slice(0, limit);
      return { findings, next: found.length > limit ? (findings.at(-1)?.id ?? null) : null };
    },
    repairFindings: ({ audit, body, signal }) => {
      audit.object(`${body.ids.length} findings`);
      return integrity.repair(body.ids, signal);
    },
  };
}

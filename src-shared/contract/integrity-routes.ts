import { Type } from 'typebox';
import { FINDING_KINDS, IntegrityFinding, IntegrityRun, IntegrityScope } from '../model/integrity.ts';
import { defineRoutes } from './route.ts';

const Kind = Type.Enum([...FINDING_KINDS]);

/** Holding the index and the storages against each other. */
export const integrityRoutes = defineRoutes({
  getIntegrity: {
    method: 'GET',
    path: '/api/integrity',
    access: 'admin',
    summary: 'The last check, running or not, how many findings of each kind are open, and the next check.',
    form: 'ours',
    reply: Type.Object({
      run: Type.Union([IntegrityRun, Type.Null()]),
      open: Type.Array(Type.Object({ kind: Kind, count: Type.Integer() })),
      nextAtMs: Type.Union([Type.Number(), Type.Null()], {
        description:
          'When the next check is made by itself (`[integrity]`), milliseconds since the Unix epoch; null for never.',
      }),
    }),
    errors: ['database_unavailable'],
  },
  startIntegrityCheck: {
    method: 'POST',
    path: '/api/integrity/check',
    access: 'admin',
    audit: 'check index',
    summary: 'Starts a check in the background; one runs at a time. Follow it with the `integrity` event.',
    form: 'ours',
    body: IntegrityScope,
    reply: IntegrityRun,
    errors: ['invalid_range', 'conflict', 'database_unavailable'],
  },
  cancelIntegrityCheck: {
    method: 'POST',
    path: '/api/integrity/cancel',
    access: 'admin',
    audit: 'cancel check',
    summary: 'Ends the check that runs; what it found stays.',
    form: 'ours',
    reply: Type.Object({ isCancelled: Type.Boolean({ description: 'False where none ran.' }) }),
    errors: ['database_unavailable'],
  },
  listFindings: {
    method: 'GET',
    path: '/api/integrity/findings',
    access: 'admin',
    summary: 'Findings, the oldest first, page by page.',
    form: 'ours',
    query: Type.Object({
      state: Type.Optional(Type.Enum(['open', 'resolved'], { description: 'Default: open.' })),
      kind: Type.Optional(Kind),
      stream: Type.Optional(Type.String()),
      after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only those with a higher id.' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Default: 100.' })),
    }),
    reply: Type.Object({
      findings: Type.Array(IntegrityFinding),
      next: Type.Union([Type.Integer(), Type.Null()], { description: '`after` of the next page.' }),
    }),
    errors: ['database_unavailable'],
  },
  repairFindings: {
    method: 'POST',
    path: '/api/integrity/repair',
    access: 'admin',
    audit: 'repair index',
    summary: 'Mends findings as their `repair` says, `forget` included.',
    form: 'ours',
    body: Type.Object({ ids: Type.Array(Type.Integer(), { minItems: 1, maxItems: 1000 }) }),
    reply: Type.Object({
      repaired: Type.Array(Type.Integer()),
      failed: Type.Array(Type.Object({ id: Type.Integer(), message: Type.String() })),
    }),
    errors: ['database_unavailable'],
  },
});

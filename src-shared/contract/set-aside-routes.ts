import { type Static, Type } from 'typebox';
import { defineRoutes } from './route.ts';

/** An acknowledged report that the database refused for a reason of its own; it is kept by the manager that took it. */
export const SetAsideReport = Type.Object({
  id: Type.String({ description: 'Made from its content.' }),
  arrivedAtMs: Type.Number({ description: 'When it came, milliseconds since the Unix epoch.' }),
  node: Type.String(),
  stream: Type.String(),
  segmentCount: Type.Integer(),
  path: Type.String({ description: 'Of its first segment; empty where it has none.' }),
  reason: Type.String({ description: 'Why it was refused, in words.' }),
});
export type SetAsideReport = Static<typeof SetAsideReport>;

const Ids = Type.Object({ ids: Type.Array(Type.String(), { minItems: 1, maxItems: 1000 }) });

/** Reports that could not be indexed and were set aside. */
export const setAsideRoutes = defineRoutes({
  listSetAside: {
    method: 'GET',
    path: '/api/index/set-aside',
    access: 'admin',
    summary:
      'Acknowledged reports that could not be indexed through this manager, oldest first, with the reason.',
    form: 'ours',
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
    }),
    reply: Type.Object({
      reports: Type.Array(SetAsideReport),
      total: Type.Integer({ description: 'All of them; more than are listed where there are many.' }),
    }),
    errors: [],
  },
  retrySetAside: {
    method: 'POST',
    path: '/api/index/set-aside/retry',
    access: 'admin',
    audit: 'retry reports',
    summary: 'Indexes reports that were set aside; those that are refused again stay, with the new reason.',
    form: 'ours',
    body: Ids,
    reply: Type.Object({
      indexed: Type.Array(Type.String()),
      failed: Type.Array(Type.Object({ id: Type.String(), reason: Type.String() })),
    }),
    errors: ['database_unavailable'],
  },
  discardSetAside: {
    method: 'POST',
    path: '/api/index/set-aside/discard',
    access: 'admin',
    audit: 'discard reports',
    summary: 'Gives up reports that were set aside: their segments are not indexed. Media are not touched.',
    form: 'ours',
    body: Ids,
    reply: Type.Object({ discardedCount: Type.Integer() }),
    errors: [],
  },
});

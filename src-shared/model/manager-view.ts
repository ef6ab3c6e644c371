import { type Static, Type } from 'typebox';

/** A manager that shares our database. */
export const ManagerView = Type.Object({
  id: Type.String({ description: 'The same over restarts.' }),
  host: Type.String({ description: 'Name of its computer.' }),
  user: Type.String({ description: 'Who runs it there.' }),
  processId: Type.Integer(),
  profile: Type.String({ description: 'Name of its profile; empty where it has none.' }),
  version: Type.String(),
  startedAtMs: Type.Number(),
  lastSeenMs: Type.Number(),
  duties: Type.Array(Type.String(), { description: 'What it does for all managers.' }),
  isSelf: Type.Boolean({ description: 'The one that answers.' }),
  foreignNodes: Type.Array(Type.String(), {
    description: 'Nodes of its liveman.toml that the file of the one that answers does not declare.',
  }),
});
export type ManagerView = Static<typeof ManagerView>;

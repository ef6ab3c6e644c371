import { Type } from 'typebox';
import { ManagerView } from '../model/manager-view.ts';
import { defineRoutes } from './route.ts';

/** The managers on one database. */
export const managerRoutes = defineRoutes({
  listManagers: {
    method: 'GET',
    path: '/api/managers',
    access: 'observe',
    summary: 'The managers that share the database now, this one first, and what each does for all.',
    form: 'ours',
    reply: Type.Object({ managers: Type.Array(ManagerView) }),
    errors: [],
  },
});

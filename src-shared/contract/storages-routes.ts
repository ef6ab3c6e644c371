import { Type } from 'typebox';
import { StorageTestResult, StorageView } from '../model/storage-view.ts';
import { defineRoutes } from './route.ts';

/** The storages of the configuration. */
export const storagesRoutes = defineRoutes({
  listStorages: {
    method: 'GET',
    path: '/api/storages',
    access: 'admin',
    summary: 'The storages, the default one first, with what they hold and whether they answer.',
    form: 'ours',
    reply: Type.Object({ storages: Type.Array(StorageView) }),
    errors: [],
  },
  testStorage: {
    method: 'POST',
    path: '/api/storages/{name}/test',
    access: 'admin',
    audit: 'test storage',
    summary: 'Lists, writes, reads and removes a small object, and says what came of each.',
    form: 'ours',
    params: Type.Object({ name: Type.String() }),
    reply: StorageTestResult,
    errors: ['not_found'],
  },
});

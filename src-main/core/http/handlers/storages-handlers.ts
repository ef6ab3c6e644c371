import type { StorageService } from '../../services/storage-service.ts';
import type { Handlers } from '../endpoint.ts';

type StoragesRoute = 'listStorages' | 'testStorage';

/** The storages of the configuration, and trying them. */
export function storagesHandlers(storages: StorageService): Pick<Handlers, StoragesRoute> {
  return {
    listStorages: async ({ signal }) => ({ storages: await storages.list(signal) }),
    testStorage: ({ params, signal }) => storages.test(params.name, signal),
  };
}

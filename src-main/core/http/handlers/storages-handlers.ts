import { StorageService, type StorageServiceOptions } from '../../services/storage-service.ts';
import type { Handlers } from '../endpoint.ts';

type StoragesRoute = 'listStorages' | 'testStorage';

/** The storages of the configuration, and trying them. */
export function storagesHandlers(options: StorageServiceOptions): Pick<Handlers, StoragesRoute> {
  const storages = new StorageService(options);
  return {
    listStorages: async ({ signal }) => ({ storages: await storages.list(signal) }),
    testStorage: ({ params, signal }) => storages.test(params.name, signal),
  };
}

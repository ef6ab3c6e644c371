import type { StorageTestResult, StorageView } from '../../../src-shared/model/storage-view.ts';
import { AppError } from '../base/errors.ts';
import { testStorage } from '../storage/probe-storage.ts';
import { s3Endpoint } from '../storage/s3-options.ts';
import type { NamedStorage, StorageSet } from '../storage/storage-set.ts';
import { readStorageState } from '../storage/storage-state.ts';

export interface StorageServiceOptions {
  readonly storages: StorageSet;
  readonly cluster: { snapshots(): readonly { readonly node: { readonly alias: string } }[] };
}

/** What the storages of the configuration are, and whether they work. */
export class StorageService {
  constructor(private readonly options: StorageServiceOptions) {}

  /** All storages, each asked at the same time. */
  list(signal: AbortSignal): Promise<StorageView[]> {
    const { cluster, storages } = this.options;
    const aliases = cluster.snapshots().map(({ node }) => node.alias);
    return Promise.all(
      storages.all.map((storage) => {
        const own = aliases.filter((alias) => storages.ofNode(alias) === storage).sort();
        return viewOf(storage, own, signal);
      }),
    );
  }

  /** Throws not_found. */
  test(name: string, signal: AbortSignal): Promise<StorageTestResult> {
    const storage = this.options.storages.find(name);
    if (!storage) throw new AppError('not_found', `There is no storage ${name} in liveman.toml.`);
    return testStorage(storage, signal);
  }
}

async function viewOf(storage: NamedStorage, nodes: string[], signal: AbortSignal): Promise<StorageView> {
  const { config, name, section, store } = storage;
  const view = {
    name,
    type: config.type,
    place: store.name,
    endpoint: config.type === 's3' ? (s3Endpoint(config) ?? null) : null,
    section,
    nodes,
  };
  const { isUp, problem, totalBytes, usedBytes } = await readStorageState(storage, signal);
  return { ...view, isUp, problem, usedBytes, totalBytes };
}

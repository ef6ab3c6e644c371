import { join, resolve } from 'node:path';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import { FsStore } from '../storage/fs-store.ts';
import { StoreChain } from '../storage/store-chain.ts';

export interface OpenStorageOptions {
  readonly config: Config['recorder']['storage'];
  readonly dataDir: string;
  readonly cwd: string;
  readonly database: Database;
}

export interface OpenedStorage {
  readonly store: StoreChain;
  /** The folder in the data folder that is used when nothing is configured; null where something is. */
  readonly builtInRoot: string | null;
}

/** Opens the configured storage, and after it the folders that the command line has indexed. */
export function openStorage(options: OpenStorageOptions): OpenedStorage {
  const { config, cwd, dataDir, database } = options;
  const isConfigured = config.root !== '';
  const root = isConfigured ? resolve(cwd, config.root) : join(dataDir, 'storage');
  const readOthers = async () => {
    const others = await database.db.selectFrom('storages').select('root').orderBy('added_at').execute();
    return others.filter((other) => other.root !== root).map((other) => new FsStore(other.root));
  };
  return { store: new StoreChain(new FsStore(root), readOthers), builtInRoot: isConfigured ? null : root };
}

/** Remembers a folder, so that managers of this database look for objects there too. */
export async function rememberStorage(database: Database, root: string): Promise<void> {
  await database.db
    .insertInto('storages')
    .values({ root })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '../core/base/clock.ts';
import { AppError, errorCode } from '../core/base/errors.ts';
import { limitHeapGrowth } from '../core/base/heap-growth.ts';
import type { Config } from '../core/config/config-schema.ts';
import type { Database } from '../core/db/database.ts';
import { readStoredNodes } from '../core/nodes/node-table.ts';
import { indexStorage } from '../core/segments/index-storage.ts';
import { NodePlaces } from '../core/segments/node-places.ts';
import { forgetStorages, openStorages, rememberStorage } from '../core/services/open-storage.ts';
import type { ObjectStore } from '../core/storage/object-store.ts';
import { isBucketPlace, openPlace } from '../core/storage/open-place.ts';
import { type NamedStorage, StorageSet } from '../core/storage/storage-set.ts';
import type { IndexArguments } from './arguments.ts';
import { STOPPED, withDatabase } from './command-database.ts';
import { IndexOutput } from './index-output.ts';
import type { Places } from './places.ts';
import { demandStorageRoot } from './storage-root.ts';

/** Exit status of a run that went through all, but could not read something on its way. */
const LEFT_OUT = 1;

/** `liveman index`: finds the recordings of a storage and puts them into the index. */
export function runIndex(args: IndexArguments, places: Places): Promise<number> {
  limitHeapGrowth();
  return withDatabase(args.configPath, places, async ({ config, database, logger, signal }) => {
    const { isConfigured, isGone, nodeAlias, nodePlaces, store } = await findPlace(
      args,
      places,
      config,
      database,
    );
    if (!isConfigured) {
      await demandStorageRoot(store, signal);
      await rememberStorage(database, store.name);
    }
    const output = new IndexOutput(args.isJson === true, systemClock);
    try {
      const result = await indexStorage({
        database,
        store,
        clock: systemClock,
        logger,
        nodeAlias: args.nodeAlias ?? nodeAlias,
        place: { places: nodePlaces, name: store.name, isGone },
        isRestart: args.isRestart,
        signal,
        onProgress: (progress) => output.progress(progress),
      });
      await forgetStorages(database, isGone);
      output.done(result);
      return result.skippedCount === 0 ? 0 : LEFT_OUT;
    } catch (error) {
      if (!signal.aborted) throw error;
      output.stopped();
      return STOPPED;
    }
  });
}

interface FoundPlace {
  readonly store: ObjectStore;
  /** A storage of liveman.toml, where the manager looks anyway. */
  readonly isConfigured: boolean;
  /** The only node that records to it. */
  readonly nodeAlias?: string | undefined;
  readonly nodePlaces: NodePlaces;
  readonly isGone: (place: string) => Promise<boolean>;
}

/** A name of liveman.toml goes before a folder of that name; `./name` is the folder. */
async function findPlace(
  { storage: text }: IndexArguments,
  { dataDir }: Places,
  config: Config,
  database: Database,
): Promise<FoundPlace> {
  const nodes = [...config.nodes, ...(await readStoredNodes(database))];
  const nameOf = (alias: string) => nodes.find((node) => node.alias === alias)?.storage ?? '';
  const storages = new StorageSet(await openStorages({ config, cwd: process.cwd(), dataDir }), nameOf);
  const nodePlaces = NodePlaces.of(database, storages);
  const isGone = goneFolders(storages);
  const found = (named: NamedStorage): FoundPlace => {
    const own = nodes.filter(({ alias }) => storages.ofNode(alias) === named);
    const nodeAlias = own.length === 1 ? own[0]?.alias : undefined;
    return { store: named.store, isConfigured: true, nodeAlias, nodePlaces, isGone };
  };
  const named = storages.find(text);
  if (named) return found(named);
  const root = isBucketPlace(text) ? text : resolve(text);
  if (!isBucketPlace(text) && !(await stat(root).catch(() => null))?.isDirectory()) {
    throw new AppError(
      'storage_unavailable',
      `There is no folder ${root} and no storage ${text}. Give the storage root of a node, or one of: ${storages.names.join(', ')}.`,
    );
  }
  const store = await openPlace(root, config.recorder.storage);
  const same = storages.at(store.name);
  return same ? found(same) : { store, isConfigured: false, nodePlaces, isGone };
}

/** Tells folders that are no storage any more: they are not there, or empty, and nothing in liveman.toml names them. */
function goneFolders(storages: StorageSet): (place: string) => Promise<boolean> {
  const asked = new Map<string, Promise<boolean>>();
  const isGone = async (place: string) => {
    if (isBucketPlace(place) || storages.at(place)) return false;
    const entries = await readdir(place).catch((error: unknown) =>
      errorCode(error) === 'ENOENT' ? [] : null,
    );
    return entries?.length === 0;
  };
  return (place) => {
    const known = asked.get(place) ?? isGone(place);
    asked.set(place, known);
    return known;
  };
}

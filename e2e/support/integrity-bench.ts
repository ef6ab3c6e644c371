import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src-main/core/base/clock.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import { loadConfig } from '../../src-main/core/config/config.ts';
import {
  IntegrityService,
  type IntegrityServiceOptions,
} from '../../src-main/core/integrity/integrity-service.ts';
import { indexStorage } from '../../src-main/core/segments/index-storage.ts';
import { NodePlaces } from '../../src-main/core/segments/node-places.ts';
import { openStorage } from '../../src-main/core/services/open-storage.ts';
import { S3Store } from '../../src-main/core/storage/s3-store.ts';
import type { StoreChain } from '../../src-main/core/storage/store-chain.ts';
import { capturePath, captureTimes, copyCaptures } from './capture-storage.ts';
import type { S3Server } from './s3-server.ts';
import type { TestDatabase } from './test-database.ts';

/** The captured recordings of today's node, in a storage and indexed, with the service that checks them. */
export interface CheckedCaptures {
  /** The storage root; empty where it is a bucket. */
  readonly root: string;
  readonly folder: string;
  readonly service: IntegrityService;
  /** All storages of the manager as one. */
  readonly ownStore: StoreChain;
  readonly query: (text: string) => Promise<Record<string, never>[]>;
  close(): Promise<void>;
}

const TABLES =
  'recordings, tracks, segments, coverage, recorded_streams, day_totals, integrity_runs, integrity_findings, storages';

/**
 * Empties the index and fills it anew. `bucket`: where the recordings lie instead of in a folder; `change` is called
 * with the root before they are indexed.
 */
export async function checkCaptures(
  test: TestDatabase,
  options: Partial<IntegrityServiceOptions> & {
    readonly bucket?: S3Server;
    readonly change?: (root: string) => Promise<void>;
  } = {},
): Promise<CheckedCaptures> {
  const { bucket, change, ...own } = options;
  const { database } = test;
  const query = async (text: string) => (await database.pool.query(text)).rows;
  await query(`truncate ${TABLES}`);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'integrity-'));
  const root = path.join(folder, 'store');
  const { config } = loadConfig({ cwd: folder, env: {} });
  if (bucket) Object.assign(config.recorder.storage, await uploadCaptures(bucket));
  else {
    await copyCaptures('head', root);
    config.recorder.storage.root = root;
  }
  await change?.(root);
  const opened = await openStorage({
    config,
    cwd: folder,
    dataDir: folder,
    database,
    storageNameOf: () => '',
  });
  const { ownStore, store, storages } = opened;
  const common = { database, clock: systemClock, logger: silentLogger };
  const place = { places: NodePlaces.of(database, storages), name: storages.default.store.name };
  await indexStorage({ ...common, store: storages.default.store, nodeAlias: 'edge-1', place });
  // What is young is left alone.
  await query(`update segments set created_at = now() - interval '1 hour'`);
  await query(`update recordings set created_at = now() - interval '1 hour'`);
  const service = new IntegrityService({
    ...common,
    store,
    storages,
    nodeStore: null,
    onWritten: () => {},
    ...own,
  });
  const close = async () => {
    await service.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { root: bucket ? '' : root, folder, service, ownStore, query, close };
}

/** Puts the recordings into a bucket; gives the settings of the storage. */
async function uploadCaptures(server: S3Server) {
  const settings = {
    type: 's3' as const,
    root: 'media',
    bucket: server.bucket,
    region: server.region,
    endpoint: server.url,
    access_key_id: server.keyId,
    secret_access_key: server.secret,
    disable_config_load: true,
  };
  const store = new S3Store(settings);
  for (const objectPath of Object.keys(await captureTimes('head'))) {
    const { url } = await store.presign({ method: 'PUT', path: objectPath, ttlSeconds: 60 });
    const body = await readFile(capturePath('head', 'recordings', objectPath));
    const { ok, status } = await fetch(url, { method: 'PUT', body });
    if (!ok) throw new Error(`The upload of ${objectPath} was answered with ${status}.`);
  }
  return settings;
}

import type { Clock } from '../base/clock.ts';
import type { ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import { type ManagerDatabase, openManagerDatabase } from '../db/manager-database.ts';
import { applicationName, readManagerIdentity } from '../peers/manager-identity.ts';
import { createPeers, type Peers } from './create-peers.ts';

export interface OpenPeersOptions {
  readonly config: Pick<Config, 'database' | 'nodes'>;
  /** Of the manager; the database is opened for this one. */
  readonly manager: {
    readonly dataDir: string;
    readonly migrationsDir: string;
    readonly version: string;
    readonly profile?: string | undefined;
  };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface OpenedPeers {
  readonly managerDatabase: ManagerDatabase;
  readonly database: Database;
  /** Our own id among the managers of the database. */
  readonly managerId: string;
  /** Not started, and closed by whoever starts it. */
  readonly peers: Peers;
}

/** Opens the database, which `resources` closes, and gets ready to share it with other managers. */
export async function openPeers(options: OpenPeersOptions, resources: ResourceStack): Promise<OpenedPeers> {
  const { clock, config, logger, manager, signal } = options;
  const { dataDir, migrationsDir, profile = '', version } = manager;
  const identity = await readManagerIdentity(dataDir);
  const managerDatabase = await openManagerDatabase({
    url: config.database.url,
    maxConnections: config.database.max_connections,
    connectTimeoutSec: config.database.connect_timeout,
    dataDir,
    migrationsDir,
    programVersion: version,
    applicationName: applicationName(identity),
    mayBeAway: true,
    clock,
    logger,
    signal,
  });
  resources.use(managerDatabase);
  const configNodes = config.nodes;
  const peers = createPeers({ managerDatabase, identity, version, profile, configNodes, clock, logger });
  return { managerDatabase, database: managerDatabase.database, managerId: identity.id, peers };
}

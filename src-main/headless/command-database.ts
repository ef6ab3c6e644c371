import { join } from 'node:path';
import { systemClock } from '../core/base/clock.ts';
import { createLogger, type Logger } from '../core/base/logger.ts';
import type { Config } from '../core/config/config-schema.ts';
import type { Database } from '../core/db/database.ts';
import { openManagerDatabase } from '../core/db/manager-database.ts';
import { tellManagers } from '../core/peers/change-feed.ts';
import { loadOsKeychain } from '../core/secrets/keychain.ts';
import { openConfig } from '../core/secrets/open-config.ts';
import { openOutgoing, reachStorages } from '../core/services/open-outgoing.ts';
import type { Places } from './places.ts';

/** What a command that works beside a running manager, or without one, needs. */
export interface CommandTools {
  readonly config: Config;
  readonly database: Database;
  readonly logger: Logger;
  /** Aborts with SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
}

/** Exit status of a command that was stopped. */
export const STOPPED = 130;

/** Opens the configured database, also one that a manager on this computer has open, for the time of `work`. */
export async function withDatabase<T>(
  configPath: string | undefined,
  places: Places,
  work: (tools: CommandTools) => Promise<T>,
): Promise<T> {
  const opened = await openConfig({
    path: configPath,
    env: { ...process.env },
    cwd: process.cwd(),
    dataDir: places.dataDir,
    isDesktop: false,
    loadKeychain: loadOsKeychain,
  });
  const { config } = opened;
  reachStorages(opened, openOutgoing(config, process.env, process.cwd()));
  const logger = createLogger(config.log.level);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const managerDatabase = await openManagerDatabase({
    url: config.database.url,
    maxConnections: config.database.max_connections,
    connectTimeoutSec: config.database.connect_timeout,
    dataDir: places.dataDir,
    migrationsDir: join(places.packageDir, 'migrations'),
    programVersion: places.version,
    mayShare: true,
    clock: systemClock,
    logger,
    signal: stop.signal,
  });
  try {
    return await work({ config, database: managerDatabase.database, logger, signal: stop.signal });
  } finally {
    // Managers that cannot be told read the index anew within a minute.
    await tellManagers(managerDatabase.database, 'indexed', null).catch(() => {});
    await managerDatabase.close();
  }
}

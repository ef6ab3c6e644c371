import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import { createManager, type Manager } from '../../src-main/core/manager.ts';
import type { ManagerOptions } from '../../src-main/core/manager-options.ts';

export interface TestManagerOptions extends Partial<Pick<ManagerOptions, 'env' | 'loadKeychain'>> {
  /** Its data folder, which its `liveman.toml` is in too. */
  readonly folder: string;
  readonly databaseUrl: string;
  /** What its `liveman.toml` says; without it there is none. */
  readonly toml?: string;
}

/** A manager in this process, without a window, on a port that the system chooses. */
export async function createTestManager(options: TestManagerOptions): Promise<Manager> {
  const { databaseUrl, env, folder, toml, ...more } = options;
  const configPath = toml === undefined ? undefined : join(folder, 'liveman.toml');
  if (configPath !== undefined) await writeFile(configPath, toml ?? '');
  return createManager({
    ...more,
    dataDir: folder,
    configPath,
    port: 0,
    rendererDir: join(folder, 'no-window'),
    migrationsDir: resolve(import.meta.dirname, '../../migrations'),
    version: '1.2.3',
    env: { DATABASE_URL: databaseUrl, ...env },
    cwd: folder,
    logger: silentLogger,
  });
}

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { systemClock } from '../../src-main/core/base/clock.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import { startEmbeddedPostgres } from '../../src-main/core/db/embedded-postgres.ts';

/** Starts one PostgreSQL cluster for the whole run, in a folder that is gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-test-'));
  // As root the server runs as another user, who must get through.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({
    dataDir: path.join(folder, 'postgres'),
    logger: silentLogger,
    signal: AbortSignal.timeout(60_000),
    clock: systemClock,
  });
  project.provide('postgresUrl', server.url);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

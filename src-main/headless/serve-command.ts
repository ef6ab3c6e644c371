import { join } from 'node:path';
import { createManager } from '../core/manager.ts';
import { loadOsKeychain } from '../core/secrets/keychain.ts';
import { startDemoCluster } from '../demo/demo-cluster.ts';
import type { Arguments } from './arguments.ts';
import type { Places } from './places.ts';

/** `liveman serve`: runs the manager until a signal; returns the exit status. */
export async function runServe(
  args: Extract<Arguments, { command: 'serve' }>,
  places: Places,
): Promise<number> {
  const ended = waitForSignal();
  const manager = await createManager({
    dataDir: places.dataDir,
    configPath: args.configPath,
    port: args.port,
    isDemo: args.isDemo,
    rendererDir: join(places.packageDir, 'out', 'renderer'),
    migrationsDir: join(places.packageDir, 'migrations'),
    version: places.version,
    env: process.env,
    cwd: process.cwd(),
    loadKeychain: loadOsKeychain,
    startDemo: (options) =>
      startDemoCluster({ ...options, loopsDir: join(places.packageDir, 'resources', 'demo', 'loops') }),
  });
  process.stdout.write(`Liveman ready: ${manager.loginUrl}\n`);
  await ended;
  await manager.close();
  return 0;
}

/** A signal to a process group arrives once from the group and once from the launcher: that is one wish. */
const SAME_WISH_MS = 1000;

/** Resolves at the first SIGTERM, SIGINT or SIGHUP; a later one ends the process at once. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    const onSignal = () => {
      const nowMs = performance.now();
      firstAtMs ??= nowMs;
      if (nowMs - firstAtMs > SAME_WISH_MS) process.exit(1);
      resolve();
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

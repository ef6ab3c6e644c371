import { join } from 'node:path';
import { createManager } from '../core/manager.ts';
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
    startDemo: (options) =>
      startDemoCluster({ ...options, loopsDir: join(places.packageDir, 'resources', 'demo', 'loops') }),
  });
  process.stdout.write(`Liveman ready: ${manager.loginUrl}\n`);
  await ended;
  await manager.close();
  return 0;
}

/** Resolves at the first SIGTERM, SIGINT or SIGHUP; the second ends the process at once. */
function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isEnding = false;
    const onSignal = () => {
      if (isEnding) process.exit(1);
      isEnding = true;
      resolve();
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

import { join } from 'node:path';
import { createManager, type Manager } from '../core/manager.ts';
import { ProfileSupervisor } from '../core/profiles/profile-supervisor.ts';
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
  let supervisor!: ProfileSupervisor<Manager>;
  const shared = {
    isDesktop: false,
    env: process.env,
    cwd: process.cwd(),
    loadKeychain: loadOsKeychain,
  };
  const failed = new Promise<unknown>((resolve) => {
    supervisor = new ProfileSupervisor({
      ...shared,
      home: places.dataDir,
      configPath: args.configPath,
      port: args.port,
      start: (start) =>
        createManager({
          ...shared,
          ...start,
          isDemo: args.isDemo && start.profile === undefined,
          rendererDir: join(places.packageDir, 'out', 'renderer'),
          migrationsDir: join(places.packageDir, 'migrations'),
          version: places.version,
          startDemo: (options) =>
            startDemoCluster({
              ...options,
              loopsDir: join(places.packageDir, 'resources', 'demo', 'loops'),
            }),
        }),
      onSwitch: ({ loginUrl }) => process.stderr.write(`Another profile runs: ${loginUrl}\n`),
      onFailure: resolve,
    });
  });
  const manager = await supervisor.open(args.profile);
  process.stdout.write(`Liveman ready: ${manager.loginUrl}\n`);
  const failure = await Promise.race([ended, failed]);
  await supervisor.close();
  if (failure !== undefined) throw failure;
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

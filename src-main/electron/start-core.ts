import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createManager, type Manager, type ManagerOptions } from '../core/manager.ts';
import { loadOsKeychain } from '../core/secrets/keychain.ts';
import { startDemoCluster } from '../demo/demo-cluster.ts';
import type { CoreEndpoint } from './core-forwarder.ts';
import type { DesktopArguments } from './desktop-arguments.ts';

export interface CoreSurroundings {
  /** The folder with package.json: the checkout, or the archive of a packaged app. */
  readonly packageDir: string;
  readonly dataDir: string;
  readonly version: string;
  /** Told of alerts that are not muted. */
  readonly onAlert?: ManagerOptions['onAlert'];
}

/** Starts the manager core in this process and makes the credential with which the window's requests reach it. */
export async function startCore(
  args: DesktopArguments,
  { packageDir, dataDir, onAlert, version }: CoreSurroundings,
): Promise<{ manager: Manager; endpoint: CoreEndpoint }> {
  const secret = randomBytes(32).toString('base64url');
  const manager = await createManager({
    dataDir,
    configPath: args.configPath,
    port: args.port,
    isDemo: args.isDemo,
    desktopSecret: secret,
    onAlert,
    rendererDir: path.join(packageDir, 'out', 'renderer'),
    migrationsDir: path.join(packageDir, 'migrations'),
    version,
    env: process.env,
    cwd: process.cwd(),
    loadKeychain: loadOsKeychain,
    startDemo: (options) =>
      startDemoCluster({ ...options, loopsDir: path.join(packageDir, 'resources', 'demo', 'loops') }),
  });
  return { manager, endpoint: { origin: manager.innerUrl, secret } };
}

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Closeable } from '../core/base/lifecycle.ts';
import { createManager, type Manager, type ManagerOptions } from '../core/manager.ts';
import { ProfileSupervisor } from '../core/profiles/profile-supervisor.ts';
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
  /** No profile can be started any more. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Starts the manager core in this process, that of the profile that ran last, and makes the credential with which the
 * window's requests reach it: the endpoint follows when another profile is switched to.
 */
export async function startCore(
  args: DesktopArguments,
  { packageDir, dataDir, onAlert, onFailure, version }: CoreSurroundings,
): Promise<{ core: Closeable; loginUrl: string; endpoint: CoreEndpoint }> {
  const secret = randomBytes(32).toString('base64url');
  const shared = { env: process.env, cwd: process.cwd(), loadKeychain: loadOsKeychain };
  let origin = '';
  const core = new ProfileSupervisor<Manager>({
    ...shared,
    isDesktop: true,
    home: dataDir,
    configPath: args.configPath,
    port: args.port,
    start: (start) =>
      createManager({
        ...shared,
        ...start,
        isDemo: args.isDemo && start.profile === undefined,
        desktopSecret: secret,
        onAlert,
        rendererDir: path.join(packageDir, 'out', 'renderer'),
        migrationsDir: path.join(packageDir, 'migrations'),
        version,
        startDemo: (options) =>
          startDemoCluster({ ...options, loopsDir: path.join(packageDir, 'resources', 'demo', 'loops') }),
      }),
    onSwitch: (manager) => {
      origin = manager.innerUrl;
    },
    onFailure,
  });
  const manager = await core.open(args.profile);
  origin = manager.innerUrl;
  const endpoint: CoreEndpoint = {
    get origin() {
      return origin;
    },
    secret,
  };
  return { core, loginUrl: manager.loginUrl, endpoint };
}

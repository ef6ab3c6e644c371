import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the default data folder depends on. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  readonly home: string;
}

/** Where the program keeps its database and recordings when --data is not given. */
export function defaultDataDir(surroundings: Surroundings): string {
  const { env, home, isRoot, platform } = surroundings;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Liveman Desktop');
  if (platform === 'win32') return join(env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'Liveman Desktop');
  // PostgreSQL does not run as root, and the user it runs as cannot enter root's home.
  if (isRoot) return '/var/lib/liveman';
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'liveman-desktop');
}

/** The surroundings of this process. */
export function currentSurroundings(): Surroundings {
  return {
    platform: process.platform,
    env: process.env,
    isRoot: process.getuid?.() === 0,
    home: homedir(),
  };
}

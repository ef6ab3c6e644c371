import path from 'node:path';

export interface DataDirSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** Where the program keeps its database when --data is not given: the folder the headless command uses as well. */
export function defaultDataDir({ platform, env, home }: DataDirSurroundings): string {
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Liveman Desktop');
  if (platform === 'win32')
    return path.join(env.APPDATA ?? path.join(home, 'AppData', 'Roaming'), 'Liveman Desktop');
  return path.join(env.XDG_DATA_HOME || path.join(home, '.local', 'share'), 'liveman-desktop');
}

/** Chromium's profile; two desktops on one data folder find each other by it and the second gives way. */
export function profileDir(dataDir: string): string {
  return path.join(dataDir, 'window');
}

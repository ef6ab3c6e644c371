import path from 'node:path';

/** Chromium's profile; two desktops on one data folder find each other by it and the second gives way. */
export function profileDir(dataDir: string): string {
  return path.join(dataDir, 'window');
}

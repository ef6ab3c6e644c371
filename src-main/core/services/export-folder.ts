import { isAbsolute, join, resolve } from 'node:path';
import type { Config } from '../config/config-schema.ts';

/** Where exported clips go. Absolute. */
export function exportFolder(config: Config, { cwd, dataDir }: { cwd: string; dataDir: string }): string {
  const { directory } = config.exports;
  if (directory === '') return join(dataDir, 'exports');
  return isAbsolute(directory) ? directory : resolve(cwd, directory);
}

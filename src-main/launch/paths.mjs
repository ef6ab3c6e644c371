import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const rootDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** @param {...string} parts @returns {string} a path inside the checkout */
export const inRoot = (...parts) => path.resolve(rootDir, ...parts);

/**
 * Where the person who typed the command was. npm runs scripts in the checkout and says in INIT_CWD where it was
 * called; a script called without npm may have inherited INIT_CWD from an outer npm, which then means nothing.
 *
 * @returns {string}
 */
export function callerDir() {
  const cwd = process.cwd();
  return (path.resolve(cwd) === rootDir && process.env.INIT_CWD) || cwd;
}

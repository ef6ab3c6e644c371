import { rm } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { nodeBundle } from './build-targets.mjs';
import { inRoot } from './paths.mjs';

/**
 * Bundles TypeScript modules for Node and imports them.
 *
 * @param {string} outDir relative to the checkout; emptied first
 * @param {Record<string, string>} input name to source file
 * @returns {Promise<Record<string, string>>} name to the URL of the bundled module
 */
export async function bundleModules(outDir, input) {
  await rm(inRoot(outDir), { recursive: true, force: true });
  const { build } = await import('vite');
  await build(await nodeBundle(outDir, input));
  return Object.fromEntries(
    Object.keys(input).map((name) => [name, pathToFileURL(inRoot(outDir, `${name}.js`)).href]),
  );
}

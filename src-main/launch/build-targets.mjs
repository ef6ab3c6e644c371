import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { inRoot } from './paths.mjs';

/**
 * @typedef {object} BuildTarget
 * @property {string} entry the file without which there is nothing to build, relative to the checkout
 * @property {readonly string[]} inputs files and folders whose content decides whether the target is stale
 * @property {readonly string[]} outputs files that must exist for the target to be fresh
 * @property {() => Promise<import('vite').InlineConfig[]>} configs vite builds, run one after the other
 */

const nodeInputs = ['src-shared', 'src-main/core', 'src-main/demo', 'package-lock.json'];
const launchInputs = ['src-main/launch/build-targets.mjs'];

/** What `npm run build` makes, by name. @type {Readonly<Record<'headless' | 'renderer' | 'electron', BuildTarget>>} */
export const buildTargets = {
  headless: {
    entry: 'src-main/headless/main.ts',
    inputs: [...nodeInputs, ...launchInputs, 'src-main/headless'],
    outputs: ['out/headless/main.js'],
    configs: async () => [await nodeConfig('out/headless', 'src-main/headless/main.ts')],
  },
  renderer: {
    entry: 'src-renderer/index.html',
    inputs: ['src-shared', 'src-renderer', 'package-lock.json', ...launchInputs],
    outputs: ['out/renderer/index.html'],
    configs: async () => [await rendererConfig()],
  },
  electron: {
    entry: 'src-main/electron/main.ts',
    inputs: [...nodeInputs, ...launchInputs, 'src-main/electron'],
    outputs: ['out/electron/main.js', 'out/electron/preload.cjs'],
    configs: async () => [
      await nodeConfig('out/electron', 'src-main/electron/main.ts'),
      await preloadConfig(),
    ],
  },
};

/** @param {string} id the module id as written @param {ReadonlySet<string>} installed @returns {boolean} */
function isExternal(id, installed) {
  if (id.startsWith('node:') || id === 'electron' || id.startsWith('electron/')) return true;
  const [scopeOrName = '', name] = id.split('/');
  return installed.has(scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName);
}

/**
 * The packages that are present in a packaged app. Others that the core imports are bundled into it.
 *
 * @returns {Promise<ReadonlySet<string>>}
 */
async function runtimePackages() {
  const { dependencies, optionalDependencies } = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  return new Set([...Object.keys({ ...dependencies, ...optionalDependencies }), ...builtinModules]);
}

/**
 * Files named `*-worker.ts` become entries of their own beside main.js, for `new Worker(new URL('./x-worker.js', import.meta.url))`.
 *
 * @returns {Promise<Record<string, string>>}
 */
async function workerEntries() {
  /** @type {Record<string, string>} */
  const entries = {};
  for (const folder of ['src-main/core', 'src-main/demo']) {
    if (!existsSync(inRoot(folder))) continue;
    for (const name of await readdir(inRoot(folder), { recursive: true }))
      if (name.endsWith('-worker.ts')) entries[path.basename(name, '.ts')] = inRoot(folder, name);
  }
  return entries;
}

/**
 * A bundle for Node: our code in one place, packages external.
 *
 * @param {string} outDir
 * @param {string} entry
 * @returns {Promise<import('vite').InlineConfig>}
 */
async function nodeConfig(outDir, entry) {
  return nodeBundle(outDir, { main: inRoot(entry), ...(await workerEntries()) });
}

/**
 * @param {string} outDir relative to the checkout; emptied first
 * @param {Record<string, string>} input entry name to source file
 * @returns {Promise<import('vite').InlineConfig>}
 */
export async function nodeBundle(outDir, input) {
  const installed = await runtimePackages();
  return {
    configFile: false,
    root: inRoot(),
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: 'node20.19',
      outDir: inRoot(outDir),
      emptyOutDir: true,
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input,
        external: (id) => isExternal(id, installed),
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          // Flat, so that `import.meta.url` is in the same folder for every file of the bundle.
          chunkFileNames: '[name]-[hash].js',
        },
      },
    },
  };
}

/** A sandboxed preload script has to be one CommonJS file. @returns {Promise<import('vite').InlineConfig>} */
async function preloadConfig() {
  const config = await nodeBundle('out/electron', { preload: inRoot('src-main/electron/preload.ts') });
  return {
    ...config,
    build: {
      ...config.build,
      emptyOutDir: false,
      rolldownOptions: {
        ...config.build?.rolldownOptions,
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  };
}

/** @returns {Promise<import('vite').InlineConfig>} */
async function rendererConfig() {
  const { default: react } = await import('@vitejs/plugin-react');
  return {
    configFile: false,
    root: inRoot('src-renderer'),
    // Relative, so that the window also works behind a proxy that adds a prefix.
    base: './',
    logLevel: 'warn',
    plugins: [react()],
    build: {
      target: 'es2022',
      outDir: inRoot('out/renderer'),
      emptyOutDir: true,
      sourcemap: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2000,
      // The content policy allows files of our origin only: nothing inline, no data: URLs.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
}

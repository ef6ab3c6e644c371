import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

/** A worker thread's code, built as the product builds it. Remove it when the tests are over. */
export interface BuiltWorker {
  readonly url: URL;
  remove(): Promise<void>;
}

/** Builds `source`, a file named `…-worker.ts`. */
export async function buildWorker(source: string): Promise<BuiltWorker> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-worker-'));
  const fileName = `${path.basename(source, '.ts')}.mjs`;
  await build({
    configFile: false,
    logLevel: 'silent',
    build: { outDir: folder, ssr: source, rollupOptions: { output: { entryFileNames: fileName } } },
  });
  return {
    url: pathToFileURL(path.join(folder, fileName)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

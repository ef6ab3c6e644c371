import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The checkout; `npm run bench` says where it is. */
export const ROOT_DIR = process.env.LIVEMAN_ROOT ?? process.cwd();

/** Makes a folder, hands it over, and removes it whatever happens. */
export async function inScratchFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'liveman-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../base/errors.ts';
import { checkObjectPath } from './object-path.ts';

/** Segments are asked for one after the other: where their folder really is need not be found out for each. */
const FOLDER_KNOWN_MS = 1000;
const MAX_KNOWN_FOLDERS = 1000;

/** Where the objects of a folder really lie. Symbolic links are followed only where they stay below the root. */
export class RealPaths {
  readonly #folders = new Map<string, { real: string; untilMs: number }>();

  /** `root` is absolute. */
  constructor(private readonly root: string) {}

  /** The real path of an object or folder. Throws bad_request when a link leads out of the root. */
  async resolve(objectPath: string): Promise<string> {
    const root = await realpath(this.root);
    if (objectPath === '.') return root;
    const resolved = await realpath(path.join(root, ...checkObjectPath(objectPath).split('/')));
    if (resolved.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) return resolved;
    throw new AppError(
      'bad_request',
      `The object path ${JSON.stringify(objectPath)} leads out of the storage.`,
    );
  }

  /** The path of an object in the real place of its folder. The object itself may still be a link. */
  async inRealFolder(objectPath: string): Promise<string> {
    const name = path.basename(checkObjectPath(objectPath));
    const folder = path.dirname(objectPath);
    const nowMs = performance.now();
    const known = this.#folders.get(folder);
    if (known && known.untilMs > nowMs) return path.join(known.real, name);
    const real = await this.resolve(folder);
    if (this.#folders.size >= MAX_KNOWN_FOLDERS) this.#folders.clear();
    this.#folders.set(folder, { real, untilMs: nowMs + FOLDER_KNOWN_MS });
    return path.join(real, name);
  }

  /** The folder is gone or may be another. */
  forget(folder: string): void {
    this.#folders.delete(folder);
  }
}

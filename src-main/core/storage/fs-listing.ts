import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, errorMessage } from '../base/errors.ts';
import { isObjectPath, NO_OBJECT_NAME } from './object-path.ts';
import { isDenied, type ListedObject, type ListOptions } from './object-store.ts';
import { linkStats } from './open-file.ts';

/** Looked at together: most of the time of one is the way to the thread that asks the system. */
const BATCH_SIZE = 128;

export interface FolderListing extends ListOptions {
  /** The real path of the storage root. */
  readonly root: string;
  /** Whether objects are uploaded to it. */
  readonly isUploaded: boolean;
  /** The real path of a folder by its object path. Rejects for one that leads out of the root. */
  readonly resolve: (objectPath: string) => Promise<string>;
  /** What a symbolic link stands for; null where that is no object of the storage. */
  readonly statLink: (objectPath: string) => Promise<{ sizeBytes: number; modifiedMs: number } | null>;
  /** Runs `work` with the time limit of the storage and turns its errors into those of the contract. */
  readonly limited: <T>(objectPath: string, work: () => Promise<T>) => Promise<T>;
}

/** UTF-16 units of a path that has no more bytes than a path may have. */
const SURELY_SHORT = 340;

interface Entry {
  /** Names of folders end in a slash, so that sorting gives the order of whole paths. */
  readonly key: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
}

/**
 * The objects of a folder whose path begins with `prefix`, in the order of whole paths.
 *
 * Holds the names of one folder and of those above it. Folders that a link leads into twice are gone into once.
 */
export async function* listFolder(
  prefix: string,
  listing: FolderListing,
): AsyncGenerator<ListedObject, void, undefined> {
  const parent = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const isAtRoot = parent === '';
  const folder = isAtRoot ? listing.root : await listing.resolve(parent.slice(0, -1)).catch(() => null);
  if (folder === null) return;
  const entries = await listing.limited(parent || '.', () => entriesOf(folder));
  for await (const objects of walk(folder, entries, parent, prefix, new Set(), listing)) yield* objects;
}

/** The paths of the folders right below one, ascending; links that lead out of the root are left out. */
export async function foldersBelow(
  parent: string,
  { limited, resolve, root }: Pick<FolderListing, 'limited' | 'resolve' | 'root'>,
): Promise<string[]> {
  const folder = parent === '' ? root : await resolve(parent).catch(() => null);
  if (folder === null) return [];
  const found: string[] = [];
  for (const { isFolder, isLink, key } of await limited(parent || '.', () => entriesOf(folder))) {
    const objectPath = `${parent === '' ? '' : `${parent}/`}${key.slice(0, -1)}`;
    if (!isFolder || !isObjectPath(objectPath)) continue;
    if (!isLink || (await resolve(objectPath).catch(() => null)) !== null) found.push(objectPath);
  }
  return found;
}

/** Objects come many at a time: each level that hands them on one by one would cost as much as looking at them. */
async function* walk(
  folder: string,
  entries: readonly Entry[],
  parent: string,
  prefix: string,
  above: Set<string>,
  listing: FolderListing,
): AsyncGenerator<ListedObject[], void, undefined> {
  const { after, onSkipped, resolve, signal } = listing;
  let files: Entry[] = [];
  for (const entry of entries) {
    signal?.throwIfAborted();
    const objectPath = parent + entry.key;
    if (!objectPath.startsWith(prefix) && !(entry.isFolder && prefix.startsWith(objectPath))) continue;
    if (after !== undefined && objectPath <= after && !(entry.isFolder && after.startsWith(objectPath)))
      continue;
    if (!canBeObject(parent, objectPath) || (await isMangled(folder, entry))) {
      onSkipped?.(objectPath, NO_OBJECT_NAME);
      continue;
    }
    if (!entry.isFolder) {
      files.push(entry);
      if (files.length < BATCH_SIZE) continue;
    }
    if (files.length > 0) yield await filesOf(folder, parent, files, listing);
    files = [];
    if (!entry.isFolder) continue;
    const real = entry.isLink
      ? await resolve(objectPath.slice(0, -1)).catch(() => null)
      : path.join(folder, entry.key.slice(0, -1));
    if (real === null || above.has(real)) continue;
    const below = await entriesBelow(real, objectPath, listing);
    if (below === null) continue;
    above.add(real);
    yield* walk(real, below, objectPath, prefix, above, listing);
    above.delete(real);
  }
  if (files.length > 0) yield await filesOf(folder, parent, files, listing);
}

/** Most names are; the whole check of each would take as long as the listing. */
function canBeObject(parent: string, objectPath: string): boolean {
  const isSure =
    objectPath.length <= SURELY_SHORT &&
    !objectPath.includes('\\') &&
    (parent !== '' || objectPath[1] !== ':');
  return isSure || isObjectPath(objectPath.replace(/\/$/, ''));
}

/** Whether a name is no UTF-8: what is shown of it names nothing. */
async function isMangled(folder: string, { key }: Entry): Promise<boolean> {
  if (!key.includes('\uFFFD')) return false;
  return lstat(path.join(folder, key)).then(
    () => false,
    (error: unknown) => errorCode(error) === 'ENOENT',
  );
}

/** The entries of a folder on the way; null for one that may not be read, where that is told. */
async function entriesBelow(
  folder: string,
  objectPath: string,
  { limited, onSkipped }: FolderListing,
): Promise<Entry[] | null> {
  try {
    return await limited(objectPath, () => entriesOf(folder));
  } catch (error) {
    if (!onSkipped || !isDenied(error)) throw error;
    // Every disk of its own has one, for nobody but root.
    if (objectPath !== 'lost+found/') onSkipped(objectPath, errorMessage(error));
    return null;
  }
}

/** Those of `files` that are there, in their order. */
async function filesOf(
  folder: string,
  parent: string,
  files: readonly Entry[],
  { isUploaded, limited, statLink }: FolderListing,
): Promise<ListedObject[]> {
  const found = await limited(parent + files[0]!.key, () =>
    Promise.all(
      files.map(async ({ isLink, key }): Promise<ListedObject | null> => {
        if (isLink) {
          const target = await statLink(parent + key);
          return target && { path: parent + key, ...target, isUploaded };
        }
        const stats = await statFile(path.join(folder, key));
        if (!stats?.isFile()) return null;
        return { path: parent + key, sizeBytes: stats.size, modifiedMs: stats.mtimeMs, isUploaded };
      }),
    ),
  );
  return found.filter((object) => object !== null);
}

/** Null where the file was deleted since it was listed. */
async function statFile(file: string): Promise<Stats | null> {
  try {
    return await linkStats(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const isLink = entry.isSymbolicLink();
      const isFolder = isLink ? await isFolderLink(entry, folder) : entry.isDirectory();
      entries.push({ key: isFolder ? `${entry.name}/` : entry.name, isFolder, isLink });
    }
  } catch (error) {
    // Deleted while the listing ran.
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function isFolderLink(entry: Dirent, folder: string): Promise<boolean> {
  return stat(path.join(folder, entry.name)).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

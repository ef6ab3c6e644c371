import { AppError } from '../core/base/errors.ts';
import { foldersIn, type ObjectStore } from '../core/storage/object-store.ts';

/** So many folders are looked at: one that is named as a stream says that it is a root. */
const LOOKED_AT = 20;
const SECONDS = /^\d{10,}$/;
const YEAR = /^20\d\d$/;
const MONTH = /^\d\d$/;

/**
 * Throws bad_request for the folder of one stream, as `recorded/cam1`: its recordings would be taken for streams that are
 * named by seconds or years, which nothing takes back.
 */
export async function demandStorageRoot(store: ObjectStore, signal: AbortSignal): Promise<void> {
  const folders = (await foldersIn(store, '', { signal })).slice(0, LOOKED_AT);
  if (folders.length === 0) return;
  for (const folder of folders) if (!(await isOfOneStream(store, folder, signal))) return;
  throw new AppError(
    'bad_request',
    `${store.name} is the folder of one stream: all in it are recordings, as ${folders[0]}. ` +
      'Give the folder above it, the storage root; where these are streams, name the storage in liveman.toml.',
  );
}

/** Whether a folder is a recording by its second, or a year of dated ones. */
async function isOfOneStream(store: ObjectStore, folder: string, signal: AbortSignal): Promise<boolean> {
  const isYear = YEAR.test(folder);
  if (!isYear && !SECONDS.test(folder)) return false;
  const below = await foldersIn(store, folder, { signal });
  if (!isYear) return below.length === 0;
  return below.length > 0 && below.every((path) => MONTH.test(path.slice(folder.length + 1)));
}

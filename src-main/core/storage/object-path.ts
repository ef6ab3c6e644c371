import { AppError } from '../base/errors.ts';

/** Longer keys are refused by S3 and by most file systems. */
const MAX_PATH_BYTES = 1024;

/**
 * Checks the path of a stored object and returns it unchanged.
 *
 * `raw` is relative to the storage root, `/`-separated and already percent-decoded once by whoever took it from a
 * URL; it is not decoded again, so `%2e%2e` is a strange name and not a way up. Throws bad_request for an empty
 * path, a leading or doubled slash, `.` and `..` components, backslashes, NUL, drive letters and what no UTF-8 can be
 * made of. `a..b` is a name.
 */
export function checkObjectPath(raw: string): string {
  const reason = whyRefused(raw);
  if (reason === null) return raw;
  throw new AppError(
    'bad_request',
    `The object path ${JSON.stringify(raw.slice(0, 200))} ${reason}. Give the path relative to the storage root, for example cam1/1762842203/v_init.m4s.`,
  );
}

/** Why a name was left out of a listing, in words. */
export const NO_OBJECT_NAME = 'No object of a storage can have this name.';

/** Whether an object can have this path; other names in a folder or bucket are no objects of the storage. */
export function isObjectPath(raw: string): boolean {
  return whyRefused(raw) === null;
}

function whyRefused(raw: string): string | null {
  if (raw === '') return 'is empty';
  if (Buffer.byteLength(raw) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (/\p{Surrogate}/u.test(raw)) return 'holds half of a character';
  if (raw.includes('\0')) return 'holds a NUL character';
  if (raw.includes('\\')) return 'holds a backslash';
  if (raw.startsWith('/')) return 'starts with a slash';
  if (/^[a-z]:/i.test(raw)) return 'starts with a drive letter';
  for (const component of raw.split('/')) {
    if (component === '') return 'has an empty component';
    if (component === '.' || component === '..') return `has a component '${component}'`;
  }
  return null;
}

/** The folder of an object; empty for one at the storage root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** A checked path as it stands in a URL. */
export function encodeObjectPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

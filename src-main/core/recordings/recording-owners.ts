import type { Database } from '../db/database.ts';
import { folderOf } from '../storage/object-path.ts';
import { isNamedAfter, parseRecordingPath } from './recording-path.ts';

/** Streams that an object may belong to: whoever may see all of them, may have it. */
export async function readOwners({ db }: Database, path: string, basePrefix: string): Promise<string[]> {
  const dir = folderOf(path);
  const rows = await db.selectFrom('recordings').select('stream').distinct().where('dir', '=', dir).execute();
  if (rows.length > 0) {
    const streams = rows.map(({ stream }) => stream);
    // Whose name the folder bears is not locked out by others who tell of it.
    const named = streams.filter((stream) => isNamedAfter(dir, stream));
    return named.length > 0 ? named : streams;
  }
  // Not indexed: only the name tells, and it tells the last part of a name with slashes only.
  const stream = parseRecordingPath(path)?.stream;
  if (stream === undefined) return [];
  const isPlain =
    path.startsWith(`${stream}/`) || (basePrefix !== '' && path.startsWith(`${basePrefix}/${stream}/`));
  return isPlain ? [stream] : [];
}

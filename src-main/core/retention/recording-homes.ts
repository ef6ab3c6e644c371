import { sql } from 'kysely';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { folderOf } from '../storage/object-path.ts';
import type { ListedObject, ObjectStore } from '../storage/object-store.ts';
import type { EmptiedRecording, ExpiredRow } from './expired-rows.ts';
import type { RetentionTools } from './retention-tools.ts';

/** Rows of a recording that are held against the files of a folder. */
const ROWS_COMPARED = 300;
/** Of an object that lies in two storages, so much is compared. */
const BYTES_COMPARED = 1024 * 1024;

/** Where the objects of a recording lie. */
export interface RecordingHomes {
  readonly homes: readonly ObjectStore[];
  /** Why nothing may be removed: other recordings may lie in the same folder there, or it lies where we cannot reach; null where that is known. */
  readonly doubt: AppError | null;
  /** Whether what else lies in the folder was written with the recording. */
  readonly isWhole: boolean;
  /** Whether the object of a row lies there. */
  readonly has: (row: Pick<ExpiredRow, 'path' | 'isMissing'>) => boolean;
}

interface Home {
  readonly store: ObjectStore;
  readonly sizes: ReadonlyMap<string, number>;
  /** Files that are as large as their rows say, and files that are not. */
  readonly agreed: string[];
  readonly differing: number;
}

/**
 * Finds the storage that a recording lies in: the one in which it was seen, or else of those of its node.
 *
 * Where there are several of these, a folder is its own only if all of its files are as large as the rows say: two storages may
 * hold different recordings of one path. Throws storage_unavailable where one is away that it may lie in.
 */
export async function findHomes(
  { database, signal, store }: RetentionTools,
  recording: EmptiedRecording,
): Promise<RecordingHomes> {
  const { dir, nodeAlias, place } = recording;
  const seen = place === null ? undefined : await store.storeAt?.(place);
  if (seen) return { homes: [seen], doubt: null, isWhole: true, has: () => true };
  const { isKnown, stores, unreached } = (await store.recordedHomes?.(nodeAlias)) ?? {
    isKnown: true,
    stores: [store],
    unreached: [],
  };
  const isReached = place === null || store.storeAt === undefined;
  if (isReached && isKnown && stores.length === 1)
    return { homes: stores, doubt: null, isWhole: true, has: () => true };
  const rows = await sizesOfRows(database, recording);
  const found: Home[] = [];
  let away: unknown;
  for (const each of stores) {
    try {
      found.push(compare(each, rows, await sizesIn(each, dir, [...rows.keys()], signal)));
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'storage_unavailable')) throw error;
      away ??= error;
    }
  }
  const has = ({ path }: { path: string }) => found.some(({ sizes }) => sizes.has(path));
  const fitting = found.filter(({ agreed, differing }) => agreed.length > 0 && differing === 0);
  if (fitting.length > 0 && (await areCopies(fitting, signal))) {
    return { homes: fitting.map((home) => home.store), doubt: null, isWhole: true, has };
  }
  if (away !== undefined) throw away;
  const names = found.filter(({ sizes }) => sizes.size > 0).map((home) => home.store.name);
  const gone = isReached ? unreached : [place];
  // What was marked as missing, as by a check, may go without its object.
  if (names.length === 0 && gone.length > 0) {
    return {
      homes: [],
      doubt: unreachedFailure(dir, gone),
      isWhole: false,
      has: ({ isMissing }) => !isMissing,
    };
  }
  // An empty folder says nothing; that its storage is not mounted shows when something is to be removed.
  if (names.length === 0) return { homes: stores, doubt: null, isWhole: false, has };
  const doubt = new AppError(
    'storage_unavailable',
    `It is not certain that ${dir} in ${names.join(' or ')} is the recording of ${nodeAlias}, as the files are not as large as in the index or another storage has the folder too; nothing of it was removed. Run "liveman check", or remove the folder by hand.`,
  );
  return { homes: [], doubt, isWhole: false, has };
}

function unreachedFailure(dir: string, places: readonly string[]): AppError {
  return new AppError(
    'storage_unavailable',
    `${dir} lies in ${places.join(' or ')}, which is no storage of liveman.toml any more; nothing of it was removed. Add the storage again, or let "liveman check --repair" mark the files as missing.`,
  );
}

function compare(
  store: ObjectStore,
  rows: ReadonlyMap<string, number>,
  sizes: ReadonlyMap<string, number>,
): Home {
  const known = [...rows].filter(([path]) => sizes.has(path));
  const agreed = known.filter(([path, sizeBytes]) => sizes.get(path) === sizeBytes).map(([path]) => path);
  return { store, sizes, agreed, differing: known.length - agreed.length };
}

/** Whether folders whose files are all equally large hold the same recording. */
async function areCopies([first, ...others]: readonly Home[], signal: AbortSignal): Promise<boolean> {
  for (const other of others) {
    const path = other.agreed.find((each) => first?.agreed.includes(each));
    if (!first || path === undefined) return false;
    const [a, b] = await Promise.all(
      [first, other].map(({ store }) => store.read(path, 0, BYTES_COMPARED, { signal })),
    );
    if (!a || !b?.equals(a)) return false;
  }
  return true;
}

/** The sizes of the objects of a folder; of these paths where it is the whole storage. */
async function sizesIn(
  store: ObjectStore,
  dir: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  if (dir === '') {
    for (const path of paths) {
      const info = await store.stat(path, { signal });
      if (info) sizes.set(path, info.sizeBytes);
    }
    return sizes;
  }
  for await (const { path, sizeBytes } of objectsIn(store, dir, signal)) sizes.set(path, sizeBytes);
  return sizes;
}

/** The objects of a folder itself; none where there is no such folder. */
export async function* objectsIn(
  store: ObjectStore,
  dir: string,
  signal: AbortSignal,
): AsyncGenerator<ListedObject> {
  try {
    for await (const object of store.list(`${dir}/`, { signal })) if (isIn(dir, object.path)) yield object;
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'object_missing')) throw error;
  }
}

/** Whether the file lies in the folder itself: a recording has no folders in it. */
export function isIn(dir: string, path: string): boolean {
  return folderOf(path) === dir;
}

/** By path; the oldest ones, as far as they were examined. */
async function sizesOfRows(
  { db }: Database,
  { id, dir }: EmptiedRecording,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ path: string; size_bytes: number }>`
    select s.path, s.size_bytes from recordings r
    join tracks t on t.recording_id = r.id
    join segments s on s.track_id = t.id and s.stream = r.stream and s.start_ts between r.start_ts and r.end_ts
    where r.id = ${id} and s.size_bytes is not null and s.state <> 'bad'
    order by s.start_ts, s.id limit ${ROWS_COMPARED}
  `.execute(db);
  return new Map(
    rows.filter(({ path }) => isIn(dir, path)).map(({ path, size_bytes }) => [path, size_bytes]),
  );
}

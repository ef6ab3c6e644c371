import { sql } from 'kysely';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { inTransaction, lockStreams } from '../segments/stream-lock.ts';
import type { StoreChain } from '../storage/store-chain.ts';

export interface GoneFolderTools {
  readonly database: Database;
  /** The manager's own storages; nodes are not asked. */
  readonly store: Pick<StoreChain, 'stat' | 'hasFolder' | 'storeAt'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Objects were found gone: the span of their stream that they lie in. */
  readonly onLost: (span: { stream: string } & TimeRange) => void;
}

interface Folder {
  id: string;
  stream: string;
  node_alias: string;
  dir: string;
  place: string;
  start_ts: number;
  init_path: string;
}

/** Where a look goes on, by start and id; null for the newest. */
type Position = { startUs: number; id: string } | null;

const FOLDERS_PER_LOOK = 200;
const LOOK_EVERY_MS = 30 * MS_PER_SECOND;
/** So long something has to be gone; a disk that is being mounted fills while one looks. */
const SURE_AFTER_MS = 5 * MS_PER_SECOND;
/** Looks at a bucket cost money: its folders are looked for in every so many rounds. */
const BUCKET_EVERY = 120;
const FIRST_AFTER_MS = MS_PER_MINUTE;

/** Looks again and again for recordings whose whole folder is gone, the newest first, until `signal`. */
export async function watchFolders(tools: GoneFolderTools, signal: AbortSignal): Promise<void> {
  const { clock } = tools;
  await clock.sleep(FIRST_AFTER_MS, signal);
  let position: Position = null;
  for (let round = 0; !signal.aborted; ) {
    position = await lookForGone(tools, position, round % BUCKET_EVERY === 0, signal);
    if (position === null) round += 1;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/**
 * Looks at one page of recordings, and marks the segments of those of which nothing is left as missing, so that lists
 * and timelines say so before anybody wants to play them. Answers where the next page begins, null after the last.
 */
export async function lookForGone(
  tools: GoneFolderTools,
  after: Position,
  withBuckets: boolean,
  signal: AbortSignal,
): Promise<Position> {
  const folders = await readFolders(tools.database, after, withBuckets);
  const gone: Folder[] = [];
  for (const folder of folders) if (await isGone(tools, folder, signal)) gone.push(folder);
  if (gone.length > 0) {
    await tools.clock.sleep(SURE_AFTER_MS, signal);
    for (const folder of gone) if (await isGone(tools, folder, signal)) await markGone(tools, folder);
  }
  const last = folders.at(-1);
  return last && folders.length === FOLDERS_PER_LOOK ? { startUs: last.start_ts, id: last.id } : null;
}

/** Recordings that were seen in a storage and are over, with something that is not known to be gone. */
async function readFolders({ db }: Database, after: Position, withBuckets: boolean): Promise<Folder[]> {
  const { rows } = await sql<Folder>`
    select r.id, r.stream, r.node_alias, r.dir, r.place, r.start_ts, t.init_path
    from recordings r cross join lateral (
      select init_path from tracks where recording_id = r.id order by track desc limit 1) t
    where r.place is not null and r.status <> 'active' and r.dir <> ''
      and (${withBuckets} or r.place not like 's3://%')
      and (${after === null} or (r.start_ts, r.id) < (${after?.startUs ?? 0}::bigint, ${after?.id ?? NO_ID}::uuid))
    order by r.start_ts desc, r.id desc limit ${FOLDERS_PER_LOOK}
  `.execute(db);
  return rows;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Whether nothing is left of a folder, although the storage in which it was seen answers and holds something. */
async function isGone(
  { store }: GoneFolderTools,
  { dir, init_path: initPath, node_alias: node, place }: Folder,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if ((await store.stat(initPath, { node, signal })) !== null) return false;
    if (await store.hasFolder(`${dir}/`, { node, signal })) return false;
    const seen = await store.storeAt(place);
    if (!seen) return false;
    for await (const _ of seen.list('', { signal })) return true;
    return false;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError && error.code !== 'database_unavailable') return false;
    throw error;
  }
}

async function markGone({ database, logger, onLost }: GoneFolderTools, folder: Folder): Promise<void> {
  const { dir, id, node_alias: nodeAlias, stream } = folder;
  const span = await inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [{ stream, nodeAlias }]);
    const { rows } = await sql<{ count: number; start_ts: number; end_ts: number }>`
      with marked as (
        update segments s set state = 'missing', problem = 'The file ' || s.path || ' is not in storage.'
        from recordings r, tracks t
        where r.id = ${id} and t.recording_id = r.id and s.track_id = t.id and s.stream = r.stream
          and s.start_ts between r.start_ts and r.end_ts and s.state in ('ok', 'pending')
        returning s.start_ts, s.end_ts
      )
      select count(*)::int as count, coalesce(min(start_ts), 0)::bigint as start_ts,
        coalesce(max(end_ts), 0)::bigint as end_ts from marked
    `.execute(trx);
    return rows[0];
  });
  if (!span || span.count === 0) return;
  logger.warn({ stream, dir, count: span.count }, 'The folder of a recording is gone from storage');
  onLost({ stream, startUs: span.start_ts, endUs: span.end_ts });
}

import { sql } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import type { ListedObject } from '../storage/object-store.ts';
import type { IndexTools } from './index-tools.ts';
import { countSizes, type KnownFile } from './known-files.ts';
import { readInit } from './read-media.ts';
import { RETRY_WINDOW_US, type Session } from './session-choice.ts';
import type { StoredFile, StoredFolder } from './storage-folders.ts';
import { inTransaction, lockStreams, type StreamOfNode } from './stream-lock.ts';

/** Words kept with rows whose file is there, but whose init file was written over by one of another codec. */
export const INIT_OVERWRITTEN =
  'Its init file was overwritten by one of another codec, so it cannot be decoded any more.';

/** A track of the latest session whose files were written over. */
export interface RewrittenTrack {
  /** Of the init file that is there now. */
  configHash: string;
  isOtherCodec: boolean;
  /** Where the rows of before end, microseconds since the epoch. */
  endUs: number;
}

/** What tells a file from another one that was written over it; null where nothing does. */
export function markOf({ mark, modifiedMs, sizeBytes }: ListedObject): string | null {
  if (mark !== undefined) return mark;
  return sizeBytes === 0 && modifiedMs === 0 ? null : `${sizeBytes} ${Math.round(modifiedMs)}`;
}

/**
 * The tracks of a session that a recorder has begun anew in the same folder, as when its publisher came back with
 * another codec. An init file is written once, so it is looked at only when it looks different; then another codec
 * beside a segment of another size proves it, or that most of the segments have other sizes. A copy, or what was
 * uploaded twice, proves nothing. `doubtful`: tracks whose init file alone is of another codec.
 */
export async function findRewritten(
  tools: IndexTools,
  folder: StoredFolder,
  latest: Session,
  known: ReadonlyMap<string, KnownFile>,
): Promise<{ rewritten: Map<Track, RewrittenTrack>; doubtful: Set<Track> }> {
  const { database, signal, store } = tools;
  const { rows } = await sql<TrackState>`
    select t.id, t.track, t.init_path, t.init_mark, t.config_hash, coalesce((
      select max(s.end_ts) from segments s where s.track_id = t.id
        and s.start_ts between ${latest.startUs - RETRY_WINDOW_US} and ${latest.endUs + RETRY_WINDOW_US}
        and s.seq = t.last_seq), ${latest.startUs}::bigint) as end_ts
    from tracks t where t.recording_id = ${latest.recordingId} and t.config_hash is not null
  `.execute(database.db);
  const rewritten = new Map<Track, RewrittenTrack>();
  const doubtful = new Set<Track>();
  const changed: { row: TrackState; file: StoredFile; mark: string; configHash: string }[] = [];
  for (const row of rows) {
    const file = folder.files.find(({ path }) => path === row.init_path);
    const mark = file ? markOf(file) : null;
    if (!file || mark === null || mark === row.init_mark) continue;
    const init = await readInit(store, row.init_path, { signal });
    // It is being written.
    if (init.state !== 'ok') continue;
    const { configHash } = init.init;
    changed.push({ row, file, mark, configHash });
    const isOtherCodec = configHash !== row.config_hash;
    const { otherCount, sameCount } = countSizes(folder, known, row.track);
    const areOthers = row.init_mark !== null && otherCount > 0 && otherCount >= sameCount;
    // Beside segments that are as they were it is the init file that is wrong, or the first new segment is to come.
    const isProven = isOtherCodec && (otherCount > 0 || file.mark !== undefined);
    if (isOtherCodec && !isProven) doubtful.add(row.track);
    if (isProven || areOthers) {
      rewritten.set(row.track, { configHash, isOtherCodec, endUs: row.end_ts });
    }
  }
  for (const { configHash, file, mark, row } of changed) {
    if (rewritten.has(row.track) || doubtful.has(row.track)) continue;
    // Sound of a constant rate has the same sizes; what was written anew beside pictures that were is another one too.
    if (rewritten.size > 0 && row.init_mark !== null && !file.isUploaded) {
      rewritten.set(row.track, { configHash, isOtherCodec: false, endUs: row.end_ts });
    } else {
      await database.db.updateTable('tracks').set({ init_mark: mark }).where('id', '=', row.id).execute();
    }
  }
  return { rewritten, doubtful };
}

interface TrackState {
  id: string;
  track: Track;
  init_path: string;
  init_mark: string | null;
  config_hash: string;
  end_ts: number;
}

/** Gives up the segments of these sessions that were coded otherwise than the init file says that is there now. */
export async function giveUpOtherCodecs(
  { database }: Pick<IndexTools, 'database'>,
  where: StreamOfNode,
  sessions: readonly Session[],
  rewritten: ReadonlyMap<Track, RewrittenTrack>,
): Promise<void> {
  const others = [...rewritten].filter(([, { isOtherCodec }]) => isOtherCodec);
  if (others.length === 0) return;
  const startUs = Math.min(...sessions.map((session) => session.startUs)) - RETRY_WINDOW_US;
  const endUs = Math.max(...sessions.map((session) => session.endUs)) + RETRY_WINDOW_US;
  await inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [where]);
    await sql`
      with lost as (
        update tracks t set problem = ${INIT_OVERWRITTEN}
        from unnest(${others.map(([track]) => track)}::text[],
          ${others.map(([, { configHash }]) => configHash)}::text[]) as x (track, config_hash)
        where t.recording_id = any(${sessions.map(({ recordingId }) => recordingId)}::uuid[])
          and t.track = x.track and t.config_hash <> x.config_hash
        returning t.id
      )
      update segments s set state = 'bad', problem = ${INIT_OVERWRITTEN} from lost
      where s.track_id = lost.id and s.start_ts between ${startUs} and ${endUs} and s.state in ('ok', 'pending')
    `.execute(trx);
  });
}

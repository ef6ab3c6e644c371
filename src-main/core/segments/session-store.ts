import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { ClockSource, Track } from '../../../src-shared/model/segment.ts';
import type { Database } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables.ts';
import { adoptBegun } from './begun-recordings.ts';
import { type KnownSegment, RETRY_WINDOW_US, type Session, type SessionTrack } from './session-choice.ts';
import type { StreamOfNode } from './stream-lock.ts';

/** A folder of a stream on one node, which may hold several sessions. */
export interface SessionFolder extends StreamOfNode {
  dir: string;
}

interface SessionRow {
  n: number;
  id: string;
  session_no: number;
  start_ts: number;
  end_ts: number;
  place: string | null;
  track_id: string | null;
  track: Track | null;
  zero_ts: number | null;
  clock_source: ClockSource | null;
  first_seq: number | null;
  last_seq: number | null;
}

/**
 * The sessions of folders, by the key of `folderKey`, oldest first; recordings without segments are none yet.
 *
 * The streams must be locked.
 */
export async function findSessions(
  trx: Transaction<Tables>,
  folders: readonly SessionFolder[],
): Promise<Map<string, Session[]>> {
  const { rows } = await sql<SessionRow>`
    ${prepared('find_sessions')}
    select k.n::int as n, r.id, r.session_no, r.start_ts, r.end_ts, r.place,
      t.id as track_id, t.track, t.zero_ts, t.clock_source, t.first_seq, t.last_seq
    from unnest(
      ${folders.map((f) => f.stream)}::text[], ${folders.map((f) => f.nodeAlias)}::text[],
      ${folders.map((f) => f.dir)}::text[]
    ) with ordinality as k (stream, node_alias, dir, n)
    join recordings r on r.stream = k.stream and r.node_alias = k.node_alias and r.dir = k.dir
      and r.begun_ts is null
    left join tracks t on t.recording_id = r.id
    order by r.session_no
  `.execute(trx);
  const found = new Map<string, Session[]>(folders.map((folder) => [folderKey(folder), []]));
  for (const row of rows) {
    const folder = folders[row.n - 1];
    const sessions = folder && found.get(folderKey(folder));
    if (!sessions) continue;
    let session = sessions.find(({ recordingId }) => recordingId === row.id);
    if (!session) {
      session = {
        recordingId: row.id,
        sessionNo: row.session_no,
        startUs: row.start_ts,
        endUs: row.end_ts,
        place: row.place,
        tracks: new Map(),
      };
      sessions.push(session);
    }
    if (row.track_id !== null && row.track !== null) {
      session.tracks.set(row.track, {
        id: row.track_id,
        track: row.track,
        zeroUs: row.zero_ts,
        clockSource: row.clock_source,
        firstSeq: row.first_seq,
        lastSeq: row.last_seq,
        storedLastSeq: row.last_seq,
      });
    }
  }
  return found;
}

export function folderKey({ stream, nodeAlias, dir }: SessionFolder): string {
  return `${stream}\0${nodeAlias}\0${dir}`;
}

export function isSameFolder(a: SessionFolder, b: SessionFolder): boolean {
  return a.dir === b.dir && a.stream === b.stream && a.nodeAlias === b.nodeAlias;
}

/** A recording to be made. */
export interface NewRecording extends SessionFolder {
  id: string;
  sessionNo: number;
  record: string;
  startUs: number;
  endUs: number;
  status: 'active' | 'completed' | 'failed' | 'unknown';
  /** Where its files were found; null where nobody has looked. */
  place: string | null;
}

/** A track to be made; `zeroUs` null until it is known. */
export interface NewTrack {
  id: string;
  recordingId: string;
  track: Track;
  initPath: string;
  zeroUs: number | null;
  clockSource: ClockSource;
}

/** Makes recordings and tracks, in a few round trips. The streams must be locked. */
export async function createSessions(
  trx: Transaction<Tables>,
  recordings: readonly NewRecording[],
  tracks: readonly NewTrack[],
): Promise<void> {
  const unlisted = await adoptBegun(trx, recordings);
  if (unlisted.length > 0) {
    await trx
      .insertInto('recordings')
      .values(
        unlisted.map((r) => ({
          id: r.id,
          stream: r.stream,
          node_alias: r.nodeAlias,
          dir: r.dir,
          session_no: r.sessionNo,
          record: r.record,
          start_ts: r.startUs,
          end_ts: r.endUs,
          status: r.status,
          place: r.place,
        })),
      )
      .execute();
  }
  if (tracks.length > 0) {
    await trx
      .insertInto('tracks')
      .values(
        tracks.map((t) => ({
          id: t.id,
          recording_id: t.recordingId,
          track: t.track,
          init_path: t.initPath,
          zero_ts: t.zeroUs,
          clock_source: t.clockSource,
        })),
      )
      .execute();
  }
}

/**
 * Notes in which storage recordings were found: those begun by reports, which do not say it, and those of a storage that
 * is there no more, `wasAt`.
 */
export async function notePlace(
  { db }: Database,
  recordingIds: readonly string[],
  place: string,
  wasAt: string | null,
): Promise<void> {
  await db
    .updateTable('recordings')
    .set({ place })
    .where('id', 'in', [...recordingIds])
    .where('place', 'is not distinct from', wasAt)
    .execute();
}

/** A session that is not stored yet, with ids of its own. */
export function draftSession(sessions: readonly Session[], startUs: number, endUs: number): Session {
  const sessionNo = sessions.reduce((highest, session) => Math.max(highest, session.sessionNo), -1) + 1;
  return { recordingId: randomUUID(), sessionNo, startUs, endUs, place: null, tracks: new Map() };
}

/** A track that is not stored yet. */
export function draftTrack(track: Track, zeroUs: number | null, clockSource: ClockSource): SessionTrack {
  return { id: randomUUID(), track, zeroUs, clockSource, firstSeq: null, lastSeq: null, storedLastSeq: null };
}

/** The stored segments of these tracks with one of these numbers; 0 stands for all without a number. */
export async function findKnownSegments(
  trx: Transaction<Tables>,
  sessions: readonly Session[],
  seqs: readonly number[],
): Promise<Map<string, KnownSegment[]>> {
  const found = new Map<string, KnownSegment[]>();
  const trackIds = sessions.flatMap((session) => [...session.tracks.values()].map(({ id }) => id));
  if (trackIds.length === 0 || seqs.length === 0) return found;
  const startUs = Math.min(...sessions.map((session) => session.startUs));
  const endUs = Math.max(...sessions.map((session) => session.endUs));
  const { rows } = await sql<{
    track_id: string;
    seq: number;
    path: string;
    media_start_us: number | null;
    start_ts: number;
    length_us: number;
  }>`
    select track_id, seq, path, media_start_us, start_ts, end_ts - start_ts as length_us from segments
    where track_id = any(${trackIds}::uuid[]) and seq = any(${[...new Set(seqs)]}::int[])
      and start_ts between ${startUs} and ${endUs}
  `.execute(trx);
  const zeros = new Map(
    sessions.flatMap((session) => [...session.tracks.values()].map(({ id, zeroUs }) => [id, zeroUs])),
  );
  for (const row of rows) {
    const mediaStartUs = row.media_start_us ?? row.start_ts - (zeros.get(row.track_id) ?? 0);
    const mediaEndUs = mediaStartUs + row.length_us;
    const isFromFile = row.media_start_us === null;
    const known = { seq: row.seq, path: row.path, mediaStartUs, mediaEndUs, isFromFile };
    const list = found.get(row.track_id);
    if (list) list.push(known);
    else found.set(row.track_id, [known]);
  }
  return found;
}

/** Words kept with the rows whose files a later session wrote over. */
export const OVERWRITTEN = 'A later recording in the same folder has overwritten the file.';

/**
 * Marks the segments of earlier sessions whose files were written over: their bytes are gone, and count no more.
 * The sessions may have been moved back by up to `RETRY_WINDOW_US` since they were read.
 */
export async function markOverwritten(
  trx: Transaction<Tables>,
  sessions: readonly Session[],
  paths: readonly string[],
): Promise<void> {
  const trackIds = sessions.flatMap((session) => [...session.tracks.values()].map(({ id }) => id));
  if (trackIds.length === 0 || paths.length === 0) return;
  await sql`
    update segments set state = 'bad', problem = ${OVERWRITTEN}, size_bytes = null
    where track_id = any(${trackIds}::uuid[]) and path = any(${[...paths]}::text[])
      and start_ts between ${Math.min(...sessions.map((session) => session.startUs)) - RETRY_WINDOW_US}
        and ${Math.max(...sessions.map((session) => session.endUs))}
  `.execute(trx);
}

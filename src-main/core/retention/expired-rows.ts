import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import { IS_PROTECTED, type Protection, protectionTable } from './protections.ts';
import type { RetentionTools } from './retention-tools.ts';

/** A segment that is to go. */
export interface ExpiredRow {
  id: string;
  startUs: number;
  seq: number;
  path: string;
  sizeBytes: number | null;
  /** Its object is known to be gone. */
  isMissing: boolean;
  recordingId: string;
}

/** The recording that segments are removed of. */
export interface EmptiedRecording {
  id: string;
  stream: string;
  nodeAlias: string;
  dir: string;
  /** The storage in which it was seen; null where nobody has looked. */
  place: string | null;
}

/** Behind this row the next batch begins. */
export interface BatchCursor {
  startUs: number;
  id: string;
}

export const FIRST_ROW: BatchCursor = { startUs: -1, id: '00000000-0000-0000-0000-000000000000' };

interface RawExpired {
  id: string;
  start_ts: number;
  seq: number;
  path: string;
  size_bytes: number | null;
  is_missing: boolean;
  recording_id: string;
}

/** Which batch of a stream is wanted. */
export interface BatchQuery {
  stream: string;
  cutoffUs: number;
  after: BatchCursor;
  protections: readonly Protection[];
  limit: number;
}

/** The query of `nextExpired`; the key of `segments` gives it row by row, in order. */
export function expiredQuery({
  after,
  cutoffUs,
  limit,
  protections,
  stream,
}: BatchQuery): RawBuilder<RawExpired> {
  return sql<RawExpired>`
    select s.id, s.start_ts, s.seq, s.path, s.size_bytes, s.state = 'missing' as is_missing, s.recording_id from segments s
    where s.stream = ${stream} and s.start_ts >= ${after.startUs} and (s.start_ts, s.id) > (${after.startUs}, ${after.id}::uuid)
      and s.start_ts < ${cutoffUs} and s.end_ts <= ${cutoffUs}
      and not exists (select from ${protectionTable(protections)} where ${IS_PROTECTED})
    order by s.start_ts, s.id limit ${limit}
  `;
}

/** The next unprotected segments of a stream that end by the cutoff, oldest first. */
export async function nextExpired({ db }: Database, query: BatchQuery): Promise<ExpiredRow[]> {
  const { rows } = await expiredQuery(query).execute(db);
  return rows.map((row) => ({
    id: row.id,
    startUs: row.start_ts,
    seq: row.seq,
    path: row.path,
    sizeBytes: row.size_bytes,
    isMissing: row.is_missing,
    recordingId: row.recording_id,
  }));
}

export async function findRecordings({ db }: Database, ids: readonly string[]): Promise<EmptiedRecording[]> {
  const rows = await db
    .selectFrom('recordings')
    .select(['id', 'stream', 'node_alias', 'dir', 'place'])
    .where('id', 'in', [...ids])
    .execute();
  return rows.map((row) => ({
    id: row.id,
    stream: row.stream,
    nodeAlias: row.node_alias,
    dir: row.dir,
    place: row.place,
  }));
}

/** The recordings that use the same folder of the same storage: later sessions, or other nodes. */
export async function sharingRecordings(
  { database: { db }, isSamePlace }: Pick<RetentionTools, 'database' | 'isSamePlace'>,
  recording: EmptiedRecording,
): Promise<string[]> {
  const rows = await db
    .selectFrom('recordings')
    .select(['id', 'node_alias'])
    .where('dir', '=', recording.dir)
    .where('id', '<>', recording.id)
    .execute();
  const sharing: string[] = [];
  for (const { id, node_alias: alias } of rows) {
    if (alias === recording.nodeAlias || (await isSamePlace(alias, recording.nodeAlias))) sharing.push(id);
  }
  return sharing;
}

/** Those of the rows' paths that a segment of one of these recordings names too. */
export async function pathsStillNamed(
  { db }: Database,
  recordingIds: readonly string[],
  rows: readonly ExpiredRow[],
): Promise<Set<string>> {
  if (recordingIds.length === 0) return new Set();
  const { rows: named } = await sql<{ path: string }>`
    select s.path from recordings r
    join tracks t on t.recording_id = r.id
    join segments s on s.track_id = t.id and s.stream = r.stream and s.start_ts between r.start_ts and r.end_ts
    where r.id = any(${[...recordingIds]}::uuid[])
      and s.seq = any(${rows.map(({ seq }) => seq)}::int[]) and s.path = any(${rows.map(({ path }) => path)}::text[])
  `.execute(db);
  return new Set(named.map(({ path }) => path));
}

/** Whether the recording has no segments but these, and no more are being fetched. */
export async function isLastOfRecording(
  { db }: Database,
  recording: EmptiedRecording,
  rows: readonly ExpiredRow[],
): Promise<boolean> {
  const { rows: found } = await sql<{ is_last: boolean }>`
    select not exists (
        select from recordings r join tracks t on t.recording_id = r.id
          join segments s on s.track_id = t.id and s.stream = r.stream and s.start_ts between r.start_ts and r.end_ts
        where r.id = ${recording.id} and s.id <> all(${rows.map(({ id }) => id)}::uuid[])
      )
      and not exists (
        select from node_recordings n where n.node_alias = ${recording.nodeAlias}
          and n.stream = ${recording.stream} and n.dir = ${recording.dir} and n.state = 'open'
      ) as is_last
  `.execute(db);
  return found[0]?.is_last === true;
}

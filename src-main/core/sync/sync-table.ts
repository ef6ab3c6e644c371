import { type Selectable, sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { NodeRecordingsTable } from '../db/tables.ts';
import { INIT_OVERWRITTEN } from '../segments/rewritten-tracks.ts';
import { OVERWRITTEN } from '../segments/session-store.ts';
import type { ListedRecording } from './node-list.ts';

/** A recording that a node lists, as it is stored. */
export type NodeRecording = Selectable<NodeRecordingsTable>;

/** What of a recording its node has written over. */
const LOST = [OVERWRITTEN, INIT_OVERWRITTEN];

/** How far a list was read, microseconds; null where it was not. `stream` is empty for the list of recordings. */
export async function readCursor(database: Database, alias: string, stream: string): Promise<number | null> {
  const row = await database.db
    .selectFrom('sync_cursors')
    .select('cursor_ts')
    .where('node_alias', '=', alias)
    .where('stream', '=', stream)
    .executeTakeFirst();
  return row?.cursor_ts ?? null;
}

/** The streams of a node that segments were pulled of. */
export async function pulledStreams(database: Database, alias: string): Promise<string[]> {
  const rows = await database.db
    .selectFrom('sync_cursors')
    .select('stream')
    .where('node_alias', '=', alias)
    .where('stream', '<>', '')
    .execute();
  return rows.map(({ stream }) => stream);
}

/** When lists of each node were read last without a failure, milliseconds since the epoch. */
export async function readSyncTimes(database: Database): Promise<Map<string, number>> {
  const rows = await database.db
    .selectFrom('sync_cursors')
    .select(['node_alias', (select) => select.fn.max('synced_at').as('synced_at')])
    .groupBy('node_alias')
    .execute();
  return new Map(
    rows.flatMap(({ node_alias: alias, synced_at: at }) => (at === null ? [] : [[alias, at.getTime()]])),
  );
}

export async function saveCursor(
  { db }: Pick<Database, 'db'>,
  alias: string,
  stream: string,
  cursorUs: number | null,
  atMs: number,
): Promise<void> {
  const change = { cursor_ts: cursorUs, synced_at: new Date(atMs) };
  await db
    .insertInto('sync_cursors')
    .values({ node_alias: alias, stream, ...change })
    .onConflict((conflict) => conflict.columns(['node_alias', 'stream']).doUpdateSet(change))
    .execute();
}

/**
 * Stores a page and the cursor behind it, together, so that a crash loses neither.
 *
 * What is listed as it was stored and settled stays so: it is only to be acknowledged (again).
 */
export async function savePage(
  database: Database,
  alias: string,
  recordings: readonly ListedRecording[],
  cursorUs: number | null,
  atMs: number,
): Promise<void> {
  await database.db.transaction().execute(async (trx) => {
    const at = new Date(atMs);
    // A page may hold two states of one recording; the later one counts.
    const latest = new Map(recordings.map((entry) => [`${entry.stream}/${entry.record}`, entry]));
    const rows = [...latest.values()];
    await sql`
      insert into node_recordings as r
        (node_alias, stream, record, dir, start_ts, end_ts, node_status, ended_at)
      select ${alias}, x.*, case when x.node_status <> 'active' then ${at}::timestamptz end
      from unnest(
        ${rows.map((r) => r.stream)}::text[], ${rows.map((r) => r.record)}::text[],
        ${rows.map((r) => r.dir)}::text[], ${rows.map((r) => r.startUs)}::bigint[],
        ${rows.map((r) => r.endUs)}::bigint[], ${rows.map((r) => r.status)}::text[]
      ) as x (stream, record, dir, start_ts, end_ts, node_status)
      on conflict (node_alias, stream, record) do update set
        dir = excluded.dir, start_ts = excluded.start_ts, end_ts = excluded.end_ts,
        node_status = excluded.node_status,
        ended_at = case when excluded.node_status = r.node_status then r.ended_at else excluded.ended_at end,
        state = case
          when (r.dir, r.start_ts, r.node_status) is distinct from
            (excluded.dir, excluded.start_ts, excluded.node_status) then 'open'
          when r.state = 'acknowledged' then 'settled'
          else r.state end
    `.execute(trx);
    await saveCursor({ db: trx }, alias, '', cursorUs, atMs);
  });
}

/** Stores recordings that a node has and does not list; those that are stored stay as they are. Answers how many are new. */
export async function saveUnlisted(
  { db }: Database,
  alias: string,
  recordings: readonly ListedRecording[],
): Promise<number> {
  const { rows } = await sql<{ record: string }>`
    insert into node_recordings (node_alias, stream, record, dir, start_ts, end_ts, node_status)
    select ${alias}, x.* from unnest(
      ${recordings.map((r) => r.stream)}::text[], ${recordings.map((r) => r.record)}::text[],
      ${recordings.map((r) => r.dir)}::text[], ${recordings.map((r) => r.startUs)}::bigint[],
      ${recordings.map((r) => r.endUs)}::bigint[], ${recordings.map((r) => r.status)}::text[]
    ) as x (stream, record, dir, start_ts, end_ts, node_status)
    on conflict do nothing returning record
  `.execute(db);
  return rows.length;
}

/** Recordings of a node in a state, at most `limit`: running ones first, then those not tried for longest. */
export async function recordingsIn(
  database: Database,
  alias: string,
  state: NodeRecording['state'],
  limit: number,
): Promise<NodeRecording[]> {
  return database.db
    .selectFrom('node_recordings')
    .selectAll()
    .where('node_alias', '=', alias)
    .where('state', '=', state)
    .orderBy(sql`node_status = 'active'`, 'desc')
    .orderBy('tried_at', (order) => order.asc().nullsFirst())
    .orderBy('start_ts')
    .limit(limit)
    .execute();
}

/**
 * Acknowledged recordings of which something was missing, that ended since `endedSince` and were not looked at since
 * `triedBefore`; those not tried for longest first.
 */
export async function lackingRecordings(
  database: Database,
  alias: string,
  { endedSince, limit, triedBefore }: { endedSince: Date; triedBefore: Date; limit: number },
): Promise<NodeRecording[]> {
  return database.db
    .selectFrom('node_recordings')
    .selectAll()
    .where('node_alias', '=', alias)
    .where('state', '=', 'acknowledged')
    .where('problem', 'is not', null)
    .where('ended_at', '>', endedSince)
    .where('tried_at', '<', triedBefore)
    .orderBy('tried_at')
    .limit(limit)
    .execute();
}

/** How many recordings of a node are not wholly indexed yet. */
export async function countOpen(database: Database, alias: string): Promise<number> {
  const row = await database.db
    .selectFrom('node_recordings')
    .select((select) => select.fn.countAll<string>().as('count'))
    .where('node_alias', '=', alias)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Writes down what came of a recording. Nothing changes when the node has listed it anew meanwhile. */
export async function saveOutcome(
  database: Database,
  recording: NodeRecording,
  change: Partial<Pick<NodeRecording, 'state' | 'source' | 'ended_at' | 'tried_at' | 'problem'>>,
): Promise<void> {
  await database.db
    .updateTable('node_recordings')
    .set(change)
    .where('node_alias', '=', recording.node_alias)
    .where('stream', '=', recording.stream)
    .where('record', '=', recording.record)
    .where('node_status', '=', recording.node_status)
    .where('dir', '=', recording.dir)
    .execute();
}

/** What the index has of a track. */
export interface IndexedTrack {
  /** Its highest number. */
  readonly lastSeq: number;
  /** What its init file looked like; null where that is not known. */
  readonly initMark: string | null;
}

/** What is indexed of the recording that runs in a folder, by track: of none that ended before it began. */
export async function indexedFolder(
  database: Database,
  { dir, node_alias: nodeAlias, start_ts: startUs, stream }: NodeRecording,
): Promise<Map<string, IndexedTrack>> {
  const { rows } = await sql<{ track: string; last_seq: number | null; init_mark: string | null }>`
    select t.track, t.last_seq, t.init_mark from tracks t where t.recording_id = (
      select id from recordings
      where stream = ${stream} and dir = ${dir} and node_alias = ${nodeAlias} and end_ts >= ${startUs}
      order by start_ts desc limit 1)
  `.execute(database.db);
  return new Map(rows.map((row) => [row.track, { lastSeq: row.last_seq ?? 0, initMark: row.init_mark }]));
}

/**
 * Segments in the index of the latest session of a folder, of the node whose rows they are, and how far all its tracks
 * reach. With those of sessions that ended after the recording began: its publisher came back with another codec.
 */
export async function indexedParts(
  database: Database,
  { dir, start_ts: startUs, stream }: NodeRecording,
  owner: string,
): Promise<{ segmentCount: number; endUs: number | null }> {
  const { rows } = await sql<{ count: number; end_ts: number }>`
    select count(*)::int as count, max(s.end_ts) as end_ts from segments s
      join (select id, stream, start_ts, end_ts, row_number() over (order by start_ts desc) as n from recordings
        where stream = ${stream} and dir = ${dir} and node_alias = ${owner} and begun_ts is null) r
      on s.stream = r.stream and s.recording_id = r.id and s.start_ts between r.start_ts and r.end_ts
    where (r.n = 1 or r.end_ts > ${startUs}) and (s.problem is null or s.problem <> all(${LOST}::text[]))
    group by s.track
  `.execute(database.db);
  return {
    segmentCount: rows.reduce((sum, { count }) => sum + count, 0),
    endUs: rows.length === 0 ? null : Math.min(...rows.map((row) => row.end_ts)),
  };
}

/**
 * The stream whose recording in the same folder began before this one and ran beside it, which its node lists too;
 * null where there is none. Streams that a node is told to record into one folder write over each other's files.
 */
export async function folderHolder(
  database: Database,
  { dir, end_ts: endUs, node_alias: nodeAlias, start_ts: startUs, stream }: NodeRecording,
): Promise<string | null> {
  const { rows } = await sql<{ stream: string }>`
    select stream from node_recordings
    where node_alias = ${nodeAlias} and dir = ${dir} and stream <> ${stream}
      and (start_ts, stream) < (${startUs}::bigint, ${stream})
      and coalesce(end_ts, ${endUs}::bigint, ${startUs}::bigint) >= ${startUs}::bigint
    order by start_ts, stream limit 1
  `.execute(database.db);
  return rows[0]?.stream ?? null;
}

/** Sets record id and status of the latest session of a folder, of the node whose rows they are. */
export async function markRecording(
  database: Database,
  { stream, dir, record }: NodeRecording,
  owner: string,
  status: 'active' | 'completed' | 'failed',
): Promise<void> {
  await sql`
    update recordings set status = ${status}, record = ${record}
    where id = (
        select id from recordings where stream = ${stream} and dir = ${dir} and node_alias = ${owner}
        order by start_ts desc limit 1)
      and (status, record) is distinct from (${status}, ${record})
  `.execute(database.db);
}

/** The node that has the objects of a folder; null where none or several are known. */
export async function nodeOfFolder(database: Database, dir: string, node?: string): Promise<string | null> {
  const rows = await database.db
    .selectFrom('node_recordings')
    .select('node_alias')
    .distinct()
    .where('dir', '=', dir)
    .where('source', '=', 'node')
    .$if(node !== undefined, (query) => query.where('node_alias', '=', node ?? ''))
    .limit(2)
    .execute();
  return rows.length === 1 ? (rows[0]?.node_alias ?? null) : null;
}

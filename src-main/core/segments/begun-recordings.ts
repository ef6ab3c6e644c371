import { sql, type Transaction } from 'kysely';
import type { RecordingStatus } from '../../../src-shared/model/recording.ts';
import { US_PER_DAY, US_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';
import { parseRecordingFolder } from '../recordings/recording-path.ts';
import type { NewRecording, SessionFolder } from './session-store.ts';
import { inTransaction, lockStreams } from './stream-lock.ts';

/** A recording that a node said it makes. */
export interface BegunRecording extends SessionFolder {
  /** Record id; empty where the node gives none. */
  record: string;
  /** When it answered so, microseconds since the epoch. */
  begunUs: number;
  /** What came into the folder since is of this recording; null where it is sure to be a new one. */
  ownSinceUs: number | null;
}

/** Clocks of nodes and of this computer differ. */
const CLOCKS_US = US_PER_MINUTE;
/** Empty recordings are kept this long after their begin. */
const EMPTY_KEPT_US = 7 * US_PER_DAY;

/**
 * Lists a recording before anything of it is known, once: segments that come take the row over (`adoptBegun`).
 *
 * Where segments of it are indexed already, their recording is taken for running. Throws `database_unavailable`.
 */
export async function saveBegun({ db }: Database, begun: BegunRecording): Promise<void> {
  const { begunUs, dir, nodeAlias, ownSinceUs, record, stream } = begun;
  const isDated = parseRecordingFolder(dir).day !== null;
  // A folder with a record id is used once; one by date tells the day of the start, which may be an earlier one.
  const sinceUs = isDated ? ownSinceUs : 0;
  const lastUs = isDated && ownSinceUs !== null ? begunUs - CLOCKS_US : null;
  await inTransaction(db, async (trx) => {
    await lockStreams(trx, [begun]);
    const { rows: known } = await sql<{ id: string; status: RecordingStatus; is_begun: boolean }>`
      select id, status, begun_ts is not null as is_begun from recordings
      where stream = ${stream} and node_alias = ${nodeAlias} and (end_ts >= ${lastUs}::bigint
        or (dir = ${dir} and (begun_ts is not null or end_ts >= ${sinceUs}::bigint)))
      order by begun_ts is not null desc, start_ts desc limit 1
    `.execute(trx);
    const [row] = known;
    if (row) {
      const isAnew = row.is_begun && row.status !== 'active';
      await sql`
        update recordings set status = 'active', record = case when record = '' then ${record} else record end,
          start_ts = case when ${isAnew} then ${begunUs}::bigint else start_ts end,
          end_ts = case when ${isAnew} then ${begunUs}::bigint else end_ts end,
          begun_ts = case when ${isAnew} then ${begunUs}::bigint else begun_ts end
        where id = ${row.id} and status in ('unknown', ${row.is_begun ? 'failed' : 'unknown'})
      `.execute(trx);
      return;
    }
    await sql`
      insert into recordings (stream, node_alias, dir, session_no, record, start_ts, end_ts, status, begun_ts)
      select ${stream}, ${nodeAlias}, ${dir}, coalesce(max(session_no) + 1, 0), ${record}, ${begunUs}::bigint,
        ${begunUs}::bigint, 'active', ${begunUs}::bigint
      from recordings where stream = ${stream} and node_alias = ${nodeAlias} and dir = ${dir}
    `.execute(trx);
  });
}

/**
 * Lets the first of the new recordings of each folder have the row that was listed for it; returns the others, which
 * are to be made. The streams must be locked.
 */
export async function adoptBegun(
  trx: Transaction<Tables>,
  recordings: readonly NewRecording[],
): Promise<readonly NewRecording[]> {
  if (recordings.length === 0) return recordings;
  const { rows } = await sql<{ n: number; id: string }>`
    select distinct on (r.id) x.n::int as n, r.id
    from unnest(
      ${recordings.map((r) => r.stream)}::text[], ${recordings.map((r) => r.nodeAlias)}::text[],
      ${recordings.map((r) => r.dir)}::text[], ${recordings.map((r) => r.startUs)}::bigint[],
      ${recordings.map((r) => r.endUs)}::bigint[]
    ) with ordinality as x (stream, node_alias, dir, start_ts, end_ts, n)
    join recordings r on r.stream = x.stream and r.node_alias = x.node_alias and r.dir = x.dir
    where r.begun_ts is not null and (r.record <> '' or x.end_ts >= r.begun_ts - ${CLOCKS_US}::bigint)
    order by r.id, x.start_ts desc
  `.execute(trx);
  const adopted = new Set<NewRecording>();
  for (const { id, n } of rows) {
    const recording = recordings[n - 1];
    if (!recording) continue;
    adopted.add(recording);
    await sql`
      update recordings set id = ${recording.id}, session_no = ${recording.sessionNo}, begun_ts = null,
        start_ts = ${recording.startUs}, end_ts = ${recording.endUs}, place = ${recording.place},
        record = coalesce(nullif(${recording.record}, ''), record),
        status = case when ${recording.status} <> 'unknown' then ${recording.status}
          when status = 'active' then status else 'completed' end
      where id = ${id}
    `.execute(trx);
  }
  return recordings.filter((recording) => !adopted.has(recording));
}

/** A recording that is listed as running. */
export interface RunningRecording extends SessionFolder {
  id: string;
  /** When it began, or its first segment, microseconds since the epoch. */
  startUs: number;
  /** No segment of it is known. */
  isEmpty: boolean;
}

/**
 * The recordings that are listed as running, of one stream of a node or all; with `isSynced` without those that nodes
 * list, whose end the sync finds, unless they list the end and nothing of it can be read.
 */
export async function runningRecordings(
  { db }: Database,
  { isSynced, of }: { isSynced: boolean; of?: { stream: string; alias: string } | undefined },
): Promise<RunningRecording[]> {
  const { rows } = await sql<{
    id: string;
    stream: string;
    node_alias: string;
    dir: string;
    start_ts: number;
    is_empty: boolean;
  }>`
    select id, stream, node_alias, dir, start_ts, begun_ts is not null as is_empty from recordings r
    where status = 'active'
      and (${of?.stream ?? null}::text is null or (stream = ${of?.stream ?? ''} and node_alias = ${of?.alias ?? ''}))
      and not (${isSynced} and exists (
        select from node_recordings n where n.dir = r.dir and n.stream = r.stream and n.node_alias = r.node_alias
          and (r.begun_ts is null or n.node_status = 'active')))
  `.execute(db);
  return rows.map((row) => ({
    id: row.id,
    stream: row.stream,
    nodeAlias: row.node_alias,
    dir: row.dir,
    startUs: row.start_ts,
    isEmpty: row.is_empty,
  }));
}

/** Ends a recording: `status` is that of one of which still no segment is known, all others are completed. */
export async function endRecording(
  { db }: Database,
  { id, nodeAlias, stream }: RunningRecording,
  status: 'failed' | 'unknown',
): Promise<void> {
  await inTransaction(db, async (trx) => {
    await lockStreams(trx, [{ nodeAlias, stream }]);
    await sql`
      update recordings set status = case when begun_ts is null then 'completed' else ${status} end
      where id = ${id} and status = 'active'
    `.execute(trx);
  });
}

/** Removes what ended empty long ago, and what turned out to be indexed under another name of its node. */
export async function dropEmpty({ db }: Database, nowUs: number): Promise<void> {
  await sql`
    delete from recordings r where begun_ts is not null and status <> 'active' and (begun_ts < ${nowUs - EMPTY_KEPT_US}
      or exists (select from recordings o where o.stream = r.stream and o.dir = r.dir and o.id <> r.id
        and o.begun_ts is null and o.end_ts >= r.begun_ts and o.node_alias <> r.node_alias))
  `.execute(db);
}

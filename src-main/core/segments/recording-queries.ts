import { type RawBuilder, sql } from 'kysely';
import type { Recording, RecordingStatus, RecordingTrack } from '../../../src-shared/model/recording.ts';
import type { Track } from '../../../src-shared/model/segment.ts';
import { US_PER_HOUR } from '../../../src-shared/util/units.ts';
import type { Database } from '../db/database.ts';

/** Planning takes longer with each value; of more of them each gives a page. */
const MOST_PLANNED = 100;

/** Where a page of recordings ends. */
export interface RecordingCursor {
  readonly startUs: number;
  readonly id: string;
}

/** Which recordings, in which order. Without a list a filter lets all through; an empty list lets none. */
export interface RecordingFilter {
  readonly streams?: readonly string[] | undefined;
  readonly nodes?: readonly string[] | undefined;
  readonly statuses?: readonly RecordingStatus[] | undefined;
  /** Recordings that end after this. */
  readonly startUs?: number | undefined;
  /** Recordings that start before this. */
  readonly endUs?: number | undefined;
  readonly isNewestFirst: boolean;
  readonly limit: number;
  /** Goes on behind this one. */
  readonly after?: RecordingCursor | undefined;
}

interface RecordingRow {
  id: string;
  stream: string;
  node_alias: string;
  dir: string;
  session_no: number;
  record: string;
  start_ts: number;
  end_ts: number;
  status: RecordingStatus;
  segment_count: number;
  size_bytes: number;
}

/**
 * A page of recordings by start, and where the next one begins (null after the last).
 *
 * Whatever the filter, what is read follows what is returned: the narrowest filter chooses the index, and each of
 * its values gives what stands on the page; of more than a hundred values each is read for a page of its own.
 */
export async function listRecordings(
  database: Database,
  filter: RecordingFilter,
): Promise<{ recordings: Recording[]; next: RecordingCursor | null }> {
  const { rows } = await pageQuery(filter).execute(database.db);
  const page = rows.slice(0, filter.limit);
  const last = rows.length > page.length ? page.at(-1) : undefined;
  return {
    recordings: await withParts(database, page),
    next: last ? { startUs: last.start_ts, id: last.id } : null,
  };
}

/** One row more than a page, to know whether there is a next one. */
export function pageQuery(filter: RecordingFilter): RawBuilder<RecordingRow> {
  const { after, endUs, isNewestFirst, limit, nodes, startUs, statuses, streams } = filter;
  const order = isNewestFirst ? sql`start_ts desc, id desc` : sql`start_ts, id`;
  const rest: RawBuilder<unknown>[] = [];
  if (endUs !== undefined) rest.push(sql`start_ts < ${endUs}`);
  if (startUs !== undefined) {
    rest.push(sql`end_ts > ${startUs}`);
    rest.push(
      sql`start_ts > ${startUs}::bigint - ${US_PER_HOUR}::bigint * (select hours from longest_recording)`,
    );
  }
  if (after) {
    const isBehind = isNewestFirst ? sql`<` : sql`>`;
    rest.push(sql`(start_ts, id) ${isBehind} (${after.startUs}::bigint, ${after.id}::uuid)`);
  }
  // The first list leads the index that is walked; the others are looked at on the way.
  const lists = [
    { column: sql`stream`, values: streams },
    { column: sql`node_alias`, values: nodes },
    { column: sql`status`, values: statuses },
  ].flatMap(({ column, values }) => (values ? { column, values: [...new Set(values)] } : []));
  const [leading, ...others] = lists;
  for (const { column, values } of others) rest.push(sql`${column} = any(${values}::text[])`);
  const columns = sql`id, stream, node_alias, dir, session_no, record, start_ts, end_ts, status,
    segment_count, size_bytes`;
  const where = (conditions: RawBuilder<unknown>[]) =>
    conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
  if (!leading) {
    return sql<RecordingRow>`
      select ${columns} from recordings ${where(rest)} order by ${order} limit ${limit + 1}`;
  }
  const pageOf = (value: RawBuilder<unknown>) => sql`
    select ${columns} from recordings ${where([sql`${leading.column} = ${value}`, ...rest])}
    order by ${order} limit ${limit + 1}`;
  // Of values that are known to the planner it knows which are rare; and of all their pages it reads one.
  const found =
    leading.values.length > 0 && leading.values.length <= MOST_PLANNED
      ? sql`(${sql.join(
          leading.values.map((value) => sql`(${pageOf(sql`${value}`)})`),
          sql` union all `,
        )}) as found`
      : sql`unnest(${leading.values}::text[]) as wanted (name) cross join lateral (${pageOf(sql`wanted.name`)}) as found`;
  return sql<RecordingRow>`select found.* from ${found} order by ${order} limit ${limit + 1}`;
}

interface TrackRow {
  recording_id: string;
  track: Track;
  codec: string | null;
  width: number | null;
  height: number | null;
  channels: number | null;
  problem: string | null;
}

async function withParts(database: Database, rows: readonly RecordingRow[]): Promise<Recording[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const [tracks, problems] = await Promise.all([
    database.db
      .selectFrom('tracks')
      .select(['recording_id', 'track', 'codec', 'width', 'height', 'channels', 'problem'])
      .where('recording_id', 'in', ids)
      .execute(),
    problemsOf(database, rows),
  ]);
  const trackOf = (id: string, track: Track): RecordingTrack | null => {
    const row = tracks.find((each: TrackRow) => each.recording_id === id && each.track === track);
    if (!row) return null;
    const { channels, codec, height, problem, width } = row;
    return { codec, width, height, channels, problem };
  };
  return rows.map((row) => ({
    id: row.id,
    stream: row.stream,
    node: row.node_alias,
    record: row.record,
    dir: row.dir,
    sessionNo: row.session_no,
    startUs: row.start_ts,
    endUs: row.end_ts,
    status: row.status,
    video: trackOf(row.id, 'video'),
    audio: trackOf(row.id, 'audio'),
    segmentCount: row.segment_count,
    sizeBytes: row.size_bytes,
    problem: problems.get(row.id) ?? null,
  }));
}

/** What the sync with the nodes has to say of recordings, by their id. */
async function problemsOf({ db }: Database, rows: readonly RecordingRow[]): Promise<Map<string, string>> {
  const { rows: found } = await sql<{ id: string; problem: string }>`
    select r.id, n.problem from unnest(
      ${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.node_alias)}::text[],
      ${rows.map((row) => row.stream)}::text[], ${rows.map((row) => row.record)}::text[]
    ) as r (id, node_alias, stream, record)
    join node_recordings n on n.node_alias = r.node_alias and n.stream = r.stream and n.record = r.record
    where n.problem is not null
  `.execute(db);
  return new Map(found.map((row) => [row.id, row.problem]));
}

/** Folders of a stream's recordings with their record ids, each once, oldest first. */
export async function recordedFolders(
  { db }: Database,
  stream: string,
): Promise<{ dir: string; record: string }[]> {
  const { rows } = await sql<{ dir: string; record: string }>`
    select dir, max(record) as record from recordings where stream = ${stream}
    group by dir order by min(start_ts), dir
  `.execute(db);
  return rows;
}

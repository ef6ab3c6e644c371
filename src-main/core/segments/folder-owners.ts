import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import type { Tables } from '../db/tables.ts';
import { isNamedAfter, parseRecordingFolder } from '../recordings/recording-path.ts';
import type { NodePlaces, PlaceRelation } from './node-places.ts';
import { rehomeFolder } from './rehome-folder.ts';
import type { SessionFolder } from './session-store.ts';

/** The other nodes that have recordings in a folder of this name. */
export interface OtherNodes {
  /** Their objects there are those of the folder: what they have is indexed. */
  readonly sharing: readonly string[];
  /** All of them, those with objects of their own included. */
  readonly all: readonly string[];
}

/**
 * Looks whose the recordings of a folder in `place` are, and gives those that were indexed under a guessed name to the
 * node of `folder`, if that is a node that has said so itself.
 */
export async function settleFolder(
  database: Database,
  places: NodePlaces,
  folder: SessionFolder,
  place: string | null,
): Promise<OtherNodes> {
  const found = await otherNodes(database, folder);
  if (found.length === 0) return { sharing: [], all: [] };
  const relations = await places.judge(found, place);
  const guessed = found.filter((alias) => relations.get(alias) === 'guessed');
  const same = found.filter((alias) => relations.get(alias) === 'same');
  const isClaimed = guessed.length > 0 && (await places.isTold(folder.nodeAlias));
  if (!isClaimed) return { sharing: [...same, ...guessed], all: found };
  for (const alias of guessed)
    await rehomeFolder(database, folder, { stream: folder.stream, nodeAlias: alias });
  return { sharing: same, all: found.filter((alias) => !guessed.includes(alias)) };
}

/** The nodes besides its own that have recordings in a folder of this name, those recorded last first. */
export async function otherNodes(
  { db }: Database,
  { dir, nodeAlias, stream }: SessionFolder,
): Promise<string[]> {
  const rows = await db
    .selectFrom('recordings')
    .select('node_alias')
    .where('stream', '=', stream)
    .where('dir', '=', dir)
    .where('node_alias', '<>', nodeAlias)
    .groupBy('node_alias')
    .orderBy((select) => select.fn.max('start_ts'), 'desc')
    .execute();
  return rows.map((row) => row.node_alias);
}

/**
 * Gives what was indexed of a folder under the name of another stream, as its path seemed to say, to the stream that
 * the node of `folder` lists it with.
 */
export async function claimFolder(
  database: Database,
  places: NodePlaces,
  folder: SessionFolder,
  place: string | null,
): Promise<void> {
  await claimUnlisted(database, places, folder, place, {
    isNamed: (stream) => stream !== folder.stream,
    isTaken: (relation) => relation !== 'other',
  });
}

/**
 * Gives what was indexed of a folder under the last part of the name of its stream, by a node of a guessed name or by its
 * own, to the whole name that a node reports. The path holds that; only a node can tell where it begins.
 */
export async function claimWholeName(
  database: Database,
  places: NodePlaces,
  folder: SessionFolder,
  place: string | null,
): Promise<void> {
  const part = parseRecordingFolder(folder.dir).stream;
  if (!folder.stream.endsWith(`/${part}`) || !isNamedAfter(folder.dir, folder.stream)) return;
  await claimUnlisted(database, places, folder, place, {
    isNamed: (stream) => stream === part,
    isTaken: (relation) => relation === 'guessed',
  });
}

/** Gives to `folder` what was indexed in it under names that no node lists: by its own node, and by those that `isTaken`. */
async function claimUnlisted(
  database: Database,
  places: NodePlaces,
  folder: SessionFolder,
  place: string | null,
  which: {
    readonly isNamed: (stream: string) => boolean;
    readonly isTaken: (relation: PlaceRelation | undefined) => boolean;
  },
): Promise<void> {
  const { rows } = await sql<{ stream: string; node_alias: string }>`
    select distinct r.stream, r.node_alias from recordings r
    where r.dir = ${folder.dir} and not exists (
      select from node_recordings n where n.dir = r.dir and n.stream = r.stream and n.node_alias = r.node_alias)
  `.execute(database.db);
  const named = rows.filter(({ stream }) => which.isNamed(stream));
  if (named.length === 0) return;
  const relations = await places.judge([...new Set(named.map((row) => row.node_alias))], place);
  for (const { node_alias: nodeAlias, stream } of named) {
    if (nodeAlias === folder.nodeAlias || which.isTaken(relations.get(nodeAlias)))
      await rehomeFolder(database, folder, { stream, nodeAlias });
  }
}

/**
 * What a node lists of a folder that was found in `place`, said when it was told to record, or has recorded into it where
 * nobody has under the stream that its path seems to say; null where none or several nodes do. Of streams that one node has recorded
 * into it the one that began first has it. `startUs` is null where the node does not list it, or lists the stream with it
 * several times.
 */
export async function listedFolder(
  { db }: Database,
  places: NodePlaces,
  dir: string,
  place: string | null,
): Promise<{ stream: string; nodeAlias: string; startUs: number | null } | null> {
  const pathStream = parseRecordingFolder(dir).stream;
  const { rows } = await sql<ListedRow>`
    select stream, node_alias, start_ts, true as is_listed from node_recordings where dir = ${dir}
    union all
    select r.stream, r.node_alias, null, r.begun_ts is not null from recordings r where r.dir = ${dir}
      and (r.begun_ts is not null or not exists (select from recordings p where p.dir = r.dir and p.stream = ${pathStream}))
      and not exists (select from node_recordings n
        where n.dir = r.dir and n.stream = r.stream and n.node_alias = r.node_alias)
    order by start_ts, stream
  `.execute(db);
  if (rows.length === 0) return null;
  const relations = await places.judge([...new Set(rows.map((row) => row.node_alias))], place);
  const here = rows.filter((row) => relations.get(row.node_alias) !== 'other');
  const listed = here.filter((row) => row.is_listed);
  // What a door found under the name of the path is no word of a node.
  const own = listed.length > 0 ? listed : here.filter((row) => relations.get(row.node_alias) === 'same');
  const [row] = own;
  if (!row || own.some((each) => each.node_alias !== row.node_alias)) return null;
  const isOnce = own.filter(({ stream }) => stream === row.stream).length === 1;
  return { stream: row.stream, nodeAlias: row.node_alias, startUs: isOnce ? row.start_ts : null };
}

interface ListedRow {
  stream: string;
  node_alias: string;
  start_ts: number | null;
  /** Its node has said so, and not only recorded it. */
  is_listed: boolean;
}

/** Another node has begun a recording in the folder meanwhile: look again whose it is. */
export class FolderTaken extends AppError {
  constructor(readonly folder: SessionFolder) {
    super(
      'conflict',
      `The folder ${folder.dir} of ${folder.stream} was indexed under another name meanwhile.`,
    );
  }
}

/**
 * Throws `FolderTaken` where a node that was not there when the folder was looked at has recordings in it. Until the
 * transaction ends nobody else begins one.
 */
export async function holdFolders(
  trx: Transaction<Tables>,
  folders: readonly SessionFolder[],
  othersIn: (folder: SessionFolder) => readonly string[],
): Promise<void> {
  if (folders.length === 0) return;
  const keys = [...new Set(folders.map(({ dir, stream }) => `folder\n${stream}\n${dir}`))];
  await sql`
    select pg_advisory_xact_lock(key) from (
      select hashtextextended(name, 0) as key from unnest(${keys}::text[]) as name order by 1) as sorted
  `.execute(trx);
  // A statement of its own, which sees what was committed while the lock was waited for.
  const { rows } = await sql<{ n: number; node_alias: string }>`
    select k.n::int as n, r.node_alias
    from unnest(
      ${folders.map((f) => f.stream)}::text[], ${folders.map((f) => f.nodeAlias)}::text[],
      ${folders.map((f) => f.dir)}::text[]
    ) with ordinality as k (stream, node_alias, dir, n)
    join recordings r on r.stream = k.stream and r.dir = k.dir and r.node_alias <> k.node_alias
  `.execute(trx);
  for (const row of rows) {
    const folder = folders[row.n - 1];
    if (folder && !othersIn(folder).includes(row.node_alias)) throw new FolderTaken(folder);
  }
}

import { sql } from 'kysely';
import { recordingFolders } from '../segments/storage-folders.ts';
import { folderOf } from '../storage/object-path.ts';
import { checkFolder } from './check-objects.ts';
import { checkRecordings } from './check-recordings.ts';
import type { CheckedStorage, CheckTools, Unchecked } from './check-tools.ts';
import { findStorages } from './find-storages.ts';
import { type FindingRow, markResolved } from './finding-table.ts';
import type { Problem } from './problem.ts';

/** The folder of a recording. */
export interface FoundFolder {
  readonly stream: string;
  readonly dir: string;
}

/** The folder of a recording that a finding is about; null for one about something else. */
export function folderOfFinding({ kind, place, stream }: FindingRow): FoundFolder | null {
  switch (kind) {
    case 'unindexed-objects':
      return { stream, dir: place };
    case 'missing-object':
    case 'returned-object':
    case 'wrong-size':
    case 'bad-object':
      return { stream, dir: folderOf(place) };
    default:
      return null;
  }
}

/**
 * Looks whether what else was found in a folder is still so, and closes what is not: to mend one file the whole folder
 * may be indexed anew. Answers the ids of what was closed.
 *
 * What cannot be looked at stays. Throws storage_unavailable, database_unavailable.
 */
export async function recheckFolder(tools: CheckTools, folder: FoundFolder): Promise<number[]> {
  const open = await openIn(tools, folder);
  if (open.length === 0) return [];
  const unchecked: Unchecked = { nodes: new Set(), storages: new Set() };
  const { storages } = await findStorages(tools, unchecked);
  const isDeep = open.some(({ details }) => details.isDeep);
  const problems = await problemsOf({ ...tools, isDeep }, storages, folder, unchecked);
  if (problems.some(({ kind }) => kind === 'storage-away')) return [];
  const seen = new Set(problems.map(keyOf));
  const gone = open.filter((finding) => {
    const { details, kind, node_alias: nodeAlias, place, stream } = finding;
    const isUnchecked = unchecked.nodes.has(nodeAlias) || unchecked.storages.has(details.storage ?? '');
    return !isUnchecked && !seen.has(keyOf({ kind, nodeAlias, place, stream }));
  });
  for (const { id } of gone) await markResolved(tools.database, id, 'gone');
  return gone.map(({ id }) => id);
}

async function openIn({ database }: CheckTools, { dir, stream }: FoundFolder): Promise<FindingRow[]> {
  return database.db
    .selectFrom('integrity_findings')
    .selectAll()
    .where('resolved_at', 'is', null)
    .where('stream', '=', stream)
    .where('kind', 'not in', ['wrong-totals', 'wrong-coverage', 'storage-away'])
    .where(sql<boolean>`(place = ${dir} or starts_with(place, ${`${dir}/`}))`)
    .execute();
}

async function problemsOf(
  tools: CheckTools,
  storages: readonly CheckedStorage[],
  { dir, stream }: FoundFolder,
  unchecked: Unchecked,
): Promise<Problem[]> {
  const scope = { stream, dir, startUs: null, endUs: null };
  const progress = { phase: 'recordings' as const, segmentCount: 0, objectCount: 0, place: dir };
  const part = { from: null, isTimeUp: () => false, to: null };
  const places = storages.filter(({ isNamed }) => !isNamed);
  const problems: Problem[] = [];
  for await (const each of checkRecordings(tools, places, scope, progress, unchecked, part)) {
    problems.push(each);
  }
  for (const storage of storages) {
    for await (const { folder } of recordingFolders(
      storage.store.list(`${dir}/`, { signal: tools.signal }),
    )) {
      const problem = folder.dir === dir ? await checkFolder(tools, storage, folder) : null;
      if (problem) problems.push(problem);
    }
  }
  return problems;
}

function keyOf({ kind, nodeAlias, place, stream }: Pick<Problem, 'kind' | 'nodeAlias' | 'place' | 'stream'>) {
  return JSON.stringify([kind, stream, nodeAlias, place]);
}

import { sql } from 'kysely';
import { US_PER_DAY, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { initPathOf } from '../recordings/recording-path.ts';
import { NodePlaces } from '../segments/node-places.ts';
import { OVERWRITTEN } from '../segments/session-store.ts';
import { recordingFolders, type StoredFile, type StoredFolder } from '../segments/storage-folders.ts';
import type { ListedObject } from '../storage/object-store.ts';
import type { CheckedStorage, CheckPart, CheckProgress, CheckTools } from './check-tools.ts';
import { YOUNG_MS } from './judge-row.ts';
import type { CheckScope, Problem } from './problem.ts';

/** A recording is ended after a day at most, unless it was told not to. */
const LONGEST_US = US_PER_DAY;

/** Goes through a storage and finds the segment files of recordings that have no row. */
export async function* checkObjects(
  tools: CheckTools,
  storage: CheckedStorage,
  scope: CheckScope,
  progress: CheckProgress,
  part: CheckPart,
): AsyncGenerator<Problem, void, undefined> {
  const { signal } = tools;
  const { from } = part;
  const after = from?.phase === 'objects' && from.storage === storage.name ? from.path : undefined;
  const skipped: Problem[] = [];
  const onSkipped = (path: string, reason: string) => skipped.push(skippedProblem(storage, path, reason));
  const objects = counted(storage.store.list('', { signal, after, onSkipped }), progress);
  for await (const { folder, resumeAfter } of recordingFolders(objects)) {
    signal.throwIfAborted();
    progress.place = folder.dir;
    const problem = isInScope(folder, scope) ? await checkFolder(tools, storage, folder) : null;
    if (problem) yield problem;
    if (resumeAfter !== null && part.isTimeUp()) {
      part.to = { phase: 'objects', storage: storage.name, path: resumeAfter };
      break;
    }
  }
  yield* skipped;
}

/** What of a folder of a storage is not in the index; null where all of it is. */
export async function checkFolder(
  tools: CheckTools,
  storage: CheckedStorage,
  folder: StoredFolder,
): Promise<Problem | null> {
  const oldMs = tools.clock.nowMs() - YOUNG_MS;
  const files = folder.files.filter(({ kind, modifiedMs }) => kind === 'segment' && modifiedMs < oldMs);
  if (files.length === 0) return null;
  const { name, store } = storage;
  const known = await knownPaths(tools, storage, folder.dir);
  const fresh = files.filter(({ path }) => !known.has(path));
  if (fresh.length === 0) return null;
  const withoutInit = fresh.filter((file) => !folder.files.some(({ path }) => path === initPathOf(file)));
  const canIndex = withoutInit.length < fresh.length;
  return {
    kind: 'unindexed-objects',
    stream: folder.stream,
    nodeAlias: '',
    place: folder.dir,
    startUs: null,
    endUs: null,
    reason: `${countOf(fresh)} of ${folder.dir} in ${store.name} ${fresh.length === 1 ? 'is' : 'are'} not in the index: ${namesOf(fresh)}.${
      canIndex ? '' : ' Their init file is missing, so they cannot be played.'
    }`,
    repair: canIndex ? 'index' : null,
    details: { storage: name },
  };
}

/** Paths of the rows of a folder, of the nodes that record or have recorded to this storage. */
async function knownPaths(
  { database, storages }: CheckTools,
  { isNamed, store }: CheckedStorage,
  dir: string,
): Promise<Set<string>> {
  const paths = new Set<string>();
  const recordings = await database.db
    .selectFrom('recordings')
    .select(['id', 'stream', 'node_alias', 'start_ts', 'end_ts'])
    .where('dir', '=', dir)
    .execute();
  const aliases = [...new Set(recordings.map((row) => row.node_alias))];
  const relations = await NodePlaces.of(database, storages).judge(aliases, store.name);
  for (const { end_ts: endUs, id, node_alias: alias, start_ts: startUs, stream } of recordings) {
    if (isNamed && relations.get(alias) === 'other') continue;
    const { rows } = await sql<{ path: string }>`
      select s.path from segments s join tracks t on t.id = s.track_id
      where t.recording_id = ${id} and s.stream = ${stream} and s.start_ts between ${startUs} and ${endUs}
        and s.problem is distinct from ${OVERWRITTEN}
    `.execute(database.db);
    for (const { path } of rows) paths.add(path);
  }
  return paths;
}

/** What of a storage could not be looked at. */
function skippedProblem({ name }: CheckedStorage, path: string, reason: string): Problem {
  return {
    kind: 'storage-away',
    stream: '',
    nodeAlias: '',
    place: path,
    startUs: null,
    endUs: null,
    reason: `${path} was not checked: ${reason}`,
    repair: null,
    details: { storage: name },
  };
}

/** By what the path says; a folder that says nothing is gone through. */
function isInScope({ day, record, stream }: StoredFolder, scope: CheckScope): boolean {
  if (scope.stream !== null && stream !== scope.stream) return false;
  const startUs =
    record !== null ? Number(record) * US_PER_SECOND : day === null ? null : Date.parse(day) * 1000;
  if (startUs === null || Number.isNaN(startUs)) return true;
  return startUs < (scope.endUs ?? Infinity) && startUs + LONGEST_US > (scope.startUs ?? -Infinity);
}

function countOf(files: readonly StoredFile[]): string {
  return files.length === 1 ? '1 segment file' : `${files.length} segment files`;
}

function namesOf(files: readonly StoredFile[]): string {
  const names = files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)).sort();
  return names.length < 3 ? names.join(', ') : `${names[0]} to ${names.at(-1)}`;
}

async function* counted(
  objects: AsyncIterable<ListedObject>,
  progress: CheckProgress,
): AsyncGenerator<ListedObject, void, undefined> {
  for await (const object of objects) {
    progress.objectCount += 1;
    yield object;
  }
}

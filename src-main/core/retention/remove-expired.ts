import { nowUs } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { parseRecordingPath } from '../recordings/recording-path.ts';
import { removeSegments } from '../segments/change-segments.ts';
import { inTransaction, lockStreams } from '../segments/stream-lock.ts';
import type { ObjectStore, RemovalFailure } from '../storage/object-store.ts';
import type { AwayStorages } from './away-storages.ts';
import {
  type BatchCursor,
  type EmptiedRecording,
  type ExpiredRow,
  FIRST_ROW,
  findRecordings,
  isLastOfRecording,
  nextExpired,
  pathsStillNamed,
  sharingRecordings,
} from './expired-rows.ts';
import { readProtections } from './protections.ts';
import { findHomes, isIn, objectsIn, type RecordingHomes } from './recording-homes.ts';
import type { RetentionTools } from './retention-tools.ts';
import { countRemoved, noteProblem } from './run-table.ts';
import type { StreamPlan } from './stream-plan.ts';

const ROWS_PER_BATCH = 1000;
/** So fast objects go at most; storage has others to serve. */
const OBJECTS_PER_SECOND = 2000;

/** What of a stream a run removed. */
export interface RemovedCount {
  segments: number;
  bytes: number;
  failedObjects: number;
}

/**
 * Removes what a plan names of one stream, batch by batch, objects before rows.
 *
 * An interrupted removal leaves rows without objects, which the next run removes too. Objects that withstand keep their
 * rows, as do those in a storage that cannot be used: that is noted in `away`. Throws the reason of an abort.
 */
export async function removeExpired(
  tools: RetentionTools,
  runId: string,
  { cutoffUs, stream }: StreamPlan,
  away: AwayStorages,
): Promise<RemovedCount> {
  const { clock, database, signal } = tools;
  const removed: RemovedCount = { segments: 0, bytes: 0, failedObjects: 0 };
  for (let after: BatchCursor = FIRST_ROW; ; ) {
    signal.throwIfAborted();
    const startedMs = clock.monotonicMs();
    // Each time anew: an export or a bookmark may have come.
    const protections = await readProtections(database, stream, cutoffUs, nowUs(clock));
    const rows = await nextExpired(database, {
      stream,
      cutoffUs,
      after,
      protections,
      limit: ROWS_PER_BATCH,
    });
    const last = rows.at(-1);
    if (!last) return removed;
    let goneCount = 0;
    for (const [recording, own] of await byRecording(tools, rows)) {
      const count = await removeRows(tools, runId, recording, own, away);
      goneCount += count.segments;
      removed.segments += count.segments;
      removed.bytes += count.bytes;
      removed.failedObjects += count.failedObjects;
    }
    after = last;
    const leastMs = (goneCount * 1000) / OBJECTS_PER_SECOND;
    await clock.sleep(leastMs - (clock.monotonicMs() - startedMs), signal);
  }
}

async function byRecording(
  { database }: RetentionTools,
  rows: readonly ExpiredRow[],
): Promise<[EmptiedRecording, ExpiredRow[]][]> {
  const groups = new Map<string, ExpiredRow[]>();
  for (const row of rows) {
    const group = groups.get(row.recordingId);
    if (group) group.push(row);
    else groups.set(row.recordingId, [row]);
  }
  const recordings = await findRecordings(database, [...groups.keys()]);
  return recordings.map((recording) => [recording, groups.get(recording.id) ?? []]);
}

async function removeRows(
  tools: RetentionTools,
  runId: string,
  recording: EmptiedRecording,
  rows: readonly ExpiredRow[],
  away: AwayStorages,
): Promise<RemovedCount> {
  const { database, signal } = tools;
  const { dir, nodeAlias, stream } = recording;
  const sharing = await sharingRecordings(tools, recording);
  const named = await pathsStillNamed(database, sharing, rows);
  const isLast = sharing.length === 0 && (await isLastOfRecording(database, recording, rows));
  const own = rows.filter(({ path }) => isIn(dir, path) && !named.has(path));
  let stores: readonly ObjectStore[] = [];
  let failures: RemovalFailure[];
  try {
    const homes = await findHomes(tools, recording);
    stores = homes.homes;
    away.demand(stores);
    failures = await removeObjects(tools, recording, homes, own, isLast);
  } catch (error) {
    signal.throwIfAborted();
    away.note(stores, error);
    return { segments: 0, bytes: 0, failedObjects: 0 };
  }
  const failed = new Set(failures.map(({ path }) => path));
  if (failures[0]) await noteFailures(tools, runId, recording, failures);
  const gone = rows.filter(({ path }) => !failed.has(path));
  // While something of the recording is left in the storage, a row of it stays to tell the next run.
  if (isLast && gone.length === rows.length && failures.length > 0) gone.pop();
  const isGone = isLast && gone.length === rows.length;
  const removed = await inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [recording]);
    // Fewer where another run has removed some meanwhile.
    const { bytes, count } = await removeSegments(trx, { stream, nodeAlias }, gone);
    await countRemoved(trx, runId, count, bytes);
    const own = { segments: count, bytes, failedObjects: failures.length };
    if (!isGone || dir === '') return own;
    await trx
      .insertInto('retention_folders')
      .values({ dir })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return own;
  });
  if (isGone && dir !== '') {
    for (const store of stores) await store.removeEmptyFolder?.(dir, { signal });
    await database.db.deleteFrom('retention_folders').where('dir', '=', dir).execute();
  }
  return removed;
}

/** From where the recording lies, and from nowhere else; what fails, and what is not certain to be its own. */
async function removeObjects(
  { signal }: RetentionTools,
  { dir }: EmptiedRecording,
  { doubt, has, homes, isWhole }: RecordingHomes,
  rows: readonly ExpiredRow[],
  isLast: boolean,
): Promise<RemovalFailure[]> {
  if (doubt) return rows.filter(has).map(({ path }) => ({ path, error: doubt }));
  const own = rows.map(({ path }) => path);
  const failures: RemovalFailure[] = [];
  for (const home of homes) {
    const rest = isLast && isWhole && dir !== '' ? await otherFiles(home, dir, own, signal) : [];
    const paths = [...own, ...rest];
    if (home.remove) failures.push(...(await home.remove(paths, { signal })).failures);
    else if (homes.length === 1 || (await hasSome(home, own, signal))) throw keptBy(home);
  }
  return failures;
}

/** What else a recorder wrote into the folder: init files, the manifest, segments that were never indexed. */
async function otherFiles(
  store: ObjectStore,
  dir: string,
  own: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const known = new Set(own);
  const found: string[] = [];
  for await (const { path } of objectsIn(store, dir, signal)) {
    if (!known.has(path) && parseRecordingPath(path) !== null) found.push(path);
  }
  return found;
}

async function hasSome(store: ObjectStore, paths: readonly string[], signal: AbortSignal): Promise<boolean> {
  for (const path of paths) if (await store.stat(path, { signal })) return true;
  return false;
}

function keptBy({ name }: ObjectStore): AppError {
  return new AppError(
    'storage_unavailable',
    `Nothing can be removed from the storage ${name}. Set recorder.storage to where the recordings lie.`,
  );
}

async function noteFailures(
  { database, logger }: RetentionTools,
  runId: string,
  { dir, stream }: EmptiedRecording,
  failures: readonly RemovalFailure[],
): Promise<void> {
  const problem = failures[0]?.error.message ?? '';
  logger.warn({ stream, dir, objects: failures.length, reason: problem }, 'objects could not be removed');
  await noteProblem(database, runId, { stream, dir }, problem, failures.length);
}

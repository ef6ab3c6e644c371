import { sql } from 'kysely';
import type { FindingRepair } from '../../../src-shared/model/integrity.ts';
import { AppError } from '../base/errors.ts';
import type { FindingDetails } from '../db/integrity-tables.ts';
import type { ObjectState } from '../db/tables.ts';
import { removeSegments } from '../segments/change-segments.ts';
import { type IndexAgainTools, indexAgain, indexFolderOf } from '../segments/index-again.ts';
import { FOUND_NODE } from '../segments/node-places.ts';
import { retimeExamined } from '../segments/retime-examined.ts';
import { SegmentPartitions } from '../segments/segment-partitions.ts';
import { inTransaction } from '../segments/stream-lock.ts';
import { TrackAnalyser } from '../segments/track-analyser.ts';
import { repairCoverage } from '../segments/verify-coverage.ts';
import { repairRecording } from '../segments/verify-recordings.ts';
import { repairTotals } from '../segments/verify-totals.ts';
import { folderOf } from '../storage/object-path.ts';
import { openPlace } from '../storage/open-place.ts';
import type { CheckTools } from './check-tools.ts';
import type { FindingRow } from './finding-table.ts';
import { isOverwritten } from './judge-row.ts';

export interface RepairTools extends CheckTools, IndexAgainTools {}

type Repair = (tools: RepairTools, finding: FindingRow, details: FindingDetails) => Promise<void>;

const REPAIRS: Readonly<Record<FindingRepair, Repair>> = {
  'mark-missing': markMissing,
  forget,
  're-examine': reExamine,
  index: indexObjects,
  recount,
};

/** What is done by itself when a check repairs: all that gives up nothing. */
export function isHarmless(repair: FindingRepair | null): boolean {
  return repair !== null && repair !== 'forget';
}

/**
 * Mends a finding, after a look whether it still is as it was found.
 *
 * Throws conflict where it is not or cannot be mended, storage_unavailable, database_unavailable.
 */
export async function repairFinding(tools: RepairTools, finding: FindingRow): Promise<void> {
  if (finding.repair === null) throw new AppError('conflict', 'Nothing here can mend this.');
  await REPAIRS[finding.repair](tools, finding, finding.details);
}

async function markMissing(tools: RepairTools, finding: FindingRow, details: FindingDetails): Promise<void> {
  await demandGone(tools, finding);
  const problem = `The file ${finding.place} is not in storage.`;
  await sql`
    update segments set state = 'missing', problem = ${problem}
    where stream = ${finding.stream} and start_ts = ${finding.start_ts} and id = ${details.segmentId ?? ''}
  `.execute(tools.database.db);
}

async function forget(tools: RepairTools, finding: FindingRow, details: FindingDetails): Promise<void> {
  await demandGone(tools, finding);
  const { node_alias: nodeAlias, start_ts: startUs, stream } = finding;
  const key = { id: details.segmentId ?? '', startUs: startUs ?? 0 };
  await inTransaction(tools.database.db, (trx) => removeSegments(trx, { stream, nodeAlias }, [key]));
}

async function demandGone({ signal, store }: RepairTools, finding: FindingRow): Promise<void> {
  const { node_alias: node, place } = finding;
  if ((await store.stat(place, { signal, node })) === null) return;
  throw new AppError('conflict', `${place} is in storage again. Check anew.`);
}

async function reExamine(tools: RepairTools, finding: FindingRow, details: FindingDetails): Promise<void> {
  const { database, signal, store } = tools;
  // Where a recorder has written over its files, the new ones have times of their own.
  if (finding.kind === 'wrong-size') {
    const { node_alias: nodeAlias, place, stream } = finding;
    await indexAgain(tools, { stream, nodeAlias, dir: folderOf(place) });
  }
  if (details.segmentId === undefined) return demandOtherFiles(tools, finding);
  if (await isGivenUp(tools, finding, details.segmentId)) return;
  await sql`
    update segments set state = 'pending', problem = null, analysis = null, size_bytes = null
    where stream = ${finding.stream} and start_ts = ${finding.start_ts} and id = ${details.segmentId ?? ''}
  `.execute(database.db);
  const analyser = new TrackAnalyser(database, store);
  await analyser.wanted(details.trackId ?? '', [details.seq ?? 0], signal);
  const { rows } = await sql<{ state: string; problem: string | null }>`
    select state, problem from segments
    where stream = ${finding.stream} and start_ts = ${finding.start_ts} and id = ${details.segmentId ?? ''}
  `.execute(database.db);
  const row = rows[0];
  if (row?.state === 'bad') throw new AppError('conflict', row.problem ?? `${finding.place} cannot be read.`);
  const key = { stream: finding.stream, id: details.segmentId, startUs: finding.start_ts ?? 0 };
  await retimeExamined(database, new SegmentPartitions(database.db, tools.clock), key);
}

/** Throws conflict where a recording's segments are as they were, so that only its init file is another one. */
async function demandOtherFiles({ database }: RepairTools, { place, stream }: FindingRow): Promise<void> {
  const { rows } = await sql<{ is_other: boolean }>`
    select count(distinct t.config_hash) > 1 as is_other from tracks t join recordings r on r.id = t.recording_id
    where r.stream = ${stream} and t.init_path = ${place}
  `.execute(database.db);
  if (rows[0]?.is_other) return;
  throw new AppError(
    'conflict',
    `The segments beside ${place} are as they were, so it is the init file that is wrong. Put a copy of the right one back.`,
  );
}

async function isGivenUp({ database }: RepairTools, { start_ts, stream }: FindingRow, id: string) {
  const { rows } = await sql<{ state: string; problem: string | null }>`
    select state, problem from segments where stream = ${stream} and start_ts = ${start_ts} and id = ${id}
  `.execute(database.db);
  return rows[0] !== undefined && isOverwritten({ ...rows[0], state: rows[0].state as ObjectState });
}

async function indexObjects(tools: RepairTools, finding: FindingRow, details: FindingDetails): Promise<void> {
  const { storages } = tools;
  const name = details.storage ?? '';
  const store = storages.find(name)?.store ?? (await openPlace(name, storages.default.config));
  const dir = finding.place;
  const outcome = await indexFolderOf(tools, store, dir, finding.node_alias || FOUND_NODE);
  if (!outcome) throw new AppError('conflict', `There is no recording ${dir} in ${store.name} any more.`);
  if (outcome.addedCount === 0)
    throw new AppError('conflict', outcome.problems[0] ?? `Nothing of ${dir} could be indexed.`);
}

async function recount(
  { database }: RepairTools,
  finding: FindingRow,
  details: FindingDetails,
): Promise<void> {
  const { node_alias: nodeAlias, stream } = finding;
  const { day = 0, recordingId, track = 'video' } = details;
  if (recordingId !== undefined) await repairRecording(database, { recordingId, stream, nodeAlias });
  else if (finding.kind === 'wrong-totals')
    await repairTotals(database, { stream, fromDay: day, toDay: day });
  else await repairCoverage(database, { stream, nodeAlias, track, day });
}

import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { ClockSource, Track } from '../../../src-shared/model/segment.ts';
import { ticksToUs } from '../../../src-shared/util/units.ts';
import type { Tables } from '../db/tables.ts';
import type { InitSegment } from '../media/init-segment.ts';
import type { AnalysisCarry } from '../media/repair.ts';
import { findRestartZero, findTrackZero, type TrackZeroEvidence } from '../recordings/track-zero.ts';
import { loadTrack, saveInit, type TrackContext } from './analysis-store.ts';
import { type Examined, examineFiles } from './examine-files.ts';
import { FolderTaken, holdFolders } from './folder-owners.ts';
import type { IndexTools } from './index-tools.ts';
import { ReadAhead } from './read-ahead.ts';
import { carryBehind, rebuildCarry } from './rebuild-carry.ts';
import { segmentIdOf } from './segment-id.ts';
import type { Session } from './session-choice.ts';
import { createSessions, markOverwritten, type NewRecording } from './session-store.ts';
import { continueRecording } from './split-recording.ts';
import type { StoredFile } from './storage-folders.ts';
import { inTransaction, lockStreams } from './stream-lock.ts';
import { TrackAnalyser } from './track-analyser.ts';
import { type NewSegment, writeSegments } from './write-segments.ts';

/** Segments written together; an interrupted run goes on behind the last batch. */
const BATCH_SIZE = 256;

/** One track of one session whose files are to be indexed. */
export interface TrackJob {
  recording: NewRecording & {
    isStored: boolean;
    /** The other nodes that have recordings in the folder, where none of its own is stored. */
    others: readonly string[] | null;
    /** Earlier sessions of the folder: what they have under the same names is gone. */
    overwritten: readonly Session[];
    /** The recording that it goes on from, in the same folder; null for none. */
    continuedId: string | null;
  };
  track: Track;
  /** Of the stored track; null when there is none yet. */
  trackId: string | null;
  initPath: string;
  init: InitSegment;
  /** What tells it from one that is written over it; null where nothing does. */
  initMark: string | null;
  initModifiedMs: number;
  /** The times of the files may be those of uploads. */
  isUploaded: boolean;
  /** Not indexed yet, by number. */
  files: readonly StoredFile[];
  /** Highest number that is indexed already; 0 for none. */
  knownSeq: number;
  evidence: Pick<
    TrackZeroEvidence,
    'indexStartUs' | 'availabilityStartUs' | 'record' | 'day' | 'firstModifiedMs'
  >;
  /** Of a track that was begun anew while its recording ran; null otherwise. */
  restart: Restart | null;
  /** The files are left over from a session whose init file was written over. */
  isLeftOver: boolean;
}

/** Between which times something was recorded, microseconds since the epoch. */
export interface Restart {
  notBeforeUs: number;
  untilUs: number;
}

interface Zero {
  zeroUs: number;
  clockSource: ClockSource;
}

/**
 * Examines the files of a track in order and writes their rows, batch by batch; says how many were new, and whether
 * it stopped at a file that is still being written. `denied`: files that may not be read, in words.
 */
export async function indexTrack(
  tools: IndexTools,
  job: TrackJob,
): Promise<{ addedCount: number; isUnfinished: boolean; denied: string[] }> {
  const { database, store, signal } = tools;
  const media = { kind: job.track, timescale: job.init.timescale };
  const stored = job.trackId === null ? null : await loadTrack(database.db, job.trackId);
  // Only when all that is known was examined does the chain lead up to the new files.
  const isChained = stored === null || stored.analysedSeq >= job.knownSeq;
  let carry = stored && isChained ? await rebuildCarry(database, stored, media) : null;
  let zero: Zero | null =
    stored?.zeroUs != null && stored.clockSource !== null
      ? { zeroUs: stored.zeroUs, clockSource: stored.clockSource }
      : null;
  const trackId = job.trackId ?? randomUUID();
  let endUs: number | null = null;
  let addedCount = 0;

  // The chain has passed those whose rows were lost; like late-comers they start behind what is before them.
  const passedSeq = stored?.analysedSeq ?? 0;
  const late = job.files.filter(({ seq }) => seq <= passedSeq);
  const ahead = job.files.filter(({ seq }) => seq > passedSeq);
  const batches = [...batchesOf(runsOf(late)), ...batchesOf([ahead])];
  const reads = new ReadAhead(tools, batches.flat(), media);
  // A batch is examined while the one before it is written.
  let writing: Promise<void> = Promise.resolve();
  const write = async (...args: Parameters<typeof writeBatch>): Promise<void> => {
    const written = await writeBatch(...args);
    addedCount += written.length;
    tools.onBatch(written);
  };
  let isUnfinished = false;
  const denied: string[] = [];
  try {
    for (const files of batches) {
      signal.throwIfAborted();
      const firstSeq = files[0]?.seq ?? 0;
      const isLate = firstSeq <= passedSeq && stored !== null;
      const before = isLate ? await carryBehind(database, store, stored, media, firstSeq - 1, signal) : carry;
      const batch = await examineFiles(tools, files, before, media, reads);
      ({ isUnfinished } = batch);
      denied.push(...batch.denied);
      if (batch.examined.length > 0) {
        if (!isLate) carry = batch.carry;
        zero ??= zeroOf(job, batch.examined);
        const isUnreadable = batch.examined[0]?.analysis === null;
        if (stored && isUnreadable && (isLate || endUs === null))
          endUs = await endBefore(tools, stored, firstSeq);
        const rows = toRows(job, trackId, zero, batch.examined, endUs);
        endUs = rows.at(-1)?.endUs ?? endUs;
        const analysedSeq = batch.examined.at(-1)?.file.seq ?? 0;
        const progress = isChained && !isLate ? { analysedSeq, carry } : null;
        await writing;
        writing = write(tools, job, trackId, zero, rows, progress);
        // Its failure is met when it is waited for.
        writing.catch(() => {});
      }
      if (isUnfinished) break;
    }
  } finally {
    await writing;
  }
  if (!isChained && addedCount > 0) await finishChain(tools, trackId);
  return { addedCount, isUnfinished, denied };
}

/**
 * Examines what was known before in order, and what was added behind it once more: the analyser of a manager may have
 * looked what follows before it was written, and would not come back to it.
 */
async function finishChain({ database, signal, store }: IndexTools, trackId: string): Promise<void> {
  const analyser = new TrackAnalyser(database, store);
  while ((await analyser.turn(trackId, signal)).outcome === 'more') signal.throwIfAborted();
}

/** Where the stored segment before a number ends, microseconds since the epoch; null where there is none. */
async function endBefore(
  { database }: IndexTools,
  { endUs, startUs, stream, trackId }: TrackContext,
  seq: number,
): Promise<number | null> {
  const row = await database.db
    .selectFrom('segments')
    .select('end_ts')
    .where('stream', '=', stream)
    .where('track_id', '=', trackId)
    .where('seq', '<', seq)
    .where('start_ts', '>=', startUs)
    .where('start_ts', '<=', endUs)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.end_ts ?? null;
}

/** Files with consecutive numbers together. */
function runsOf(files: readonly StoredFile[]): StoredFile[][] {
  const runs: StoredFile[][] = [];
  for (const file of files) {
    const last = runs.at(-1);
    if (last?.at(-1)?.seq === file.seq - 1) last.push(file);
    else runs.push([file]);
  }
  return runs;
}

function batchesOf(runs: readonly (readonly StoredFile[])[]): StoredFile[][] {
  return runs.flatMap((files) => {
    const starts = Array.from({ length: Math.ceil(files.length / BATCH_SIZE) }, (_, i) => i * BATCH_SIZE);
    return starts.map((from) => files.slice(from, from + BATCH_SIZE));
  });
}

function zeroOf(job: TrackJob, examined: readonly Examined[]): Zero {
  const ends = examined.flatMap(({ file, analysis }) =>
    analysis === null
      ? []
      : { modifiedMs: file.modifiedMs, endUs: ticksToUs(analysis.endTicks, job.init.timescale) },
  );
  if (job.isLeftOver && ends.length > 0) {
    // A segment is written as it ends, so the earliest bound is the best.
    const zeros = ends.map(({ modifiedMs, endUs }) => Math.round(modifiedMs * 1000) - endUs);
    return { zeroUs: Math.min(...zeros), clockSource: 'file' };
  }
  if (job.restart && ends.length > 0) return findRestartZero(job.restart, { ...job, segments: ends });
  const found = findTrackZero({
    ...job.evidence,
    initModifiedMs: job.initModifiedMs,
    isUploaded: job.isUploaded,
    segments: ends,
  });
  // Copied files in a folder without a date: something has to be shown, marked as estimated.
  return found ?? { zeroUs: Math.round(job.initModifiedMs * 1000), clockSource: 'path' };
}

function toRows(
  job: TrackJob,
  trackId: string,
  { zeroUs, clockSource }: Zero,
  examined: readonly Examined[],
  previousEndUs: number | null,
): NewSegment[] {
  const { recording, init, track } = job;
  let endUs = previousEndUs ?? zeroUs;
  return examined.map(({ file, analysis, sizeBytes, isKeyframe, state, problem, writtenMs }) => {
    const startTicksUs = analysis === null ? null : ticksToUs(analysis.startTicks, init.timescale);
    // An unreadable file covers no time; it stands where the one before it ends.
    const startUs = startTicksUs === null ? endUs : zeroUs + startTicksUs;
    endUs = analysis === null ? startUs : zeroUs + ticksToUs(analysis.endTicks, init.timescale);
    return {
      id: segmentIdOf({
        nodeAlias: recording.nodeAlias,
        stream: recording.stream,
        path: file.path,
        sessionNo: recording.sessionNo,
        reportedStartUs: startTicksUs ?? 0,
      }),
      nodeAlias: recording.nodeAlias,
      stream: recording.stream,
      startUs,
      endUs,
      durationMs: Math.round((endUs - startUs) / 1000),
      path: file.path,
      isKeyframe,
      track,
      recordingId: recording.id,
      trackId,
      seq: file.seq,
      // So that a report of the same segment is known for a repeat.
      mediaStartUs: clockSource === 'arrival' ? startTicksUs : null,
      sizeBytes,
      clockSource,
      state,
      analysis,
      problem,
      writtenMs,
    };
  });
}

async function writeBatch(
  { database, partitions }: IndexTools,
  job: TrackJob,
  trackId: string,
  zero: Zero,
  rows: readonly NewSegment[],
  progress: { analysedSeq: number; carry: AnalysisCarry | null } | null,
): Promise<NewSegment[]> {
  const { recording, track, initPath } = job;
  const { zeroUs, clockSource } = zero;
  await partitions.ensure(rows.map((row) => row.startUs));
  const written = await inTransaction(database.db, async (trx) => {
    await lockStreams(trx, [recording]);
    const { others } = recording;
    if (recording.isStored) await demandOwner(trx, recording);
    else if (others) await holdFolders(trx, [recording], () => others);
    await createSessions(
      trx,
      recording.isStored
        ? []
        : [{ ...recording, startUs: rows[0]?.startUs ?? zeroUs, endUs: rows[0]?.endUs ?? zeroUs }],
      job.trackId === null
        ? [{ id: trackId, recordingId: recording.id, track, initPath, zeroUs, clockSource }]
        : [],
    );
    await saveInit(trx, trackId, { state: 'ok', init: job.init, mark: job.initMark, problem: null });
    if (recording.continuedId !== null && !recording.isStored) {
      const sinceUs = rows[0]?.startUs ?? zeroUs;
      await continueRecording(trx, { fromId: recording.continuedId, toId: recording.id, sinceUs });
    }
    const fresh = await withoutKnown(trx, trackId, rows);
    const added = await writeSegments(trx, fresh);
    await markOverwritten(
      trx,
      recording.overwritten,
      added.map((row) => row.path),
    );
    await trx
      .updateTable('tracks')
      .set({
        zero_ts: sql`coalesce(zero_ts, ${zeroUs}::bigint)`,
      })
      .where('id', '=', trackId)
      .execute();
    if (progress) await moveChain(trx, trackId, progress);
    return added;
  });
  recording.isStored = true;
  job.trackId = trackId;
  return written;
}

/** Unless another process, which saw more of the files, is further. */
async function moveChain(
  trx: Transaction<Tables>,
  trackId: string,
  { analysedSeq, carry }: { analysedSeq: number; carry: AnalysisCarry | null },
): Promise<void> {
  await trx
    .updateTable('tracks')
    .set({ analysed_seq: analysedSeq, carry: carry === null ? null : JSON.stringify(carry.json) })
    .where('id', '=', trackId)
    .where('analysed_seq', '<', analysedSeq)
    .execute();
}

/** Throws `FolderTaken` where a node has claimed the recording since it was looked at. */
async function demandOwner(trx: Transaction<Tables>, recording: NewRecording): Promise<void> {
  const row = await trx
    .selectFrom('recordings')
    .select('node_alias')
    .where('id', '=', recording.id)
    .executeTakeFirst();
  if (row && row.node_alias !== recording.nodeAlias) throw new FolderTaken(recording);
}

/** A report may have come for a file since it was listed. */
async function withoutKnown(
  trx: Transaction<Tables>,
  trackId: string,
  rows: readonly NewSegment[],
): Promise<NewSegment[]> {
  const { rows: known } = await sql<{ path: string }>`
    select s.path from segments s join tracks t on t.id = s.track_id join recordings r on r.id = t.recording_id
    where t.id = ${trackId} and s.start_ts between r.start_ts and r.end_ts
      and s.seq = any(${rows.map(({ seq }) => seq)}::int[])
  `.execute(trx);
  const paths = new Set(known.map(({ path }) => path));
  return rows.filter(({ path }) => !paths.has(path));
}

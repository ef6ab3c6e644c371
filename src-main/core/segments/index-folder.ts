import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Track } from '../../../src-shared/model/segment.ts';
import { US_PER_MS, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { Manifest } from '../recordings/manifest.ts';
import { initPathOf } from '../recordings/recording-path.ts';
import { readInit } from './examine-segment.ts';
import {
  claimFolder,
  FolderTaken,
  listedFolder,
  type OtherNodes,
  otherNodes,
  settleFolder,
} from './folder-owners.ts';
import { type IndexTools, indexTrack, type TrackJob } from './index-track.ts';
import type { NodePlaces } from './node-places.ts';
import { isRecordingOver, markOver } from './recording-over.ts';
import { RETRY_WINDOW_US, type Session } from './session-choice.ts';
import { findSessions, folderKey, type SessionFolder } from './session-store.ts';
import {
  type NodeIndexRow,
  readFolderManifest,
  type StoredFile,
  type StoredFolder,
} from './storage-folders.ts';
import { inTransaction } from './stream-lock.ts';

/** Disks and buckets round times; a file older than its init file by more than this belongs to another session. */
const TIME_ROUNDING_MS = 1000;
const MAX_LOOKS = 5;

export interface IndexFolderOptions {
  /** What a node's own index says of the folder. */
  indexRow?: NodeIndexRow | undefined;
  /** For a recording that nothing tells the node of. */
  defaultAlias: string;
  /** Which storage it is and where nodes record; without it all recordings with one path are the same. */
  place?: FolderPlace | undefined;
  /** Whoever asks follows the recording and says itself when it is over. */
  isFollowed?: boolean;
  logger: Logger;
}

/** Where a folder lies. */
export interface FolderPlace {
  places: NodePlaces;
  /** The name of the store; null for what lies on its node alone. */
  name: string | null;
}

export interface FolderOutcome {
  /** The node that its rows are of. */
  nodeAlias: string;
  /** Segments that were indexed before. */
  knownCount: number;
  /** Segments that were not; those of an unfinished file are left out. */
  addedCount: number;
  /** A file is still being written: index the folder again later. */
  isUnfinished: boolean;
  /** What cannot be indexed, in words. */
  problems: string[];
}

/**
 * Indexes what is not indexed yet of one recording folder: recordings, tracks, segments with repaired times.
 *
 * The one path from files to rows: `folder` may hold only the newest files where the others are known to be indexed.
 * Rejects with the signal's reason, storage_unavailable, database_unavailable.
 */
export async function indexFolder(
  tools: IndexTools,
  folder: StoredFolder,
  options: IndexFolderOptions,
): Promise<FolderOutcome> {
  const { store, signal } = tools;
  const manifest = await readFolderManifest(store, folder, options.logger, { signal });
  for (let look = 1; ; look += 1) {
    try {
      return await indexOnce(tools, folder, manifest, options);
    } catch (error) {
      if (!(error instanceof FolderTaken) || look === MAX_LOOKS) throw error;
    }
  }
}

async function indexOnce(
  tools: IndexTools,
  folder: StoredFolder,
  manifest: Manifest | null,
  options: IndexFolderOptions,
): Promise<FolderOutcome> {
  const { indexRow, isFollowed, logger, place } = options;
  const plan = await planFolder(tools, folder, manifest?.availabilityStartUs ?? null, options);
  const { knownCount, nodeAlias, problems, stream } = plan;
  for (const problem of problems) logger.warn({ dir: folder.dir, problem }, 'a recording cannot be indexed');
  const outcome = { nodeAlias, knownCount, addedCount: 0, isUnfinished: false, problems };
  for (const job of plan.jobs) {
    const { addedCount, isUnfinished } = await indexTrack(tools, job);
    outcome.addedCount += addedCount;
    outcome.isUnfinished ||= isUnfinished;
  }
  if (!isFollowed && !outcome.isUnfinished && outcome.addedCount + knownCount > 0) {
    const isOver = isRecordingOver(folder, manifest, indexRow?.status ?? null, tools.nowMs());
    await markOver(tools.database, { stream, nodeAlias, dir: folder.dir }, place?.name ?? null, isOver);
  }
  return outcome;
}

interface FolderPlan {
  stream: string;
  nodeAlias: string;
  jobs: TrackJob[];
  knownCount: number;
  problems: string[];
}

async function planFolder(
  tools: IndexTools,
  folder: StoredFolder,
  availabilityStartUs: number | null,
  { indexRow, defaultAlias, place }: IndexFolderOptions,
): Promise<FolderPlan> {
  const listed =
    place && !indexRow ? await listedFolder(tools.database, place.places, folder.dir, place.name) : null;
  // Under a folder of the operator's choice the path does not say the stream.
  const stream = indexRow?.stream ?? listed?.stream ?? folder.stream;
  const plan: FolderPlan = { stream, nodeAlias: defaultAlias, jobs: [], knownCount: 0, problems: [] };
  const firstSeq = folder.files.reduce(
    (lowest, { kind, seq }) => (kind === 'segment' ? Math.min(lowest, seq) : lowest),
    Infinity,
  );
  if (firstSeq === Infinity) return plan;
  const claimedBy = indexRow?.nodeAlias ?? listed?.nodeAlias ?? null;
  const found = { stream, dir: folder.dir, nodeAlias: claimedBy ?? defaultAlias };
  if (place && claimedBy !== null) await place.places.tell(claimedBy, place.name ?? '');
  if (place && claimedBy === null) await place.places.guess(defaultAlias, place.name ?? '');
  if (place && claimedBy !== null) await claimFolder(tools.database, place.places, found, place.name);
  const { nodeAlias, others, sessions, allSessions, nextSessionNo } = await storedFolder(
    tools.database,
    found,
    place,
  );
  plan.nodeAlias = nodeAlias;
  const latest = sessions.reduce<Session | null>(
    (a, b) => (a === null || b.startUs > a.startUs ? b : a),
    null,
  );
  const startUs = indexRow?.startUs ?? listed?.startUs ?? null;
  const known = await knownFiles(tools.database, allSessions, latest, firstSeq);
  const isNewRun = latest !== null && isWrittenOver(folder, latest, known, startUs);
  const base = {
    stream,
    nodeAlias,
    dir: folder.dir,
    record: indexRow?.record || (folder.record ?? ''),
    startUs: 0,
    endUs: 0,
    status: indexRow?.status ?? ('unknown' as const),
    place: place?.name ?? null,
    others,
  };
  let nextNo = nextSessionNo;
  const leftOvers: TrackJob[] = [];
  const main: TrackJob[] = [];
  const mainRecording = {
    ...base,
    id: latest && !isNewRun ? latest.recordingId : randomUUID(),
    sessionNo: latest?.sessionNo ?? 0,
    isStored: latest !== null && !isNewRun,
    overwritten: isNewRun ? sessions : sessions.filter((session) => session !== latest),
  };
  const leftOverRecording = {
    ...base,
    id: randomUUID(),
    sessionNo: 0,
    status: 'completed' as const,
    isStored: false,
    overwritten: [],
  };

  for (const track of ['video', 'audio'] as const) {
    const segments = segmentsOf(folder, track);
    if (segments.length === 0) continue;
    const initPath = initPathOf(segments[0] as StoredFile);
    const initFile = folder.files.find(({ path }) => path === initPath);
    const fresh = segments.filter((file) => !isKnown(file, known, isNewRun ? initFile : undefined));
    plan.knownCount += segments.length - fresh.length;
    if (fresh.length === 0) continue;
    const init = await readInit(tools.store, initPath, { signal: tools.signal });
    if (init.state !== 'ok' || !initFile) {
      const why = init.state === 'bad' ? init.problem : `its init file ${initPath} is missing.`;
      plan.problems.push(`${folder.dir}: ${fresh.length} ${track} segments cannot be used: ${why}`);
      continue;
    }
    // What waited in a queue came in no order.
    const [older, own] = initFile.isUploaded
      ? [[], fresh]
      : splitLeftOvers(fresh, segments, initFile.modifiedMs);
    const common = {
      track,
      initPath,
      init: init.init,
      initModifiedMs: initFile.modifiedMs,
      isUploaded: initFile.isUploaded === true,
      evidence: {
        indexStartUs: startUs,
        availabilityStartUs,
        record: folder.record,
        day: folder.day,
      },
    };
    const knownTrack = isNewRun ? undefined : latest?.tracks.get(track);
    if (older.length > 0) {
      leftOvers.push({
        ...common,
        recording: leftOverRecording,
        trackId: null,
        files: older,
        knownSeq: 0,
        isLeftOver: true,
      });
    }
    if (own.length > 0) {
      main.push({
        ...common,
        recording: mainRecording,
        trackId: knownTrack?.id ?? null,
        files: own,
        knownSeq: knownTrack?.lastSeq ?? 0,
        isLeftOver: false,
      });
    }
  }
  // Sessions are numbered as they are found, the older one first.
  if (leftOvers.length > 0) {
    leftOverRecording.sessionNo = nextNo;
    nextNo += 1;
  }
  if (latest === null || isNewRun) mainRecording.sessionNo = nextNo;
  plan.jobs = [...leftOvers, ...main];
  return plan;
}

function segmentsOf(folder: StoredFolder, track: Track): StoredFile[] {
  return folder.files
    .filter((file) => file.kind === 'segment' && file.track === track)
    .sort((a, b) => a.seq - b.seq);
}

/**
 * Files older than the init file are left over from a session that wrote to the folder before; their lower numbers
 * were written over. When all files are older, the times were not kept, and nothing is split.
 */
function splitLeftOvers(
  fresh: readonly StoredFile[],
  all: readonly StoredFile[],
  initModifiedMs: number,
): [StoredFile[], StoredFile[]] {
  const isOlder = ({ modifiedMs }: StoredFile) => modifiedMs < initModifiedMs - TIME_ROUNDING_MS;
  if (all.every(isOlder)) return [[], [...fresh]];
  return [fresh.filter(isOlder), fresh.filter((file) => !isOlder(file))];
}

/** The sessions of a folder that are indexed, of its own node or of one whose objects there are the same. */
async function storedFolder(
  database: Database,
  folder: SessionFolder,
  place: FolderPlace | undefined,
): Promise<StoredSessions> {
  const others = place
    ? await settleFolder(database, place.places, folder, place.name)
    : await anyNodes(database, folder);
  const folders = [folder.nodeAlias, ...others.sharing].map((nodeAlias) => ({ ...folder, nodeAlias }));
  const found = await inTransaction(database.db, (trx) => findSessions(trx, folders));
  // One name may have recordings of the same path in several storages: those of others are no sessions of this folder.
  const isHere = (session: Session) => !place?.places.isElsewhere(session.place, place.name);
  const sessionsOf = (each: SessionFolder) => (found.get(folderKey(each)) ?? []).filter(isHere);
  const numberOf = (each: SessionFolder) =>
    (found.get(folderKey(each)) ?? []).reduce((next, { sessionNo }) => Math.max(next, sessionNo + 1), 0);
  const own = folders.find((each) => sessionsOf(each).length > 0);
  if (!own) {
    const nextSessionNo = numberOf(folder);
    const none = { sessions: [], allSessions: [], others: others.all };
    return { nodeAlias: folder.nodeAlias, nextSessionNo, ...none };
  }
  return {
    nodeAlias: own.nodeAlias,
    nextSessionNo: numberOf(own),
    sessions: sessionsOf(own),
    allSessions: folders.flatMap(sessionsOf),
    others: null,
  };
}

interface StoredSessions {
  nodeAlias: string;
  /** The number of a session that is begun now. */
  nextSessionNo: number;
  sessions: Session[];
  /** With those of other nodes whose objects there are the same. */
  allSessions: Session[];
  /** The nodes with recordings in a folder of this name, where none of them is of this one. */
  others: readonly string[] | null;
}

async function anyNodes(database: Database, folder: SessionFolder): Promise<OtherNodes> {
  const all = await otherNodes(database, folder);
  return { sharing: all, all };
}

/** Rows of a file; the size that each says, null where it was not seen. */
interface KnownFile {
  latest: number | null | undefined;
  earlier: (number | null)[];
}

async function knownFiles(
  database: Database,
  sessions: readonly Session[],
  latest: Session | null,
  firstSeq: number,
): Promise<ReadonlyMap<string, KnownFile>> {
  const known = new Map<string, KnownFile>();
  const trackIds = sessions.flatMap((session) => [...session.tracks.values()].map(({ id }) => id));
  if (trackIds.length === 0) return known;
  const { rows } = await sql<{ path: string; size_bytes: number | null; track_id: string }>`
    select path, size_bytes, track_id from segments where track_id = any(${trackIds}::uuid[]) and seq >= ${firstSeq}
      and start_ts between ${Math.min(...sessions.map((s) => s.startUs)) - RETRY_WINDOW_US}
        and ${Math.max(...sessions.map((s) => s.endUs)) + RETRY_WINDOW_US}
  `.execute(database.db);
  const ofLatest = new Set([...(latest?.tracks.values() ?? [])].map(({ id }) => id));
  for (const { path, size_bytes: sizeBytes, track_id: trackId } of rows) {
    const file = known.get(path) ?? { latest: undefined, earlier: [] };
    if (ofLatest.has(trackId)) file.latest = sizeBytes;
    else file.earlier.push(sizeBytes);
    known.set(path, file);
  }
  return known;
}

/**
 * Whether a file is indexed: a row of the latest session has it, or one of an earlier session has it with this size. Of
 * a folder that was written over, only what is older than its init file.
 */
function isKnown(
  file: StoredFile,
  known: ReadonlyMap<string, KnownFile>,
  newInit: StoredFile | undefined,
): boolean {
  const rows = known.get(file.path);
  if (!rows) return false;
  if (newInit) return file.modifiedMs < newInit.modifiedMs - TIME_ROUNDING_MS;
  return rows.latest !== undefined || rows.earlier.some((sizeBytes) => !isOtherSize(file, sizeBytes));
}

/** A node's listing tells no sizes. */
function isOtherSize({ sizeBytes }: StoredFile, known: number | null): boolean {
  return sizeBytes > 0 && known !== null && known !== sizeBytes;
}

/** So long after the end of a recording nothing of it is written any more. */
const WRITTEN_OVER_AFTER_US = 2 * US_PER_SECOND;

/** Whether a recording that began after the end of the latest one wrote over its files. */
function isWrittenOver(
  folder: StoredFolder,
  latest: Session,
  known: ReadonlyMap<string, KnownFile>,
  startUs: number | null,
): boolean {
  const initMs = Math.max(...folder.files.map(({ kind, modifiedMs }) => (kind === 'init' ? modifiedMs : 0)));
  // A folder with a record id is used once, whatever its copies' times say.
  const begunUs = Math.max(startUs ?? 0, folder.record === null ? initMs * US_PER_MS : 0);
  if (begunUs < latest.endUs + WRITTEN_OVER_AFTER_US) return false;
  let sameCount = 0;
  let otherCount = 0;
  for (const file of folder.files) {
    const size = file.kind === 'segment' ? (known.get(file.path)?.latest ?? null) : null;
    if (isOtherSize(file, size)) otherCount += 1;
    else if (size !== null && file.sizeBytes > 0) sameCount += 1;
  }
  // One file that was cut off is no new recording.
  return otherCount > 0 && otherCount >= sameCount;
}

import { randomUUID } from 'node:crypto';
import type { Track } from '../../../src-shared/model/segment.ts';
import { US_PER_MS, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { initPathOf } from '../recordings/recording-path.ts';
import { claimFolder, listedFolder } from './folder-owners.ts';
import type { IndexFolderOptions } from './index-folder.ts';
import type { IndexTools } from './index-tools.ts';
import type { Restart, TrackJob } from './index-track.ts';
import { countSizes, isKnown, type KnownFile, knownFiles, TIME_ROUNDING_MS } from './known-files.ts';
import { readInit } from './read-media.ts';
import { findRewritten, giveUpOtherCodecs, markOf, type RewrittenTrack } from './rewritten-tracks.ts';
import type { Session } from './session-choice.ts';
import { notePlace } from './session-store.ts';
import { extentOf, type StoredFile, type StoredFolder } from './storage-folders.ts';
import { storedSessions } from './stored-sessions.ts';

/** What is to be done with the files of a folder. */
export interface FolderPlan {
  stream: string;
  nodeAlias: string;
  jobs: TrackJob[];
  knownCount: number;
  problems: string[];
}

/** Finds which files are not indexed and which recording each of them is of: one that is stored, or one that is begun. */
export async function planFolder(
  tools: IndexTools,
  folder: StoredFolder,
  availabilityStartUs: number | null,
  { defaultAlias, indexRow, isFollowed, place }: IndexFolderOptions,
): Promise<FolderPlan> {
  const { database } = tools;
  const listed =
    place && !indexRow ? await listedFolder(database, place.places, folder.dir, place.name) : null;
  // Under a folder of the operator's choice the path does not say the stream.
  const stream = indexRow?.stream ?? listed?.stream ?? folder.stream;
  const plan: FolderPlan = { stream, nodeAlias: defaultAlias, jobs: [], knownCount: 0, problems: [] };
  const firstSeq = firstSeqOf(folder);
  if (firstSeq === null) return plan;
  const claimedBy = indexRow?.nodeAlias ?? listed?.nodeAlias ?? null;
  const found = { stream, dir: folder.dir, nodeAlias: claimedBy ?? defaultAlias };
  if (place && claimedBy !== null) await place.places.tell(claimedBy, place.name ?? '');
  if (place && claimedBy === null) await place.places.guess(defaultAlias, place.name ?? '');
  if (place && claimedBy !== null) await claimFolder(database, place.places, found, place.name);
  const stored = await storedSessions(database, found, place);
  const { allSessions, nodeAlias, others, sessions } = stored;
  plan.nodeAlias = nodeAlias;
  const latest = sessions.reduce<Session | null>(
    (a, b) => (a === null || b.startUs > a.startUs ? b : a),
    null,
  );
  const startUs = indexRow?.startUs ?? listed?.startUs ?? null;
  const known = await knownFiles(database, allSessions, latest, firstSeq);
  const isNext = latest !== null && isWrittenOver(folder, latest, known, startUs);
  if (latest?.place === null && place?.name != null && areSameFiles(folder, known)) {
    await notePlace(database, latest.recordingId, place.name);
  }
  const { doubtful, rewritten } = latest
    ? await findRewritten(tools, folder, latest, known)
    : { rewritten: new Map<Track, RewrittenTrack>(), doubtful: new Set<Track>() };
  await giveUpOtherCodecs(tools, { stream, nodeAlias }, sessions, rewritten);
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
    continuedId: null,
  };
  const leftOver = {
    ...base,
    id: randomUUID(),
    sessionNo: 0,
    status: 'completed' as const,
    isStored: false,
    overwritten: [],
  };
  const stays = latest && {
    ...base,
    id: latest.recordingId,
    sessionNo: latest.sessionNo,
    isStored: true,
    overwritten: sessions.filter((session) => session !== latest),
  };
  const begun = {
    ...base,
    id: randomUUID(),
    sessionNo: 0,
    isStored: false,
    overwritten: sessions,
    // One that began after the end of the latest one has nothing of it.
    continuedId: isNext || rewritten.size === 0 ? null : (latest?.recordingId ?? null),
  };
  const leftOvers: TrackJob[] = [];
  const main: TrackJob[] = [];
  const begunJobs: TrackJob[] = [];
  for (const track of ['video', 'audio'] as const) {
    const segments = segmentsOf(folder, track);
    const [first] = segments;
    if (!first) continue;
    const isNew = isNext || rewritten.has(track);
    const recording = stays && !isNew ? stays : begun;
    const initPath = initPathOf(first);
    const initFile = folder.files.find(({ path }) => path === initPath);
    const fresh = segments.filter((file) => !isKnown(file, known, isNew ? initFile : undefined));
    plan.knownCount += segments.length - fresh.length;
    if (fresh.length === 0) continue;
    if (doubtful.has(track) && !isNew) {
      plan.problems.push(`${folder.dir}: ${initPath} is of another codec than the ${track} before it.`);
      continue;
    }
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
      initMark: markOf(initFile),
      initModifiedMs: initFile.modifiedMs,
      isUploaded: initFile.isUploaded === true,
      evidence: {
        indexStartUs: startUs,
        availabilityStartUs,
        record: folder.record,
        day: folder.day,
        firstModifiedMs: firstModifiedMs(folder),
      },
      restart: null,
    };
    const knownTrack = recording === stays ? latest?.tracks.get(track) : undefined;
    if (older.length > 0) {
      const job = { recording: leftOver, trackId: null, files: older, knownSeq: 0, isLeftOver: true };
      leftOvers.push({ ...common, ...job });
    }
    if (own.length > 0) {
      const job: TrackJob = {
        ...common,
        recording,
        trackId: knownTrack?.id ?? null,
        files: own,
        knownSeq: knownTrack?.lastSeq ?? 0,
        isLeftOver: false,
        restart: isNext ? null : restartOf(rewritten.get(track), latest, isFollowed === true, tools.nowMs()),
      };
      (recording === stays ? main : begunJobs).push(job);
    }
  }
  // Sessions are numbered as they are found, the older one first.
  leftOver.sessionNo = stored.nextSessionNo;
  begun.sessionNo = stored.nextSessionNo + (leftOvers.length > 0 ? 1 : 0);
  // What goes on is written before the recording is parted that it is of.
  plan.jobs = [...leftOvers, ...main, ...begunJobs];
  return plan;
}

function firstSeqOf({ files }: StoredFolder): number | null {
  const firstSeq = files.reduce(
    (lowest, { kind, seq }) => (kind === 'segment' ? Math.min(lowest, seq) : lowest),
    Infinity,
  );
  return firstSeq === Infinity ? null : firstSeq;
}

/** When the oldest file of media was written, milliseconds since the epoch; null where times are not known. */
function firstModifiedMs({ files }: StoredFolder): number | null {
  const { firstMs } = extentOf(files.filter(({ kind }) => kind !== 'manifest'));
  return Number.isFinite(firstMs) && firstMs > 0 ? firstMs : null;
}

/** Between which times a track was begun anew; null where it was not. */
function restartOf(
  rewritten: RewrittenTrack | undefined,
  latest: Session | null,
  isFollowed: boolean,
  nowMs: number,
): Restart | null {
  if (!rewritten || !latest) return null;
  // What is found while it is written has ended just now, else with what went on beside it.
  return { notBeforeUs: rewritten.endUs, untilUs: isFollowed ? nowMs * US_PER_MS : latest.endUs };
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

/** Whether the files here are those of the rows, as far as their sizes are known. */
function areSameFiles(folder: StoredFolder, known: ReadonlyMap<string, KnownFile>): boolean {
  const { otherCount, sameCount } = countSizes(folder, known, 'all');
  return sameCount > 0 && otherCount === 0;
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
  const { lastMs } = extentOf(folder.files.filter(({ kind }) => kind === 'init'));
  const initMs = Math.max(0, lastMs);
  // A folder with a record id is used once, whatever its copies' times say.
  const begunUs = Math.max(startUs ?? 0, folder.record === null ? initMs * US_PER_MS : 0);
  if (begunUs < latest.endUs + WRITTEN_OVER_AFTER_US) return false;
  const { otherCount, sameCount } = countSizes(folder, known, 'all');
  // One file that was cut off is no new recording.
  return otherCount > 0 && otherCount >= sameCount;
}

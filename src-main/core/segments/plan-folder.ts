import { randomUUID } from 'node:crypto';
import type { Track } from '../../../src-shared/model/segment.ts';
import { US_PER_MS, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { initPathOf } from '../recordings/recording-path.ts';
import { claimFolder, listedFolder } from './folder-owners.ts';
import type { FolderPlace, IndexFolderOptions } from './index-folder.ts';
import type { IndexTools } from './index-tools.ts';
import type { Restart, TrackJob } from './index-track.ts';
import { countSizes, isKnown, type KnownFile, knownFiles, TIME_ROUNDING_MS } from './known-files.ts';
import { readInit } from './read-media.ts';
import { findRewritten, giveUpOtherCodecs, markOf, type RewrittenTrack } from './rewritten-tracks.ts';
import type { Session } from './session-choice.ts';
import { notePlace } from './session-store.ts';
import { extentOf, type StoredFile, type StoredFolder } from './storage-folders.ts';
import { type StoredSessions, storedSessions } from './stored-sessions.ts';

/** What is to be done with the files of a folder. */
export interface FolderPlan {
  stream: string;
  nodeAlias: string;
  jobs: TrackJob[];
  knownCount: number;
  /** Segments that cannot be used; `problems` says why. */
  leftOutCount: number;
  problems: string[];
}

/** What is known of a folder before its tracks are looked at. */
interface FolderState {
  stream: string;
  nodeAlias: string;
  /** What tells when its tracks began. */
  evidence: TrackJob['evidence'];
  isFollowed: boolean;
  stored: StoredSessions;
  /** The session that began last; null where none is stored. */
  latest: Session | null;
  known: ReadonlyMap<string, KnownFile>;
  /** A recording that began after the end of the latest one wrote over its files. */
  isNext: boolean;
  /** Tracks that were begun anew while the latest recording ran. */
  rewritten: ReadonlyMap<Track, RewrittenTrack>;
  /** Tracks whose init file is of another codec, and nothing tells whether the segments are. */
  doubtful: ReadonlySet<Track>;
}

/** The recordings that files of a folder may be of. */
interface FolderRecordings {
  /** Of files that are older than their init file. */
  leftOver: JobRecording;
  /** The latest one, which goes on; null where none is stored. */
  stays: JobRecording | null;
  /** The one that is begun now. */
  begun: JobRecording;
}

type JobRecording = TrackJob['recording'];

/** What is to be done with the files of one track. */
interface TrackPlan {
  knownCount: number;
  /** Segments that cannot be used, and why. */
  leftOutCount: number;
  problem: string | null;
  leftOver: TrackJob | null;
  own: TrackJob | null;
}

/** Finds which files are not indexed and which recording each of them is of: one that is stored, or one that is begun. */
export async function planFolder(
  tools: IndexTools,
  folder: StoredFolder,
  availabilityStartUs: number | null,
  options: IndexFolderOptions,
): Promise<FolderPlan> {
  const { defaultAlias, indexRow, place } = options;
  const listed =
    place && !indexRow ? await listedFolder(tools.database, place.places, folder.dir, place.name) : null;
  // Under a folder of the operator's choice the path does not say the stream.
  const stream = indexRow?.stream ?? listed?.stream ?? folder.stream;
  const plan: FolderPlan = {
    stream,
    nodeAlias: defaultAlias,
    jobs: [],
    knownCount: 0,
    leftOutCount: 0,
    problems: [],
  };
  const firstSeq = firstSeqOf(folder);
  if (firstSeq === null) return plan;
  const told = { ...listed, stream, availabilityStartUs };
  const state = await readState(tools, folder, firstSeq, options, told);
  const recordings = recordingsOf(folder, state, options);
  const tracks: TrackPlan[] = [];
  for (const track of ['video', 'audio'] as const) {
    tracks.push(await planTrack(tools, folder, track, state, recordings));
  }
  const leftOvers = tracks.flatMap(({ leftOver }) => leftOver ?? []);
  const jobs = tracks.flatMap(({ own }) => own ?? []);
  // Sessions are numbered as they are found, the older one first.
  recordings.leftOver.sessionNo = state.stored.nextSessionNo;
  recordings.begun.sessionNo = state.stored.nextSessionNo + (leftOvers.length > 0 ? 1 : 0);
  return {
    ...plan,
    nodeAlias: state.nodeAlias,
    // What goes on is written before the recording is parted that it is of.
    jobs: [
      ...leftOvers,
      ...jobs.filter(({ recording }) => recording === recordings.stays),
      ...jobs.filter(({ recording }) => recording === recordings.begun),
    ],
    knownCount: tracks.reduce((sum, { knownCount }) => sum + knownCount, 0),
    leftOutCount: tracks.reduce((sum, { leftOutCount }) => sum + leftOutCount, 0),
    problems: tracks.flatMap(({ problem }) => problem ?? []),
  };
}

/** Whose the folder is, and which sessions of it are stored; says so where it is told or seen here for the first time. */
async function readState(
  tools: IndexTools,
  folder: StoredFolder,
  firstSeq: number,
  { defaultAlias, indexRow, isFollowed, place }: IndexFolderOptions,
  told: { stream: string; nodeAlias?: string; startUs?: number | null; availabilityStartUs: number | null },
): Promise<FolderState> {
  const { database } = tools;
  const { availabilityStartUs, stream } = told;
  const claimedBy = indexRow?.nodeAlias ?? told.nodeAlias ?? null;
  const found = { stream, dir: folder.dir, nodeAlias: claimedBy ?? defaultAlias };
  if (place && claimedBy !== null) {
    await place.places.tell(claimedBy, place.name ?? '');
    await claimFolder(database, place.places, found, place.name);
  } else if (place) {
    await place.places.guess(defaultAlias, place.name ?? '');
  }
  const stored = await storedSessions(database, found, place);
  const { allSessions, nodeAlias, sessions } = stored;
  const latest = sessions.reduce<Session | null>(
    (a, b) => (a === null || b.startUs > a.startUs ? b : a),
    null,
  );
  const startUs = indexRow?.startUs ?? told.startUs ?? null;
  const known = await knownFiles(database, allSessions, latest, firstSeq);
  if (latest && place?.name != null && areSameFiles(folder, known) && (await isUnplaced(latest, place))) {
    const together = sessions.filter((session) => session.place === latest.place);
    const ids = together.map(({ recordingId }) => recordingId);
    await notePlace(database, ids, place.name, latest.place);
  }
  const isNext = latest !== null && isWrittenOver(folder, latest, known, startUs);
  const { doubtful, rewritten } = latest
    ? await findRewritten(tools, folder, latest, known)
    : { rewritten: new Map<Track, RewrittenTrack>(), doubtful: new Set<Track>() };
  await giveUpOtherCodecs(tools, { stream, nodeAlias }, sessions, rewritten);
  const evidence = {
    indexStartUs: startUs,
    availabilityStartUs,
    record: folder.record,
    day: folder.day,
    firstModifiedMs: firstModifiedMs(folder),
  };
  return {
    stream,
    nodeAlias,
    evidence,
    isFollowed: isFollowed === true,
    stored,
    latest,
    known,
    isNext,
    rewritten,
    doubtful,
  };
}

/** Whether nothing says where a recording lies, or it was seen where nothing is any more: its storage was moved. */
async function isUnplaced(session: Session, { isGone, name }: FolderPlace): Promise<boolean> {
  if (session.place === null) return true;
  return session.place !== name && (await isGone?.(session.place)) === true;
}

/** The numbers of new ones are not known yet. */
function recordingsOf(
  folder: StoredFolder,
  { isNext, latest, nodeAlias, rewritten, stored, stream }: FolderState,
  { indexRow, place }: IndexFolderOptions,
): FolderRecordings {
  const { others, sessions } = stored;
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
  const isNew = { sessionNo: 0, isStored: false };
  return {
    leftOver: { ...base, ...isNew, id: randomUUID(), status: 'completed', overwritten: [] },
    stays: latest && {
      ...base,
      id: latest.recordingId,
      sessionNo: latest.sessionNo,
      isStored: true,
      overwritten: sessions.filter((session) => session !== latest),
    },
    begun: {
      ...base,
      ...isNew,
      id: randomUUID(),
      overwritten: sessions,
      // One that began after the end of the latest one has nothing of it.
      continuedId: isNext || rewritten.size === 0 ? null : (latest?.recordingId ?? null),
    },
  };
}

/** Which files of a track are not indexed, and whether they are left over, go on, or were begun anew. */
async function planTrack(
  tools: IndexTools,
  folder: StoredFolder,
  track: Track,
  state: FolderState,
  { begun, leftOver, stays }: FolderRecordings,
): Promise<TrackPlan> {
  const { doubtful, evidence, isFollowed, isNext, known, latest, rewritten } = state;
  const nothing: TrackPlan = { knownCount: 0, leftOutCount: 0, problem: null, leftOver: null, own: null };
  const segments = segmentsOf(folder, track);
  const [first] = segments;
  if (!first) return nothing;
  const isNew = isNext || rewritten.has(track);
  const recording = stays && !isNew ? stays : begun;
  const initPath = initPathOf(first);
  const initFile = folder.files.find(({ path }) => path === initPath);
  const fresh = segments.filter((file) => !isKnown(file, known, isNew ? initFile : undefined));
  const plan: TrackPlan = { ...nothing, knownCount: segments.length - fresh.length };
  if (fresh.length === 0) return plan;
  if (doubtful.has(track) && !isNew) {
    return {
      ...plan,
      leftOutCount: fresh.length,
      problem: `${folder.dir}: ${initPath} is of another codec than the ${track} before it.`,
    };
  }
  const init = await readInit(tools.store, initPath, { signal: tools.signal });
  if (init.state !== 'ok' || !initFile) {
    const why = init.state === 'bad' ? init.problem : `its init file ${initPath} is missing.`;
    const problem = `${folder.dir}: ${fresh.length} ${track} segments cannot be used: ${why}`;
    return { ...plan, leftOutCount: fresh.length, problem };
  }
  // What waited in a queue came in no order.
  const [older, own] = initFile.isUploaded
    ? [[], fresh]
    : splitLeftOvers(fresh, segments, initFile.modifiedMs);
  const knownTrack = recording === stays ? latest?.tracks.get(track) : undefined;
  const common = {
    track,
    initPath,
    init: init.init,
    initMark: markOf(initFile),
    initModifiedMs: initFile.modifiedMs,
    isUploaded: initFile.isUploaded === true,
    evidence,
  };
  return {
    ...plan,
    leftOver:
      older.length === 0
        ? null
        : {
            ...common,
            recording: leftOver,
            trackId: null,
            files: older,
            knownSeq: 0,
            isLeftOver: true,
            restart: null,
          },
    own:
      own.length === 0
        ? null
        : {
            ...common,
            recording,
            trackId: knownTrack?.id ?? null,
            files: own,
            knownSeq: knownTrack?.lastSeq ?? 0,
            isLeftOver: false,
            restart: isNext ? null : restartOf(rewritten.get(track), latest, isFollowed, tools.nowMs()),
          },
  };
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

import { sql, type Transaction } from 'kysely';
import { US_PER_MINUTE, US_PER_MS } from '../../../src-shared/util/units.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables.ts';
import { retimeSegments } from './change-segments.ts';
import { holdFolders } from './folder-owners.ts';
import { isMediaClock, type SegmentReport } from './report-check.ts';
import { isOfDay, itemsOf, type ReportItem, TimesWanted, type WrittenTimes } from './report-items.ts';
import { segmentIdOf } from './segment-id.ts';
import {
  chooseMediaSession,
  chooseTimedSession,
  type KnownSegment,
  RETRY_WINDOW_US,
  type Session,
  type SessionTrack,
} from './session-choice.ts';
import {
  createSessions,
  draftSession,
  draftTrack,
  findKnownSegments,
  findSessions,
  folderKey,
  isSameFolder,
  markOverwritten,
  type NewRecording,
  type NewTrack,
  type SessionFolder,
} from './session-store.ts';
import { lockStreams } from './stream-lock.ts';
import { type NewSegment, writeSegments } from './write-segments.ts';

/** A checked report and when it came, microseconds since the epoch. */
export interface ArrivedReport {
  report: SegmentReport;
  arrivedAtUs: number;
  /** What to add to have when it came by clocks that were set in the last minute; see `ClockSteps`. */
  clockStepsUs?: readonly number[] | undefined;
}

/** A better estimate of a session's clock is taken over when it is better by more than this. */
const RETIME_STEP_US = 20 * US_PER_MS;
/** How far back segments follow a better estimate. Older ones stay: a clock that drifts must not rewrite a day. */
export const RETIME_REACH_US = 10 * US_PER_MINUTE;

export interface WriteReportsOptions {
  /** Looks for the key of every row, even where the numbers say that it must be new. */
  isCareful?: boolean;
  /** The other nodes that are known to have recordings in a folder; with it `FolderTaken` is thrown for a new one. */
  othersIn?: ((folder: SessionFolder) => readonly string[]) | undefined;
  /** When objects were written, as far as that was looked at; with it `TimesWanted` is thrown where more is needed. */
  writtenAtUs?: WrittenTimes | undefined;
}

interface Placed {
  item: ReportItem;
  session: Session;
  track: SessionTrack;
}

interface Folder extends SessionFolder {
  sessions: Session[];
  /** Recordings that the database has. */
  stored: Set<string>;
}

/**
 * Writes reports in the caller's transaction; returns the segments that are new.
 *
 * Reports must have passed `checkReport`, partitions exist for `instantsOf`. Segments that are there already are
 * not written again. How sessions and times are found is told in DESIGN.md.
 */
export async function writeReports(
  trx: Transaction<Tables>,
  reports: readonly ArrivedReport[],
  { isCareful = false, othersIn, writtenAtUs }: WriteReportsOptions = {},
): Promise<NewSegment[]> {
  const items = reports.flatMap((report) => itemsOf(report, writtenAtUs));
  if (items.length === 0) return [];
  await lockStreams(trx, items);
  const folders = await readFolders(trx, items);
  const mediaItems = items.filter(({ isMedia }) => isMedia);
  const known = await findKnownSegments(
    trx,
    [...new Set(mediaItems.map((item) => folderOf(folders, item)))].flatMap(({ sessions }) => sessions),
    mediaItems.flatMap(({ place: { seq } }) => (seq === 0 ? [0] : [seq - 1, seq, seq + 1])),
  );
  const batch = new BatchPlacement(folders, known);
  for (const item of items) batch.place(item);
  if (writtenAtUs && batch.wanted.length > 0) throw new TimesWanted(batch.wanted);
  await batch.createSessions(trx, othersIn);
  for (const retiming of batch.retimings.values()) await retimeSegments(trx, retiming);
  const indexed = await findIndexedFiles(
    trx,
    batch.placed.filter((placed) => !placed.item.isMedia && (isCareful || !isAboveStored(placed))),
  );
  const isFresh = ({ item, track }: Placed) => !indexed.has(`${track.id} ${item.segment.path}`);
  const fresh = indexed.size === 0 ? batch.placed : batch.placed.filter(isFresh);
  const doubtful: NewSegment[] = [];
  const rows = fresh.map((placed) => {
    const row = toRow(placed);
    if (isCareful || !isAboveStored(placed)) doubtful.push(row);
    return row;
  });
  const written = await writeSegments(trx, rows, doubtful);
  await batch.markOverwritten(trx);
  return written;
}

/** Files that are indexed already: what another door found before its report came has an id of its own. */
async function findIndexedFiles(
  trx: Transaction<Tables>,
  placed: readonly Placed[],
): Promise<ReadonlySet<string>> {
  if (placed.length === 0) return new Set();
  const { rows } = await sql<{ track_id: string; path: string }>`
    ${prepared('find_files')}
    select s.track_id, s.path
    from unnest(
      ${placed.map(({ track }) => track.id)}::uuid[], ${placed.map(({ item }) => item.place.seq)}::int[]
    ) as x (track_id, seq)
    join tracks t on t.id = x.track_id join recordings r on r.id = t.recording_id
    join segments s on s.track_id = x.track_id and s.seq = x.seq and s.start_ts between r.start_ts and r.end_ts
  `.execute(trx);
  return new Set(rows.map(({ track_id: trackId, path }) => `${trackId} ${path}`));
}

/** The instants that partitions are needed for before `writeReports`. */
export function instantsOf({ report, arrivedAtUs }: ArrivedReport): number[] {
  const instants = report.segments
    .filter((segment) => !isMediaClock(segment))
    .map(({ start_ts }) => start_ts);
  if (instants.length === report.segments.length) return instants;
  // Media times end when they arrive, and may be moved back a little.
  const longestUs = report.segments.reduce((longest, s) => Math.max(longest, s.end_ts), 0);
  const reachUs = Math.min(longestUs + RETIME_REACH_US, 14 * 24 * 60 * US_PER_MINUTE);
  for (let backUs = 0; backUs <= reachUs; backUs += 24 * 60 * US_PER_MINUTE)
    instants.push(arrivedAtUs - backUs);
  instants.push(arrivedAtUs - reachUs);
  return instants;
}

async function readFolders(
  trx: Transaction<Tables>,
  items: readonly ReportItem[],
): Promise<Map<string, Folder>> {
  const folders = new Map<string, Folder>();
  let last: Folder | null = null;
  for (const item of items) {
    // Segments of one folder come one after the other, by the hundred.
    if (last && isSameFolder(last, item)) continue;
    const { stream, nodeAlias, dir } = item;
    last = { stream, nodeAlias, dir, sessions: [], stored: new Set() };
    folders.set(folderKey(item), last);
  }
  const found = await findSessions(trx, [...folders.values()]);
  for (const [key, sessions] of found) {
    const folder = folders.get(key);
    if (!folder) continue;
    folder.sessions = sessions;
    folder.stored = new Set(sessions.map(({ recordingId }) => recordingId));
  }
  return folders;
}

function folderOf(folders: ReadonlyMap<string, Folder>, item: ReportItem): Folder {
  const folder = folders.get(folderKey(item));
  if (!folder) throw new Error(`the folder ${item.dir} of ${item.stream} was not read`);
  return folder;
}

/** Finds session and track of one segment after the other, in memory; what is new is written afterwards. */
class BatchPlacement {
  readonly placed: Placed[] = [];
  /** Objects of which it has to be known when they were written. */
  readonly wanted: ReportItem[] = [];
  readonly retimings = new Map<string, Parameters<typeof retimeSegments>[1]>();
  readonly #newTracks: (NewTrack & { zero: SessionTrack })[] = [];
  readonly #newSessions = new Map<Session, ReportItem>();
  #lastFolder: Folder | null = null;

  constructor(
    private readonly folders: ReadonlyMap<string, Folder>,
    private readonly known: Map<string, KnownSegment[]>,
  ) {}

  place(item: ReportItem): void {
    if (item.isMedia) this.#placeMedia(item);
    else this.#placeTimed(item);
  }

  #folderOf(item: ReportItem): Folder {
    const last = this.#lastFolder;
    this.#lastFolder = last && isSameFolder(last, item) ? last : folderOf(this.folders, item);
    return this.#lastFolder;
  }

  #placeTimed(item: ReportItem): void {
    const { segment, place } = item;
    const folder = this.#folderOf(item);
    const timed = { track: place.track, seq: place.seq, startUs: segment.start_ts, endUs: segment.end_ts };
    const session =
      chooseTimedSession(folder.sessions, timed) ??
      this.#newSession(folder, item, segment.start_ts, segment.end_ts);
    this.#add(item, session, this.#trackOf(session, item, null, 'reported'));
  }

  #placeMedia(item: ReportItem): void {
    const { segment, place } = item;
    const folder = this.#folderOf(item);
    const media = {
      track: place.track,
      seq: place.seq,
      path: segment.path,
      mediaStartUs: segment.start_ts,
      mediaEndUs: segment.end_ts,
    };
    const choose = (at: number) =>
      chooseMediaSession(folder.sessions, { ...media, arrivedAtUs: at }, (id) => this.known.get(id) ?? []);
    let { arrivedAtUs } = item;
    let choice = choose(arrivedAtUs);
    // A new recording, or a report that comes late: its object knows.
    if (choice.kind === 'new') {
      const { writtenAtUs } = item;
      if (writtenAtUs === undefined) this.wanted.push(item);
      // Nothing tells when it was written: what has the very times of a known one is taken for it.
      else if (writtenAtUs === null && this.#isRepeat(folder, media)) return;
      else if (writtenAtUs !== null && writtenAtUs < arrivedAtUs - RETRY_WINDOW_US) {
        const earlier = choose(writtenAtUs);
        // What a restart wrote over may stand there still: its times are not those of the new recording.
        const isFirst = earlier.kind === 'new' && !this.#isKnown(folder, item);
        if (earlier.kind !== 'new' || (isFirst && isOfDay(place.day, writtenAtUs - segment.end_ts))) {
          choice = earlier;
          arrivedAtUs = writtenAtUs;
        }
      }
    }
    if (choice.kind === 'duplicate') return;
    const candidateUs = arrivedAtUs - segment.end_ts;
    if (item.clockStepsUs.some((stepUs) => choose(arrivedAtUs + stepUs).kind === 'duplicate')) return;
    const session =
      choice.kind === 'member'
        ? choice.session
        : this.#newSession(folder, item, candidateUs + segment.start_ts, arrivedAtUs);
    const track = this.#trackOf(session, item, candidateUs, 'arrival');
    const gainUs = (track.zeroUs ?? candidateUs) - candidateUs;
    // What files say is nearer to the truth than when a report came.
    if (gainUs > RETIME_STEP_US && track.clockSource === 'arrival')
      this.#moveBack(folder, session, item, gainUs);
    this.#add(item, session, track);
    const known = { ...media, arrivedAtUs, isFromFile: false };
    const siblings = this.known.get(track.id);
    if (siblings) siblings.push(known);
    else this.known.set(track.id, [known]);
  }

  #knownIn({ sessions }: Folder): KnownSegment[] {
    const tracks = sessions.flatMap((session) => [...session.tracks.values()]);
    return tracks.flatMap(({ id }) => this.known.get(id) ?? []);
  }

  #isKnown(folder: Folder, { segment }: ReportItem): boolean {
    return this.#knownIn(folder).some(({ path }) => path === segment.path);
  }

  #isRepeat(folder: Folder, media: Pick<KnownSegment, 'path' | 'mediaStartUs' | 'mediaEndUs'>): boolean {
    return this.#knownIn(folder).some(
      ({ mediaEndUs, mediaStartUs, path }) =>
        path === media.path && mediaStartUs === media.mediaStartUs && mediaEndUs === media.mediaEndUs,
    );
  }

  #moveBack(folder: Folder, session: Session, item: ReportItem, gainUs: number): void {
    for (const track of session.tracks.values()) if (track.zeroUs !== null) track.zeroUs -= gainUs;
    if (!folder.stored.has(session.recordingId)) return;
    const fromMediaUs = item.segment.end_ts - RETIME_REACH_US;
    const known = this.retimings.get(session.recordingId);
    this.retimings.set(session.recordingId, {
      stream: item.stream,
      nodeAlias: item.nodeAlias,
      recordingId: session.recordingId,
      fromMediaUs: Math.min(known?.fromMediaUs ?? fromMediaUs, fromMediaUs),
      shiftUs: (known?.shiftUs ?? 0) - gainUs,
    });
  }

  #newSession(folder: Folder, item: ReportItem, startUs: number, endUs: number): Session {
    const session = draftSession(folder.sessions, startUs, endUs);
    folder.sessions.push(session);
    this.#newSessions.set(session, item);
    return session;
  }

  #trackOf(
    session: Session,
    { place }: ReportItem,
    zeroUs: number | null,
    clockSource: 'reported' | 'arrival',
  ): SessionTrack {
    const found = session.tracks.get(place.track);
    if (found) return found;
    const track = draftTrack(place.track, zeroUs, clockSource);
    session.tracks.set(place.track, track);
    const { id } = track;
    const { recordingId } = session;
    const { initPath } = place;
    this.#newTracks.push({ id, recordingId, track: place.track, initPath, zeroUs, clockSource, zero: track });
    return track;
  }

  #add(item: ReportItem, session: Session, track: SessionTrack): void {
    const { seq } = item.place;
    const times = wallTimesOf({ item, session, track });
    session.startUs = Math.min(session.startUs, times.startUs);
    session.endUs = Math.max(session.endUs, times.endUs);
    track.firstSeq = Math.min(track.firstSeq ?? seq, seq);
    track.lastSeq = Math.max(track.lastSeq ?? seq, seq);
    this.placed.push({ item, session, track });
  }

  async createSessions(trx: Transaction<Tables>, othersIn: WriteReportsOptions['othersIn']): Promise<void> {
    const recordings = [...this.#newSessions].map(([session, item]): NewRecording => {
      const times = this.placed.filter((placed) => placed.session === session).map(wallTimesOf);
      return {
        id: session.recordingId,
        stream: item.stream,
        nodeAlias: item.nodeAlias,
        dir: item.dir,
        sessionNo: session.sessionNo,
        record: item.place.record ?? '',
        startUs: Math.min(...times.map(({ startUs }) => startUs)),
        endUs: Math.max(...times.map(({ endUs }) => endUs)),
        status: 'unknown',
        place: null,
      };
    });
    if (othersIn) await holdFolders(trx, recordings, othersIn);
    // The zero may have been bettered since the track was drafted. A stored session is moved as a whole afterwards.
    const tracks = this.#newTracks.map(({ zero, ...track }) => {
      const movedUs = this.retimings.get(track.recordingId)?.shiftUs ?? 0;
      return { ...track, zeroUs: zero.zeroUs === null ? null : zero.zeroUs - movedUs };
    });
    await createSessions(trx, recordings, tracks);
  }

  /** A name used again: what earlier sessions had under it is gone. */
  async markOverwritten(trx: Transaction<Tables>): Promise<void> {
    for (const folder of this.folders.values()) {
      if (folder.sessions.length < 2) continue;
      const latest = folder.sessions.reduce((a, b) => (b.startUs > a.startUs ? b : a));
      const paths = this.placed
        .filter(({ session }) => session === latest)
        .map(({ item }) => item.segment.path);
      const earlier = folder.sessions.filter((session) => session !== latest);
      await markOverwritten(trx, earlier, paths);
    }
  }
}

/** A number that its track has not had yet cannot be that of a stored row. */
function isAboveStored({ item: { place }, track: { storedLastSeq } }: Placed): boolean {
  return storedLastSeq === null || place.seq > Math.max(storedLastSeq, 0);
}

function wallTimesOf({ item: { segment, isMedia }, track }: Placed): { startUs: number; endUs: number } {
  const zeroUs = isMedia ? (track.zeroUs ?? 0) : 0;
  return { startUs: zeroUs + segment.start_ts, endUs: zeroUs + segment.end_ts };
}

function toRow(placed: Placed): NewSegment {
  const { item, session, track } = placed;
  const { segment, place, stream, nodeAlias } = item;
  return {
    id: segmentIdOf({
      nodeAlias,
      stream,
      path: segment.path,
      sessionNo: session.sessionNo,
      reportedStartUs: segment.start_ts,
    }),
    nodeAlias,
    stream,
    ...wallTimesOf(placed),
    durationMs: segment.duration_ms,
    path: segment.path,
    isKeyframe: segment.is_keyframe,
    track: place.track,
    recordingId: session.recordingId,
    trackId: track.id,
    seq: place.seq,
    mediaStartUs: item.isMedia ? segment.start_ts : null,
    sizeBytes: null,
    clockSource: item.isMedia ? (track.clockSource ?? 'arrival') : 'reported',
    state: 'pending',
    analysis: null,
    problem: null,
    writtenMs: null,
  };
}

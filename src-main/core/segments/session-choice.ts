import type { ClockSource, Track } from '../../../src-shared/model/segment.ts';
import { US_PER_MINUTE, US_PER_MS } from '../../../src-shared/util/units.ts';

/** A track of a recording as far as choosing a session needs it. */
export interface SessionTrack {
  id: string;
  track: Track;
  zeroUs: number | null;
  clockSource: ClockSource | null;
  firstSeq: number | null;
  lastSeq: number | null;
  /** As in the database: no stored segment has a higher number. Null where none is stored. */
  storedLastSeq: number | null;
}

/** One run of a recorder in a folder that may have seen several. Kept up to date while a batch is placed. */
export interface Session {
  recordingId: string;
  sessionNo: number;
  startUs: number;
  endUs: number;
  /** Where its files were found; null where nobody has looked. */
  place: string | null;
  tracks: Map<Track, SessionTrack>;
}

/**
 * How far the arrival of a report may lie behind (or before) what the session's other reports make one expect.
 *
 * A node tries a report again after 2, 4 and 8 s and waits 10 s for each answer: 54 s at most.
 */
export const RETRY_WINDOW_US = US_PER_MINUTE;

/** Neighbours on one media clock may overlap by this much: roundings and a frame. */
const OVERLAP_US = 50 * US_PER_MS;

/** A segment with exact wall times. */
export interface TimedSegment {
  track: Track;
  seq: number;
  startUs: number;
  endUs: number;
}

/**
 * The session that a segment with exact times belongs to, null for a new one.
 *
 * Within a session numbers rise with time. So what begins within a session's time belongs to it, what comes after
 * it only with a higher number than its last, what comes before all only with a lower number than the first.
 * Segments without a number belong to the session before them. What files say of the start of a session is a little off:
 * its first segment may be told to start earlier.
 */
export function chooseTimedSession(sessions: readonly Session[], segment: TimedSegment): Session | null {
  const { track, seq, startUs } = segment;
  let before: Session | null = null;
  let earliest: Session | null = null;
  for (const session of sessions) {
    if ([...session.tracks.values()].some(({ clockSource }) => clockSource === 'arrival')) continue;
    if (isFirstOf(session, segment)) return session;
    if (session.startUs <= startUs && (before === null || session.startUs >= before.startUs))
      before = session;
    if (earliest === null || session.startUs < earliest.startUs) earliest = session;
  }
  if (before === null) {
    const firstSeq = earliest?.tracks.get(track)?.firstSeq ?? null;
    return seq === 0 || firstSeq === null || seq < firstSeq ? earliest : null;
  }
  const lastSeq = before.tracks.get(track)?.lastSeq ?? null;
  return startUs <= before.endUs || seq === 0 || lastSeq === null || seq > lastSeq ? before : null;
}

/** Whether a session that was found from files begins with this segment, more than half of which lies in it. */
function isFirstOf({ startUs, tracks }: Session, segment: TimedSegment): boolean {
  const { clockSource, firstSeq } = tracks.get(segment.track) ?? {};
  if (clockSource === 'reported' || segment.seq === 0 || firstSeq !== segment.seq) return false;
  const earlierUs = startUs - segment.startUs;
  return earlierUs > 0 && earlierUs < (segment.endUs - segment.startUs) / 2;
}

/** A segment on a media clock. */
export interface MediaSegment {
  track: Track;
  seq: number;
  path: string;
  mediaStartUs: number;
  mediaEndUs: number;
  /** Wall clock at which its report came. */
  arrivedAtUs: number;
}

/** A segment that a session has already, near in number to the one to be placed. */
export interface KnownSegment {
  seq: number;
  path: string;
  mediaStartUs: number;
  mediaEndUs: number;
  /** Another door found the file: its times are repaired and so not quite those that a node reports. */
  isFromFile: boolean;
}

export type MediaChoice =
  | { kind: 'new' }
  | { kind: 'duplicate'; session: Session }
  | { kind: 'member'; session: Session };

/**
 * The session that a segment with media times belongs to.
 *
 * A session fits when the report came within `RETRY_WINDOW_US` of when its clock says that the segment ended, and
 * when no segment of it contradicts: the same number with other times, or a neighbour that overlaps. The same
 * number (or path) with the same times in a session that fits is a retry. Of several that fit, one with a segment
 * that joins exactly is taken, then the one whose clock is nearest.
 *
 * A session that another door found from files fits by the same clock. With what came from files a path that is known
 * is a repeat, and neighbours say nothing.
 */
export function chooseMediaSession(
  sessions: readonly Session[],
  segment: MediaSegment,
  knownOf: (trackId: string) => readonly KnownSegment[],
): MediaChoice {
  let best: { session: Session; isJoined: boolean; distanceUs: number } | null = null;
  for (const session of sessions) {
    const track = session.tracks.get(segment.track);
    if (!track || track.clockSource === 'reported' || track.zeroUs === null) continue;
    const distanceUs = Math.abs(segment.arrivedAtUs - segment.mediaEndUs - track.zeroUs);
    if (distanceUs > RETRY_WINDOW_US) continue;
    const known = knownOf(track.id);
    if (known.some((other) => isSame(other, segment))) return { kind: 'duplicate', session };
    if (known.some((other) => contradicts(other, segment))) continue;
    const isJoined = known.some(
      (other) =>
        (other.seq === segment.seq - 1 && other.mediaEndUs === segment.mediaStartUs) ||
        (other.seq === segment.seq + 1 && other.mediaStartUs === segment.mediaEndUs),
    );
    const isBetter =
      best === null ||
      (isJoined && !best.isJoined) ||
      (isJoined === best.isJoined && distanceUs < best.distanceUs);
    if (isBetter) best = { session, isJoined, distanceUs };
  }
  return best === null ? { kind: 'new' } : { kind: 'member', session: best.session };
}

function isSame(other: KnownSegment, segment: MediaSegment): boolean {
  if (other.path !== segment.path) return false;
  if (other.isFromFile) return true;
  return other.mediaStartUs === segment.mediaStartUs && other.mediaEndUs === segment.mediaEndUs;
}

function contradicts(other: KnownSegment, segment: MediaSegment): boolean {
  if (other.isFromFile) return false;
  if (segment.seq === 0 || other.seq === 0) return other.path === segment.path;
  if (other.seq === segment.seq) return true;
  return other.seq < segment.seq
    ? other.mediaEndUs > segment.mediaStartUs + OVERLAP_US
    : other.mediaStartUs < segment.mediaEndUs - OVERLAP_US;
}

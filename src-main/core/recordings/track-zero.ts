import type { ClockSource } from '../../../src-shared/model/segment.ts';
import { US_PER_DAY, US_PER_HOUR, US_PER_MS, US_PER_SECOND } from '../../../src-shared/util/units.ts';

/** What is known of the start of one track of a recording; null where it is not. */
export interface TrackZeroEvidence {
  /** Modification time of the track's init file, milliseconds since the epoch. */
  initModifiedMs: number | null;
  /** Files may have waited in the upload queue of their node: their times are those of the uploads. */
  isUploaded: boolean;
  /** `start_ts` of the node's index row. */
  indexStartUs: number | null;
  /** `availabilityStartTime` of a running manifest. */
  availabilityStartUs: number | null;
  /** Record id: unix seconds as text. */
  record: string | null;
  /** Day of a dated folder, `YYYY-MM-DD`. */
  day: string | null;
  /** When the oldest media file of the folder was written, milliseconds since the epoch; null where it is not known. */
  firstModifiedMs: number | null;
  /** Segments of the track in order: when each was written, and its end on the media clock. */
  segments: readonly { modifiedMs: number; endUs: number }[];
}

export interface TrackZero {
  /** Wall time of tick 0, microseconds since the epoch. */
  zeroUs: number;
  clockSource: Extract<ClockSource, 'file' | 'index' | 'manifest' | 'path'>;
}

/** From here on (September 2001) microseconds are wall time, below they are a media clock that began at 0. */
export const FIRST_WALL_US = 1e15;
export const LAST_WALL_US = Date.UTC(2100, 0, 1) * US_PER_MS;

/** Whether a value can be the time of a recording, microseconds since the epoch. */
export function isWallTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= FIRST_WALL_US && Number(value) <= LAST_WALL_US;
}

/** In real recordings the init file was written 7 to 75 ms after the index row's start. */
const BEFORE_US = US_PER_SECOND;
const AFTER_INDEX_US = 60 * US_PER_SECOND;
/** R and A are taken when the start is asked for; a recorder may wait long for its first track. */
const AFTER_REQUEST_US = US_PER_DAY;
/** Upload queues are seconds to minutes behind; what is later than that waited for its first track. */
const QUEUE_US = 60 * US_PER_SECOND;
/** Media clocks and jitter put the end of a segment so far behind its file at most. */
const EARLY_US = 2 * US_PER_SECOND;
/** A segment is written so soon after its end, and so much of them tells the pace. */
const LATE_US = 5 * US_PER_SECOND;
const LEAST_PACE_US = 5 * US_PER_SECOND;
const ZONES_US = 14 * US_PER_HOUR;

/**
 * When tick 0 of a track was: the time its init file was written where that is believable, else the index row's
 * start, else the manifest's, else what the folder's name says. Null when nothing is known at all.
 */
export function findTrackZero(all: TrackZeroEvidence): TrackZero | null {
  const evidence = isContradicted(all) || isOfName(all) ? { ...all, indexStartUs: null } : all;
  const { availabilityStartUs, indexStartUs, initModifiedMs } = evidence;
  if (initModifiedMs !== null && isBelievable(initModifiedMs * US_PER_MS, evidence)) {
    return { zeroUs: Math.round(initModifiedMs * US_PER_MS), clockSource: 'file' };
  }
  if (indexStartUs !== null) return { zeroUs: indexStartUs, clockSource: 'index' };
  if (availabilityStartUs !== null) return { zeroUs: availabilityStartUs, clockSource: 'manifest' };
  const named = namedStartUs(evidence);
  return named === null ? null : { zeroUs: named, clockSource: 'path' };
}

/** Whether the folder's name and the files agree with each other on a start and not with the node's list. */
function isContradicted(evidence: TrackZeroEvidence): boolean {
  const { indexStartUs, initModifiedMs, isUploaded, record } = evidence;
  const namedUs = record === null ? null : namedStartUs({ record, day: null });
  if (indexStartUs === null || namedUs === null || initModifiedMs === null || isUploaded) return false;
  const isNear = (us: number) => us >= namedUs - BEFORE_US && us <= namedUs + AFTER_REQUEST_US;
  return isNear(initModifiedMs * US_PER_MS) && !isNear(indexStartUs);
}

/** Whether the node told nothing but the id, which says when the recording was asked for. */
function isOfName({ indexStartUs, record }: TrackZeroEvidence): boolean {
  return indexStartUs !== null && record !== null && indexStartUs === namedStartUs({ record, day: null });
}

function isBelievable(modifiedUs: number, evidence: TrackZeroEvidence): boolean {
  const { availabilityStartUs, day, indexStartUs, isUploaded } = evidence;
  const within = (fromUs: number, toUs: number) => modifiedUs >= fromUs && modifiedUs <= toUs;
  if (isUploaded && indexStartUs !== null) return false;
  if (wasWrittenLate(modifiedUs, evidence)) return false;
  if (indexStartUs !== null) {
    const latestUs = wasBegunLater(modifiedUs, evidence) ? Infinity : indexStartUs + AFTER_INDEX_US;
    return within(indexStartUs - BEFORE_US, latestUs);
  }
  const requestedUs = availabilityStartUs ?? (day === null ? namedStartUs(evidence) : null);
  if (requestedUs !== null) {
    const earliestUs = isUploaded ? requestedUs + QUEUE_US : requestedUs - BEFORE_US;
    return within(earliestUs, requestedUs + AFTER_REQUEST_US);
  }
  const dayUs = namedStartUs(evidence);
  return dayUs === null || within(dayUs - ZONES_US, dayUs + US_PER_DAY + ZONES_US);
}

/**
 * Whether a segment was there before its media could have been recorded, had they begun with the init file: then that
 * was copied, or waited to be uploaded.
 */
function wasWrittenLate(modifiedUs: number, { segments }: Pick<TrackZeroEvidence, 'segments'>): boolean {
  return segments.some((segment) => segment.modifiedMs * US_PER_MS - modifiedUs < segment.endUs - EARLY_US);
}

/**
 * Whether the files tell that a track was begun (again) long after its recording: others of the folder were written
 * when it began, so that the clock is the same, and those of the track at the pace of its media.
 */
function wasBegunLater(
  modifiedUs: number,
  { firstModifiedMs, indexStartUs, segments }: TrackZeroEvidence,
): boolean {
  if (firstModifiedMs === null || indexStartUs === null) return false;
  const firstUs = firstModifiedMs * US_PER_MS;
  if (firstUs < indexStartUs - BEFORE_US || firstUs > indexStartUs + AFTER_INDEX_US) return false;
  const longestUs = Math.max(...segments.map(({ endUs }) => endUs));
  return (
    longestUs >= LEAST_PACE_US &&
    segments.every(({ endUs, modifiedMs }) => modifiedMs * US_PER_MS - modifiedUs - endUs < LATE_US)
  );
}

/**
 * When tick 0 of a track was that was begun anew while its recording ran: the time of its new init file where that is
 * believable, else as late as what there is of it fits in before `untilUs`. Never before `notBeforeUs`.
 */
export function findRestartZero(
  { notBeforeUs, untilUs }: { notBeforeUs: number; untilUs: number },
  evidence: Pick<TrackZeroEvidence, 'initModifiedMs' | 'isUploaded' | 'segments'>,
): TrackZero {
  const initUs = Math.round((evidence.initModifiedMs ?? 0) * US_PER_MS);
  const isTold = !evidence.isUploaded && initUs >= notBeforeUs - EARLY_US;
  if (isTold && !wasWrittenLate(initUs, evidence)) return { zeroUs: initUs, clockSource: 'file' };
  const endUs = Math.max(...evidence.segments.map((segment) => segment.endUs));
  return { zeroUs: Math.max(notBeforeUs, Math.round(untilUs) - endUs), clockSource: 'manifest' };
}

function namedStartUs({ record, day }: Pick<TrackZeroEvidence, 'record' | 'day'>): number | null {
  if (record !== null && /^\d{10}$/.test(record)) return Number(record) * US_PER_SECOND;
  if (day === null) return null;
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(dayMs) ? dayMs * US_PER_MS : null;
}

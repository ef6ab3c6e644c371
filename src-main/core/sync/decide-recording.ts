import { MS_PER_HOUR, MS_PER_MINUTE } from '../../../src-shared/util/units.ts';

/** What is known of a listed recording after its folder was indexed. */
export interface RecordingEvidence {
  readonly nodeStatus: 'active' | 'completed' | 'failed';
  /** The node lists it as active but does not record it: it was killed, or has begun another one since. */
  readonly isAbandoned: boolean;
  /** How long its end has been known, milliseconds; null while it is not. */
  readonly endedForMs: number | null;
  /** Since its end by the clock of the node, milliseconds; null while that is not known. */
  readonly endedAgoMs: number | null;
  /** Segments in the index now. */
  readonly segmentCount: number;
  /** A file is still being written. */
  readonly isUnfinished: boolean;
  /** Segments that the manifest lists and the storage does not have. */
  readonly missingCount: number;
  /** Nothing more of it can come: its manifest is the last one, or its media reach to its end. */
  readonly isFinal: boolean;
}

export type RecordingDecision =
  /** It goes on: look again with the next tick. Never to be acknowledged. */
  | { readonly kind: 'follow' }
  /** It has ended, but not all of it is there. */
  | { readonly kind: 'wait'; readonly problem: string | null }
  /** All of it is indexed, or will never be: it may be acknowledged. */
  | { readonly kind: 'settle'; readonly status: 'completed' | 'failed'; readonly problem: string | null };

/** Nodes upload behind their recorder; what is not there so long after the end is not coming. */
const UPLOAD_MS = 10 * MS_PER_MINUTE;
/** A recording that ended so long ago has nothing on its way. */
const LONG_AGO_MS = MS_PER_HOUR;

/** What to do about a recording. A status is not believed: what media there is decides. */
export function decideRecording(evidence: RecordingEvidence): RecordingDecision {
  const {
    endedAgoMs,
    endedForMs,
    isAbandoned,
    isFinal,
    isUnfinished,
    missingCount,
    nodeStatus,
    segmentCount,
  } = evidence;
  if (nodeStatus === 'active' && !isAbandoned) return { kind: 'follow' };
  if (isUnfinished) return { kind: 'wait', problem: null };
  const isWorthWaiting = (endedForMs ?? 0) < UPLOAD_MS && (endedAgoMs ?? 0) < LONG_AGO_MS;
  if (segmentCount === 0) {
    const problem = 'No media of it are in the storage, nor on its node.';
    return isWorthWaiting ? { kind: 'wait', problem } : { kind: 'settle', status: 'failed', problem };
  }
  if (missingCount > 0) {
    const problem = `${missingCount} segments that its manifest lists are not in the storage.`;
    return isWorthWaiting ? { kind: 'wait', problem } : { kind: 'settle', status: 'completed', problem };
  }
  if (!isFinal) {
    const problem = isWorthWaiting
      ? 'Its last manifest is not in the storage yet: the end of it may still be on its way.'
      : 'Its last manifest never came into the storage: the node was killed, or the end of it was not uploaded.';
    return isWorthWaiting ? { kind: 'wait', problem } : { kind: 'settle', status: 'completed', problem };
  }
  return { kind: 'settle', status: 'completed', problem: null };
}

/** Answers in a row that say that a stream is not recorded before its active recording counts as abandoned. */
const IDLE_UNTIL_ABANDONED = 2;

/**
 * Whether an active recording is over without the node saying so.
 *
 * A node records a stream once at a time, so of several active ones only the newest can be running. `idleCount` says
 * how often in a row the node has said that it does not record the stream; one such answer may have crossed a stop.
 */
export function isAbandoned(isNewestOfStream: boolean, idleCount: number): boolean {
  return !isNewestOfStream || idleCount >= IDLE_UNTIL_ABANDONED;
}

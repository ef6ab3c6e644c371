/** What the watchdog sees of one stream on one node. */
export interface RecordingHealth {
  readonly shouldRecord: boolean;
  /** For how long media have come; null while they do not. */
  readonly liveForMs: number | null;
  /** What the node says; null when it cannot be asked. */
  readonly isRecording: boolean | null;
  /** For how long it has said so. */
  readonly recordingForMs: number;
  /** Whether segments of the node come into the index. */
  readonly isFollowed: boolean;
  /** Null when none came since the start of the program. */
  readonly lastSegmentAgoMs: number | null;
  readonly segmentMs: number;
}

/**
 * Starting takes up to one tick and one call. The alarm is to come within 15 s of the publisher: in a large cluster its
 * node is asked after 5 s, and the watchdog looks every 2 s.
 */
const GRACE_MS = 7000;
/** A recording of which so many segments did not come is silent. */
export const MISSED_SEGMENTS = 3;

/**
 * `missing`: published but not recorded although it should be; `stalled`: recorded, but no new segment for three
 * segment lengths. Null when all is well, and while nobody publishes.
 */
export function judgeRecording(health: RecordingHealth): 'missing' | 'stalled' | null {
  const { isFollowed, isRecording, lastSegmentAgoMs, liveForMs, recordingForMs, segmentMs } = health;
  if (liveForMs === null) return null;
  // Nodes that cannot be asked record as long as their segments come.
  const hasSegments = lastSegmentAgoMs !== null && lastSegmentAgoMs <= liveForMs;
  const isTaken = isRecording === true || (isRecording === null && hasSegments);
  if (!isTaken) return health.shouldRecord && liveForMs >= GRACE_MS ? 'missing' : null;
  if (!isFollowed) return null;
  const startedForMs = isRecording === true ? recordingForMs : Number.POSITIVE_INFINITY;
  const silentForMs = Math.min(liveForMs, startedForMs, lastSegmentAgoMs ?? Number.POSITIVE_INFINITY);
  return silentForMs > MISSED_SEGMENTS * segmentMs ? 'stalled' : null;
}

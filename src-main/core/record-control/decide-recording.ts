/** What is known of one stream on one node. */
export interface RecordingSight {
  /** `auto_record` covers it, on this node. */
  readonly isAutomatic: boolean;
  /** The operator's word: `operator` started it by hand, `stopped` ended it by hand. */
  readonly wish: 'operator' | 'stopped' | null;
  /** Media come and the node knows their codecs: a start does not hang. */
  readonly canStart: boolean;
  /** Whether the node can record at all. */
  readonly isAble: boolean;
  /** Whether it can be asked and stopped. */
  readonly hasStatus: boolean;
  /** What it said last; null when it was not asked yet. */
  readonly isRecording: boolean | null;
  /** Segments of it have come in lately. */
  readonly isIndexed: boolean;
  readonly checkedAgoMs: number;
  /** Age of the running recording; null when it is not known. */
  readonly ageMs: number | null;
  /** Back-off after failures; 0 or less when it may be tried. */
  readonly retryInMs: number;
}

export interface RecordingRules {
  /** 0: recordings are not rotated. */
  readonly maxRecordingMs: number;
  /** How long an answer of the node is believed. */
  readonly recheckMs: number;
  /** A recording ended and begun again gets a folder of its own. */
  readonly canRotate: boolean;
}

/** Whether the stream ought to be recorded on this node now. */
export function shouldRecord({ isAutomatic, wish }: RecordingSight): boolean {
  return wish === 'operator' || (isAutomatic && wish !== 'stopped');
}

/**
 * The next call for one stream on one node: `check` asks whether it records, `start` and `rotate` change that.
 *
 * What was started by hand is not started again by itself: that it ended is the operator's to know.
 */
export function decideRecording(
  sight: RecordingSight,
  rules: RecordingRules,
): 'nothing' | 'check' | 'start' | 'rotate' {
  const { checkedAgoMs, hasStatus, isAble, isAutomatic, isIndexed, isRecording, wish } = sight;
  if (!isAble || sight.retryInMs > 0) return 'nothing';
  const isTracked = shouldRecord(sight) || isRecording === true || isIndexed;
  if (isTracked && hasStatus && checkedAgoMs >= rules.recheckMs) return 'check';
  if (!isAutomatic || wish === 'stopped' || !sight.canStart) return 'nothing';
  if (isRecording !== true) return 'start';
  const isOver = rules.maxRecordingMs > 0 && sight.ageMs !== null && sight.ageMs >= rules.maxRecordingMs;
  return isOver && rules.canRotate && hasStatus ? 'rotate' : 'nothing';
}

const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 5 * 60_000;

/** How long a start is not tried again after `failures` in a row (from 1). */
export function retryAfterMs(failures: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1));
}

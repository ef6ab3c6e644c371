/** What is known now of a recording that is listed as running. */
export interface RunningSight {
  /** `gone`: not in the cluster; `away`: it does not answer. */
  readonly node: 'gone' | 'away' | 'here';
  /** The node has the stream. */
  readonly hasStream: boolean;
  /** Whether it can be asked what it records. */
  readonly hasStatus: boolean;
  /** What it said last; null when it was not asked or cannot be. */
  readonly isRecording: boolean | null;
  /** Another recording of the stream runs there, in another folder. */
  readonly isReplaced: boolean;
  readonly isPublished: boolean;
  /** Since the publisher came, milliseconds; null while there is none. */
  readonly publishedForMs: number | null;
  /** Since the recording began, milliseconds. */
  readonly ageMs: number;
}

/** Clocks of nodes differ from ours. */
const CLOCKS_MS = 60_000;

/** Whether a recording has ended, `ask` where its node has to say. A node that is away may go on recording. */
export function judgeEnd(sight: RunningSight): 'running' | 'ended' | 'ask' {
  const { ageMs, hasStatus, hasStream, isPublished, isRecording, isReplaced, node, publishedForMs } = sight;
  if (node === 'away') return 'running';
  if (node === 'gone' || !hasStream || isReplaced) return 'ended';
  if (hasStatus) return isRecording === null ? 'ask' : isRecording ? 'running' : 'ended';
  // These record until their publisher goes.
  if (isRecording === true) return 'running';
  return !isPublished || (publishedForMs ?? 0) < ageMs - CLOCKS_MS ? 'ended' : 'running';
}

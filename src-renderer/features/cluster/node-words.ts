import type { NodeState, NodeView } from '../../../src-shared/model/node-view.ts';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import { formatLatencyMs } from '../../format/numbers.ts';

const STATE_WORDS: Readonly<Record<NodeState, string>> = {
  up: 'Up',
  slow: 'Slow',
  'auth-failed': 'Token refused',
  down: 'Down',
  unknown: 'Not asked yet',
};

const STATE_TONES: Readonly<Record<NodeState, DotTone>> = {
  up: 'ok',
  slow: 'warn',
  'auth-failed': 'bad',
  down: 'bad',
  unknown: 'idle',
};

/** A clock that is off by more than this spoils recorded times noticeably. */
export const CLOCK_ALARM_MS = 2000;

export function stateWord(state: NodeState): string {
  return STATE_WORDS[state];
}

/** The state of a node; a token that we cannot read is no refusal of the node's. */
export function nodeWord({ isTokenLocked, state }: Pick<NodeView, 'state' | 'isTokenLocked'>): string {
  return state === 'auth-failed' && isTokenLocked ? 'Token locked' : stateWord(state);
}

export function stateTone(state: NodeState): DotTone {
  return STATE_TONES[state];
}

/** Whether its figures are of now. */
export function isAnswering(node: Pick<NodeView, 'state'>): boolean {
  return node.state === 'up' || node.state === 'slow';
}

export function isClockOff(node: Pick<NodeView, 'clockOffsetMs'>): boolean {
  return node.clockOffsetMs !== null && Math.abs(node.clockOffsetMs) > CLOCK_ALARM_MS;
}

/** Whether an operator should look at it. */
export function needsAttention(node: NodeView): boolean {
  return node.state !== 'up' || isClockOff(node);
}

/** "18 ms", or "silent 2 min" for a node that does not answer. */
export function latencyText(node: NodeView, nowMs: number): string {
  if (isAnswering(node)) return formatLatencyMs(node.latencyMs);
  if (node.state !== 'down' || node.lastSeenMs === null) return '–';
  return `silent ${formatSpanMs(nowMs - node.lastSeenMs)}`;
}

/** "v0.9.0-108" of `git describe`'s "v0.9.0-108-g42205144"; other versions as they are. */
export function shortVersion(version: string): string {
  return version.replace(/-g[0-9a-f]{7,}$/, '');
}

/** "Up for 6 d 4 h". */
export function stateSentence(node: NodeView, nowMs: number): string {
  if (node.state === 'unknown') return 'Not asked yet';
  return `${nodeWord(node)} for ${formatSpanMs(nowMs - node.sinceMs)}`;
}

/** "2.14 s ahead", "3.00 s behind". */
export function clockWords(offsetMs: number): string {
  return `${(Math.abs(offsetMs) / 1000).toFixed(2)} s ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}

import type { NodeState } from '../../../src-shared/model/node-view.ts';
import type { NodeFailure } from './node-client.ts';

/** Health of a node: its state, since when, and why in words. */
export interface NodeHealth {
  readonly state: NodeState;
  readonly sinceMs: number;
  readonly reason: string | null;
  readonly failuresInRow: number;
  /** Answers in a row that speak for the other of up and slow. */
  readonly paceStreak: number;
}

/** Answers later than this count as late. */
export const SLOW_MS = 500;
/** A slow node is called up again only when its answers are clearly in time, so that it does not flap. */
const IN_TIME_MS = 350;
const LATE_UNTIL_SLOW = 3;
const IN_TIME_UNTIL_UP = 3;
/** One lost answer is not yet a dead node, unless the connection is refused outright. */
const FAILURES_UNTIL_DOWN = 2;

/** The health of a node that nobody has asked yet. */
export function unknownHealth(nowMs: number): NodeHealth {
  return { state: 'unknown', sinceMs: nowMs, reason: null, failuresInRow: 0, paceStreak: 0 };
}

/** The state after an answer that took `roundTripMs`. */
export function healthAfterAnswer(previous: NodeHealth, roundTripMs: number, nowMs: number): NodeHealth {
  const wasSlow = previous.state === 'slow';
  const isAgainst = wasSlow ? roundTripMs < IN_TIME_MS : roundTripMs > SLOW_MS;
  const paceStreak = isAgainst ? previous.paceStreak + 1 : 0;
  const isTurned = paceStreak >= (wasSlow ? IN_TIME_UNTIL_UP : LATE_UNTIL_SLOW);
  const isSlow = wasSlow !== isTurned;
  const reason = isSlow ? `It takes ${Math.round(roundTripMs)} ms to answer.` : null;
  const next = { state: isSlow ? 'slow' : 'up', reason, failuresInRow: 0, paceStreak } as const;
  return change(previous, { ...next, paceStreak: isTurned ? 0 : paceStreak }, nowMs);
}

/** The state after a failed call. */
export function healthAfterFailure(previous: NodeHealth, failure: NodeFailure, nowMs: number): NodeHealth {
  const { reason } = failure;
  const failuresInRow = previous.failuresInRow + 1;
  const isSure = failure.kind === 'refused' || failuresInRow >= FAILURES_UNTIL_DOWN;
  const state = failure.kind === 'unauthorized' ? 'auth-failed' : isSure ? 'down' : previous.state;
  return change(previous, { state, reason, failuresInRow, paceStreak: 0 }, nowMs);
}

/** Whether a node in this state may be given work and its streams believed. */
export function isUsable(state: NodeState): boolean {
  return state === 'up' || state === 'slow';
}

/** Whether nothing is known of a node, as its first call is still to come or to be answered. */
export function isUnasked({ failuresInRow, state }: NodeHealth): boolean {
  return state === 'unknown' && failuresInRow === 0;
}

function change(previous: NodeHealth, next: Omit<NodeHealth, 'sinceMs'>, nowMs: number): NodeHealth {
  return { ...next, sinceMs: next.state === previous.state ? previous.sinceMs : nowMs };
}

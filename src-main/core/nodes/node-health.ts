import type { NodeState } from '../../../src-shared/model/node-view.ts';
import type { NodeFailure } from './node-client.ts';

/** Health of a node: its state, since when, and why in words. */
export interface NodeHealth {
  readonly state: NodeState;
  readonly sinceMs: number;
  readonly reason: string | null;
  readonly failuresInRow: number;
}

/** Answers later than this are called slow. */
export const SLOW_MS = 500;
/** One lost answer is not yet a dead node, unless the connection is refused outright. */
const FAILURES_UNTIL_DOWN = 2;

/** The state after an answer that took `roundTripMs`. */
export function healthAfterAnswer(previous: NodeHealth, roundTripMs: number, nowMs: number): NodeHealth {
  const isSlow = roundTripMs > SLOW_MS;
  const reason = isSlow ? `It takes ${Math.round(roundTripMs)} ms to answer.` : null;
  return change(previous, isSlow ? 'slow' : 'up', reason, 0, nowMs);
}

/** The state after a failed call. */
export function healthAfterFailure(previous: NodeHealth, failure: NodeFailure, nowMs: number): NodeHealth {
  const failuresInRow = previous.failuresInRow + 1;
  if (failure.kind === 'unauthorized') {
    return change(previous, 'auth-failed', failure.reason, failuresInRow, nowMs);
  }
  const isSure = failure.kind === 'refused' || failuresInRow >= FAILURES_UNTIL_DOWN;
  const state = isSure && previous.state !== 'unknown' ? 'down' : previous.state;
  return change(previous, state, failure.reason, failuresInRow, nowMs);
}

/** Whether a node in this state may be given work and its streams believed. */
export function isUsable(state: NodeState): boolean {
  return state === 'up' || state === 'slow';
}

function change(
  previous: NodeHealth,
  state: NodeState,
  reason: string | null,
  failuresInRow: number,
  nowMs: number,
): NodeHealth {
  const sinceMs = state === previous.state ? previous.sinceMs : nowMs;
  return { state, sinceMs, reason, failuresInRow };
}

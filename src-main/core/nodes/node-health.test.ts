import { expect, it } from 'vitest';
import { callFailure, statusFailure } from './node-client.ts';
import { healthAfterAnswer, healthAfterFailure, type NodeHealth, unknownHealth } from './node-health.ts';

const up: NodeHealth = { state: 'up', sinceMs: 1, reason: null, failuresInRow: 0, paceStreak: 0 };
const refused = callFailure(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 5000);
const timeout = callFailure(new DOMException('x', 'TimeoutError'), 5000);

it('keeps since-when while the state stays', () => {
  expect(healthAfterAnswer(up, 3, 50)).toEqual({ ...up });
  expect(healthAfterAnswer({ ...up, state: 'down' }, 3, 50)).toMatchObject({ state: 'up', sinceMs: 50 });
});

/** The states that answers of these round trips lead through. */
function statesAfter(roundTripsMs: readonly number[]): string[] {
  let health = up;
  return roundTripsMs.map((roundTripMs, index) => {
    health = healthAfterAnswer(health, roundTripMs, 50 + index);
    return health.state;
  });
}

it('calls a node slow after three late answers in a row, and says how late', () => {
  expect(statesAfter([640, 640, 20, 640, 640, 640])).toEqual(['up', 'up', 'up', 'up', 'up', 'slow']);
  const slow = [640, 650, 660].reduce((health, ms) => healthAfterAnswer(health, ms, 50), up);
  expect(slow).toMatchObject({ state: 'slow', reason: 'It takes 660 ms to answer.' });
});

it('leaves slow only after three answers that are clearly in time', () => {
  const slow = [640, 640, 640];
  expect(statesAfter([...slow, 490, 490, 490, 490]).slice(3)).toEqual(['slow', 'slow', 'slow', 'slow']);
  expect(statesAfter([...slow, 10, 10, 600, 10, 10, 10]).slice(3)).toEqual([
    'slow',
    'slow',
    'slow',
    'slow',
    'slow',
    'up',
  ]);
});

it('needs two lost answers, but only one refusal, for down', () => {
  const first = healthAfterFailure(up, timeout, 50);
  expect(first.state).toBe('up');
  expect(healthAfterFailure(first, timeout, 60)).toMatchObject({ state: 'down', sinceMs: 60 });
  expect(healthAfterFailure(up, refused, 50)).toMatchObject({ state: 'down', sinceMs: 50 });
});

it('calls a node that was never reached down as any other', () => {
  const never = unknownHealth(1);
  expect(healthAfterFailure(never, timeout, 5)).toMatchObject({ state: 'unknown', reason: timeout.reason });
  expect(healthAfterFailure(never, refused, 5)).toMatchObject({ state: 'down', sinceMs: 5 });
});

it('tells a refused token from a dead node', () => {
  expect(healthAfterFailure(up, statusFailure(401), 50)).toMatchObject({ state: 'auth-failed' });
});

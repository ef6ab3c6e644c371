import { expect, it } from 'vitest';
import { callFailure, statusFailure } from './node-client.ts';
import { healthAfterAnswer, healthAfterFailure, type NodeHealth } from './node-health.ts';

const up: NodeHealth = { state: 'up', sinceMs: 1, reason: null, failuresInRow: 0 };
const refused = callFailure(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 5000);
const timeout = callFailure(new DOMException('x', 'TimeoutError'), 5000);

it('keeps since-when while the state stays', () => {
  expect(healthAfterAnswer(up, 3, 50)).toEqual({ ...up });
  expect(healthAfterAnswer({ ...up, state: 'down' }, 3, 50)).toMatchObject({ state: 'up', sinceMs: 50 });
});

it('calls a late answer slow and says how late', () => {
  expect(healthAfterAnswer(up, 640, 50)).toMatchObject({
    state: 'slow',
    reason: 'It takes 640 ms to answer.',
  });
});

it('needs two lost answers, but only one refusal, for down', () => {
  const first = healthAfterFailure(up, timeout, 50);
  expect(first.state).toBe('up');
  expect(healthAfterFailure(first, timeout, 60)).toMatchObject({ state: 'down', sinceMs: 60 });
  expect(healthAfterFailure(up, refused, 50)).toMatchObject({ state: 'down', sinceMs: 50 });
});

it('leaves a node that was never reached unknown, and says why', () => {
  const never: NodeHealth = { ...up, state: 'unknown' };
  expect(healthAfterFailure(healthAfterFailure(never, refused, 5), refused, 9)).toMatchObject({
    state: 'unknown',
    reason: expect.stringContaining('refused'),
  });
});

it('tells a refused token from a dead node', () => {
  expect(healthAfterFailure(up, statusFailure(401), 50)).toMatchObject({ state: 'auth-failed' });
});

import { expect, it } from 'vitest';
import type { NodeState } from '../../../src-shared/model/node-view.ts';
import { unknownHealth } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { nodeTroubles } from './node-rules.ts';

function snapshot(state: NodeState, clockOffset: NodeSnapshot['clockOffset'] = null): NodeSnapshot {
  return {
    node: { alias: 'edge', url: 'http://n', token: '', mode: 'poll', site: '', origin: 'config' },
    health: { ...unknownHealth(0), state, reason: 'Because.' },
    identity: null,
    strategy: null,
    streams: [],
    load: { viewerCount: 0, bitrateInBps: 0, bitrateOutBps: 0 },
    growth: new Map(),
    silent: new Set(),
    lastSeenMs: null,
    latencyMs: null,
    samples: [],
    clockOffset,
    feedProblem: null,
  };
}
const told = (state: NodeState, offset?: NodeSnapshot['clockOffset']) =>
  Object.fromEntries(
    Object.entries(nodeTroubles(snapshot(state, offset))).map(([kind, trouble]) => [
      kind,
      trouble && 'wrong',
    ]),
  );

it('tells by the state of a node what is wrong, what is not and what cannot be told', () => {
  expect(told('up')).toEqual({ 'node-down': null, 'auth-failed': null, 'clock-skew': undefined });
  expect(told('slow')).toMatchObject({ 'node-down': null, 'auth-failed': null });
  expect(told('down')).toEqual({ 'node-down': 'wrong', 'auth-failed': undefined, 'clock-skew': undefined });
  expect(told('auth-failed')).toMatchObject({ 'node-down': null, 'auth-failed': 'wrong' });
  expect(told('unknown')).toEqual({
    'node-down': undefined,
    'auth-failed': undefined,
    'clock-skew': undefined,
  });
});

it.each([
  [{ minMs: 2100, maxMs: 2900 }, 'wrong'],
  [{ minMs: -2900, maxMs: -2100 }, 'wrong'],
  [{ minMs: 1700, maxMs: 2700 }, undefined],
  [{ minMs: 1650, maxMs: 1750 }, undefined],
  [{ minMs: -400, maxMs: 600 }, null],
])('a clock that is off by %j is told as %s', (offset, expected) => {
  expect(told('up', offset)['clock-skew']).toBe(expected);
});

it('says how far and which way', () => {
  const { 'clock-skew': trouble } = nodeTroubles(snapshot('up', { minMs: -3010, maxMs: -2990 }));
  expect(trouble?.text).toContain('The clock of edge is 3.0 s behind');
  expect(trouble?.details).toEqual({ offsetMs: -3000 });
});

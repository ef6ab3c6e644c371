import { describe, expect, it } from 'vitest';
import {
  decideRecording,
  type RecordingRules,
  type RecordingSight,
  retryAfterMs,
} from './decide-recording.ts';

const sight: RecordingSight = {
  isAutomatic: true,
  wish: null,
  canStart: true,
  isAble: true,
  hasStatus: true,
  isRecording: true,
  isIndexed: false,
  checkedAgoMs: 0,
  ageMs: 1000,
  retryInMs: Number.NEGATIVE_INFINITY,
};
const rules: RecordingRules = { maxRecordingMs: 60_000, recheckMs: 5000, canRotate: true };

describe('decideRecording', () => {
  it.each<[string, Partial<RecordingSight>, Partial<RecordingRules>, string]>([
    ['leaves a running one alone', {}, {}, 'nothing'],
    ['asks again after a while', { checkedAgoMs: 5000 }, {}, 'check'],
    ['asks first', { checkedAgoMs: Number.POSITIVE_INFINITY, isRecording: null }, {}, 'check'],
    ['starts what is not recorded', { isRecording: false }, {}, 'start'],
    ['does not start without media', { isRecording: false, canStart: false }, {}, 'nothing'],
    ['does not start on a node that cannot', { isRecording: false, isAble: false }, {}, 'nothing'],
    ['does not start during a back-off', { isRecording: false, retryInMs: 1 }, {}, 'nothing'],
    ['starts when the back-off is over', { isRecording: false, retryInMs: 0 }, {}, 'start'],
    ['respects a stop by hand', { isRecording: false, wish: 'stopped' }, {}, 'nothing'],
    [
      'asks nothing about what was stopped',
      { isRecording: false, wish: 'stopped', checkedAgoMs: 9e9 },
      {},
      'nothing',
    ],
    [
      'does not start again what was by hand',
      { isAutomatic: false, wish: 'operator', isRecording: false },
      {},
      'nothing',
    ],
    [
      'looks after what was started by hand',
      { isAutomatic: false, wish: 'operator', checkedAgoMs: 9e9 },
      {},
      'check',
    ],
    [
      'looks after what its segments tell of',
      { isAutomatic: false, isRecording: null, isIndexed: true, checkedAgoMs: 9e9 },
      {},
      'check',
    ],
    [
      'does nothing about others',
      { isAutomatic: false, isRecording: null, checkedAgoMs: 9e9 },
      {},
      'nothing',
    ],
    [
      'starts without asking where nobody can be asked',
      { hasStatus: false, isRecording: null, checkedAgoMs: 9e9 },
      {},
      'start',
    ],
    ['starts there once', { hasStatus: false, checkedAgoMs: 9e9 }, {}, 'nothing'],
    ['rotates at the age', { ageMs: 60_000 }, {}, 'rotate'],
    ['not before it', { ageMs: 59_999 }, {}, 'nothing'],
    ['not where a new one would overwrite it', { ageMs: 60_000 }, { canRotate: false }, 'nothing'],
    ['not when it is off', { ageMs: 9e9 }, { maxRecordingMs: 0 }, 'nothing'],
    ['not while nobody publishes', { ageMs: 9e9, canStart: false }, {}, 'nothing'],
    ['not what was started by hand', { ageMs: 9e9, isAutomatic: false, wish: 'operator' }, {}, 'nothing'],
    ['not where nobody can stop it', { ageMs: 9e9, hasStatus: false }, {}, 'nothing'],
  ])('%s', (_, change, ruleChange, expected) => {
    expect(decideRecording({ ...sight, ...change }, { ...rules, ...ruleChange })).toBe(expected);
  });
});

it('waits longer after each failure, up to five minutes', () => {
  expect([1, 2, 3, 7, 50].map(retryAfterMs)).toEqual([5000, 10_000, 20_000, 300_000, 300_000]);
});

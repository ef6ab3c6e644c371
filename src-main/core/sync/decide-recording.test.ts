import { expect, it } from 'vitest';
import { decideRecording, isAbandoned, type RecordingEvidence } from './decide-recording.ts';

const MINUTE_MS = 60_000;
const whole: RecordingEvidence = {
  nodeStatus: 'completed',
  isAbandoned: false,
  endedForMs: 0,
  endedAgoMs: 1000,
  segmentCount: 8,
  isUnfinished: false,
  missingCount: 0,
  isFinal: true,
};

it('never settles what goes on', () => {
  expect(decideRecording({ ...whole, nodeStatus: 'active' })).toEqual({ kind: 'follow' });
});

it('settles what has ended once all of it is indexed', () => {
  expect(decideRecording(whole)).toEqual({ kind: 'settle', status: 'completed', problem: null });
  expect(decideRecording({ ...whole, isUnfinished: true })).toEqual({ kind: 'wait', problem: null });
  expect(decideRecording({ ...whole, missingCount: 2 })).toMatchObject({ kind: 'wait' });
});

it('gives up what is missing after ten minutes, or at once when it ended long ago', () => {
  const lacking = { ...whole, missingCount: 2 };
  const settled = { kind: 'settle', status: 'completed', problem: expect.stringMatching(/2 segments/) };
  expect(decideRecording({ ...lacking, endedForMs: 9 * MINUTE_MS })).toMatchObject({ kind: 'wait' });
  expect(decideRecording({ ...lacking, endedForMs: 10 * MINUTE_MS })).toEqual(settled);
  expect(decideRecording({ ...lacking, endedAgoMs: 61 * MINUTE_MS })).toEqual(settled);
});

it('waits for the end of what an upload queue still holds, and says so of what never came', () => {
  const cutOff = { ...whole, isFinal: false };
  expect(decideRecording(cutOff)).toMatchObject({
    kind: 'wait',
    problem: expect.stringMatching(/on its way/),
  });
  const settled = { kind: 'settle', status: 'completed', problem: expect.stringMatching(/never came/) };
  expect(decideRecording({ ...cutOff, endedForMs: 10 * MINUTE_MS })).toEqual(settled);
  expect(decideRecording({ ...cutOff, endedAgoMs: 61 * MINUTE_MS })).toEqual(settled);
});

it('believes media, not the status', () => {
  expect(decideRecording({ ...whole, nodeStatus: 'failed' })).toMatchObject({ status: 'completed' });
  const empty = { ...whole, segmentCount: 0, endedForMs: 11 * MINUTE_MS };
  expect(decideRecording(empty)).toMatchObject({ kind: 'settle', status: 'failed' });
  expect(decideRecording({ ...empty, endedForMs: 0 })).toMatchObject({ kind: 'wait' });
});

it('takes an active recording for over when another began, or twice nothing is recorded', () => {
  expect(isAbandoned(true, 0)).toBe(false);
  expect(isAbandoned(true, 1)).toBe(false);
  expect(isAbandoned(true, 2)).toBe(true);
  expect(isAbandoned(false, 0)).toBe(true);
  expect(decideRecording({ ...whole, nodeStatus: 'active', isAbandoned: true })).toMatchObject({
    kind: 'settle',
  });
});

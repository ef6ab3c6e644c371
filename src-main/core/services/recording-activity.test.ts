import { expect, it } from 'vitest';
import type { Clock } from '../base/clock.ts';
import { RecordingTracker } from './recording-activity.ts';

const NOW_MS = 1_800_000_000_000;
const clock = { nowMs: () => NOW_MS } as Clock;
const freshUs = (NOW_MS - 10_000) * 1000;
const oldUs = (NOW_MS - 61_000) * 1000;

it('takes recorded time of the last minute for recording', () => {
  const tracker = new RecordingTracker(clock);
  tracker.note('cam1', 'a', freshUs);
  tracker.note('cam1', 'b', oldUs);
  tracker.note('cam2', 'a', oldUs);
  expect([tracker.isRecording('cam1'), tracker.isRecording('cam2'), tracker.isRecording('cam3')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([tracker.isRecording('cam1', 'a'), tracker.isRecording('cam1', 'b')]).toEqual([true, false]);
  expect(tracker.lagMs()).toBe(10_000);
});

it('believes the word of a node more', () => {
  const tracker = new RecordingTracker(clock);
  tracker.note('stopped', 'a', freshUs);
  tracker.note('moved', 'a', freshUs);
  tracker.note('moved', 'b', freshUs);
  tracker.believe({
    saysNode: (stream, alias) => (stream === 'begun' ? true : alias === 'a' ? false : null),
    recordedStreams: () => new Set(['begun']),
  });
  expect(tracker.isRecording('begun')).toBe(true);
  expect(tracker.isRecording('begun', 'a')).toBe(true);
  expect(tracker.isRecording('stopped')).toBe(false);
  expect(tracker.isRecording('moved', 'a')).toBe(false);
  expect(tracker.isRecording('moved')).toBe(true);
});

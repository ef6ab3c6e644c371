import { describe, expect, it } from 'vitest';
import { judgeRecording, type RecordingHealth } from './judge-recording.ts';

const well: RecordingHealth = {
  shouldRecord: true,
  liveForMs: 600_000,
  isRecording: true,
  recordingForMs: 500_000,
  isFollowed: true,
  lastSegmentAgoMs: 5000,
  segmentMs: 10_000,
};

describe('judgeRecording', () => {
  it.each<[string, Partial<RecordingHealth>, ReturnType<typeof judgeRecording>]>([
    ['all is well', {}, null],
    ['nobody publishes', { liveForMs: null, isRecording: false }, null],
    ['not recorded', { isRecording: false }, 'missing'],
    ['not recorded, but nobody wants it', { isRecording: false, shouldRecord: false }, null],
    ['not recorded yet', { isRecording: false, liveForMs: 6999 }, null],
    [
      'not recorded any more, although segments came just now',
      { isRecording: false, lastSegmentAgoMs: 0 },
      'missing',
    ],
    ['silent for three segments', { lastSegmentAgoMs: 30_001 }, 'stalled'],
    ['silent for less', { lastSegmentAgoMs: 30_000 }, null],
    ['silent although nobody wants it', { lastSegmentAgoMs: 30_001, shouldRecord: false }, 'stalled'],
    ['never a segment', { lastSegmentAgoMs: null }, 'stalled'],
    ['never a segment, started lately', { lastSegmentAgoMs: null, recordingForMs: 20_000 }, null],
    ['silent, but published lately', { lastSegmentAgoMs: 90_000, liveForMs: 20_000 }, null],
    ['silent on a node that does not report', { lastSegmentAgoMs: null, isFollowed: false }, null],
    ['cannot be asked, segments come', { isRecording: null }, null],
    ['cannot be asked, segments have stopped', { isRecording: null, lastSegmentAgoMs: 31_000 }, 'stalled'],
    ['cannot be asked, never a segment', { isRecording: null, lastSegmentAgoMs: null }, 'missing'],
    [
      'cannot be asked, segments of an earlier publisher',
      { isRecording: null, lastSegmentAgoMs: 700_000 },
      'missing',
    ],
  ])('%s', (_, change, expected) => {
    expect(judgeRecording({ ...well, ...change })).toBe(expected);
  });
});

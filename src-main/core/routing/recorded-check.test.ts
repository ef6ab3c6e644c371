import { describe, expect, it } from 'vitest';
import { createRecordedCheck } from './recorded-check.ts';

const config = (change: { enabled?: boolean; auto_streams?: string[] }) => ({
  enabled: true,
  auto_streams: [],
  base_prefix: '',
  tick_ms: 5000,
  max_recording_seconds: 0,
  ...change,
});
const activity = { isRecording: (stream: string) => stream === 'now' };

describe('createRecordedCheck', () => {
  it.each([
    [['*'], 'cam1', true],
    [['*'], '.hidden', true],
    [['cam?'], 'cam1', true],
    [['cam?'], 'cam10', false],
    [['cam[12]'], 'cam2', true],
    [['cam[12]'], 'cam3', false],
    [['cam{1,2}'], 'cam1', false],
    [['yard*', 'gate*'], 'gate-north', true],
    [[], 'cam1', false],
    [[], 'now', true],
  ])('by %j %s: %s', (auto_streams, stream, expected) => {
    expect(createRecordedCheck(config({ auto_streams }), activity)(stream)).toBe(expected);
  });

  it('looks at no pattern while automatic recording is off', () => {
    const isRecorded = createRecordedCheck(config({ enabled: false, auto_streams: ['*'] }), activity);
    expect([isRecorded('cam1'), isRecorded('now')]).toEqual([false, true]);
  });
});

import { describe, expect, it } from 'vitest';
import { createPatternCheck } from './recorded-check.ts';

const config = (change: { enabled?: boolean; auto_streams?: string[] }) => ({
  enabled: true,
  auto_streams: [],
  base_prefix: '',
  tick_ms: 5000,
  max_recording_seconds: 0,
  restart_stalled: 0,
  ...change,
});

describe('createPatternCheck', () => {
  it.each([
    [['*'], 'cam1', true],
    [['*'], '.hidden', true],
    [['cam?'], 'cam1', true],
    [['cam?'], 'cam10', false],
    [['cam[12]'], 'cam2', true],
    [['cam[12]'], 'cam3', false],
    [['yard*', 'gate*'], 'gate-north', true],
    [[], 'cam1', false],
  ])('by %j %s: %s', (auto_streams, stream, expected) => {
    expect(createPatternCheck(config({ auto_streams }))(stream)).toBe(expected);
  });

  it('looks at no pattern while automatic recording is off', () => {
    expect(createPatternCheck(config({ enabled: false, auto_streams: ['*'] }))('cam1')).toBe(false);
  });
});

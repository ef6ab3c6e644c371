import { describe, expect, it } from 'vitest';
import { codecName } from '../player/player-recovery.ts';
import { clockSourceText, clockText, formatText, repairText, segmentText } from './instant-texts.ts';

describe('words about an instant', () => {
  it('tells exact from estimated times', () => {
    expect(clockText('reported', 12)).toBe('exact · node +12 ms');
    expect(clockText('arrival', null)).toBe('estimated from the arrival of its report');
    expect(clockSourceText('index')).toBe('exact, from the node’s index');
  });

  it('says length, size, repair and format', () => {
    expect(segmentText({ startUs: 0, endUs: 10_030_000, sizeBytes: 1_200_000 })).toBe('10.03 s · 1.20 MB');
    expect(segmentText({ startUs: 0, endUs: 10_030_000, sizeBytes: null })).toBe('10.03 s');
    expect([0, 1, 3].map(repairText)).toEqual([
      'none needed',
      '1 repeated packet left out',
      '3 repeated packets left out',
    ]);
    const segment = { videoCodec: 'avc1.42e01f', audioCodec: 'opus', width: 1280, height: 720 };
    expect(formatText(segment, codecName)).toBe('H.264 · 1280 × 720 · opus');
    expect(
      formatText({ videoCodec: null, audioCodec: null, width: null, height: null }, codecName),
    ).toBeNull();
  });
});

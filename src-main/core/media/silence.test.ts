import { describe, expect, it } from 'vitest';
import { parseInitSegment } from './init-segment.ts';
import { parseSegmentHeader } from './media-segment.ts';
import { SILENCE_TIMESCALE, silentInitSegment, silentSegment } from './silence.ts';

describe('silence', () => {
  it('has an init segment like a recorded one', () => {
    expect(parseInitSegment(silentInitSegment(2))).toMatchObject({
      track: 'audio',
      trackId: 2,
      timescale: SILENCE_TIMESCALE,
      codecString: 'opus',
      channels: 2,
      sampleRateHz: 48_000,
      isPlayable: true,
    });
    expect(parseInitSegment(silentInitSegment(1)).channels).toBe(1);
  });

  it.each([1, 959, 960, 961, 480_000, 500_001])('lasts exactly %i ticks', (durationTicks) => {
    const bytes = silentSegment({ startTicks: 77, durationTicks, sequence: 9 });
    const header = parseSegmentHeader(bytes, { fileSizeBytes: bytes.length });
    const { storedDurations, sizes, isSync } = header.samples;
    expect(header).toMatchObject({ sequence: 9, trackId: 2, baseDecodeTicks: 77, truncatedAtSample: null });
    expect(storedDurations.reduce((sum, ticks) => sum + ticks, 0)).toBe(durationTicks);
    expect(storedDurations.every((ticks) => ticks > 0 && ticks <= 960)).toBe(true);
    expect(sizes.every((size) => size === 3) && isSync.every((sync) => sync === 1)).toBe(true);
    expect([...bytes.subarray(header.dataOffset, header.dataOffset + 3)]).toEqual([0xf8, 0xff, 0xfe]);
    expect(bytes.length - header.dataOffset).toBe(sizes.length * 3);
  });

  it('refuses to last no time', () => {
    expect(() => silentSegment({ startTicks: 0, durationTicks: 0, sequence: 1 })).toThrow(RangeError);
  });
});

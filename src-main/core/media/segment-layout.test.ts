import { describe, expect, it } from 'vitest';
import { ascii, box, concat, fullBox, u32, zeros } from './boxes.ts';
import type { Layout } from './layout.ts';
import { MediaFormatError } from './media-error.ts';
import { parseSegmentHeader } from './media-segment.ts';
import { analyseAll, layoutBytes, loadTrack, type TestSegment } from './media-test-kit.ts';
import { sampleTimes } from './sample-times.ts';
import { segmentLayout } from './segment-layout.ts';

function layoutOf(segment: TestSegment, offsetTicks: number, nextStartTicks?: number): Layout {
  const { path, bytes, header, analysis } = segment;
  const headerBytes = bytes.subarray(0, header.headerSizeBytes);
  return segmentLayout({
    path,
    sizeBytes: bytes.length,
    header,
    headerBytes,
    analysis,
    offsetTicks,
    nextStartTicks,
  });
}

describe('segmentLayout', () => {
  it('changes 8 bytes of an untouched segment and nothing else', async () => {
    const { segments } = await loadTrack('v0.9.0/recordings/cam1/1795345823', 'v_');
    const segment = segments[1]!;
    const served = await layoutBytes(layoutOf(segment, 135_000));
    const expected = Buffer.from(segment.bytes);
    expected.writeBigUInt64BE(BigInt(segment.header.baseDecodeTicks + 135_000), 84);
    expect(served.equals(expected)).toBe(true);
    expect(layoutOf(segment, 135_000).parts.length).toBe(2);
  });

  it('gives a spoiled segment a new header, true durations and only the kept bytes', async () => {
    const { segments } = await loadTrack('head/recordings/cam1/1795345208', 'v_');
    for (const [i, segment] of segments.entries()) {
      const next = segments[i + 1]?.analysis.startTicks;
      const served = await layoutBytes(layoutOf(segment, 900, next));
      const header = parseSegmentHeader(served, { fileSizeBytes: served.length });
      const kept = sampleTimes(segment.header, segment.analysis, next);
      expect(header.baseDecodeTicks).toBe(segment.analysis.startTicks + 900);
      expect(header.sequence).toBe(segment.header.sequence);
      expect(header.truncatedAtSample).toBeNull();
      expect([...header.samples.sizes]).toEqual([...kept.sizeBytes]);
      expect([...header.samples.isSync]).toEqual([...kept.isSync]);
      const total = header.samples.storedDurations.reduce((sum, ticks) => sum + ticks, 0);
      expect(segment.analysis.startTicks + total).toBe(next ?? segment.analysis.endTicks);
      const expected = Array.from(kept.offset, (offset, k) =>
        segment.bytes.subarray(offset, offset + kept.sizeBytes[k]!),
      );
      expect(served.subarray(header.dataOffset).equals(Buffer.concat(expected))).toBe(true);
    }
  });

  it('writes a segment with a 32-bit decode time anew', async () => {
    const track = await loadTrack('v0.9.0/recordings/cam1/1795345823', 'v_');
    const moofOf = (dataOffset: number): Uint8Array => {
      const trun = fullBox('trun', 0, 0x301, u32(2, dataOffset, 3000, 5, 3000, 6));
      const traf = box('traf', fullBox('tfhd', 0, 0, u32(1)), fullBox('tfdt', 0, 0, u32(6000)), trun);
      return box('moof', fullBox('mfhd', 0, 0, u32(3)), traf);
    };
    const bytes = Buffer.from(concat([moofOf(moofOf(0).length + 8), box('mdat', ascii('onetwo'), zeros(5))]));
    const [segment] = analyseAll([{ path: 'x', bytes }], track.init);
    const layout = layoutOf(segment!, 2 ** 33);
    const first = layout.parts[0];
    expect(first?.kind === 'bytes' && parseSegmentHeader(first.bytes)).toMatchObject({
      baseDecodeTicks: 6000 + 2 ** 33,
      tfdtVersion: 1,
    });
    expect(layout.parts[1]).toEqual({ kind: 'object', path: 'x', offset: bytes.length - 11, sizeBytes: 11 });
  });

  it('refuses a segment without a usable sample and a negative time', async () => {
    const { segments } = await loadTrack('v0.9.0/recordings/cam1/1795345823', 'v_');
    const segment = segments[0]!;
    expect(() => layoutOf(segment, -1)).toThrow(MediaFormatError);
    const empty = { ...segment.analysis, keptCount: 0 };
    expect(() => layoutOf({ ...segment, analysis: empty }, 0)).toThrow(/no usable sample/);
  });
});

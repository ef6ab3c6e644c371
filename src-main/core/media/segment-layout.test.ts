import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascii, box, concat, fullBox, u32, zeros } from './boxes.ts';
import { plainFragmentBytes } from './fragment-writer.ts';
import type { Layout } from './layout.ts';
import { MediaFormatError } from './media-error.ts';
import { parseSegmentHeader, type SegmentHeader } from './media-segment.ts';
import { analyseAll, layoutBytes, loadTrack, type TestSegment } from './media-test-kit.ts';
import { sampleTimes } from './sample-times.ts';
import { type SegmentLayoutInput, segmentLayout } from './segment-layout.ts';

const TIMESCALE = 90_000;
const MAX_SHIFT_TICKS = 0.0042 * TIMESCALE;

function layoutOf(segment: TestSegment, offsetTicks: number, more: Partial<SegmentLayoutInput> = {}): Layout {
  const { path, bytes, header, analysis } = segment;
  const headerBytes = bytes.subarray(0, header.headerSizeBytes);
  const track = { kind: 'video', timescale: TIMESCALE } as const;
  const common = { path, sizeBytes: bytes.length, track, header, headerBytes, analysis, offsetTicks };
  return segmentLayout({ ...common, ...more });
}

/** Segments of a recording whose pictures last `durations` ticks, a list per segment; each has 5 bytes. */
async function madeSegments(
  durations: readonly number[][],
  trailing: Uint8Array = new Uint8Array(0),
): Promise<TestSegment[]> {
  const { init } = await loadTrack('v0.9.0/recordings/cam1/1795345823', 'v_');
  let startTicks = 0;
  const files = durations.map((own, i) => {
    const samples = { durations: own, sizes: own.map(() => 5), isSync: own.map((_, k) => (k === 0 ? 1 : 0)) };
    const header = plainFragmentBytes({ sequence: i + 1, trackId: 1, startTicks }, samples);
    startTicks += own.reduce((sum, ticks) => sum + ticks, 0);
    const media = Buffer.from(own.map((_, k) => `${1000 * i + k}`.padStart(5, '.')).join(''));
    return { path: `${i}`, bytes: Buffer.concat([header, media, trailing]) };
  });
  return analyseAll(files, init);
}

function servedHeader(
  segment: TestSegment,
  offsetTicks: number,
  more?: Partial<SegmentLayoutInput>,
): SegmentHeader {
  const parts = layoutOf(segment, offsetTicks, more).parts.map((part) =>
    part.kind === 'bytes' ? part.bytes : segment.bytes.subarray(part.offset, part.offset + part.sizeBytes),
  );
  return parseSegmentHeader(concat(parts));
}

function timesOf(header: SegmentHeader): { times: number[]; endTicks: number } {
  let endTicks = header.baseDecodeTicks;
  const times = [...header.samples.storedDurations].map((ticks) => {
    endTicks += ticks;
    return endTicks - ticks;
  });
  return { times, endTicks };
}

const steady = (count: number): number[] => new Array<number>(count).fill(3000);

describe('segmentLayout', () => {
  it('changes 8 bytes of a segment in order and nothing else', async () => {
    const [, segment] = await madeSegments([steady(30), steady(30)]);
    const layout = layoutOf(segment!, 135_000, { nextStartTicks: 180_000 });
    expect(layout.parts.length).toBe(2);
    expect(layout.sizeBytes).toBe(segment!.bytes.length);
    expect(servedHeader(segment!, 135_000)).toMatchObject({ baseDecodeTicks: 90_000 + 135_000 });
    const at = segment!.header.tfdtOffset + 8;
    const [head, rest] = layout.parts;
    const headBytes = head?.kind === 'bytes' ? head.bytes : zeros(0);
    expect(Buffer.compare(headBytes.subarray(0, at - 8), segment!.bytes.subarray(0, at - 8))).toBe(0);
    expect(rest).toEqual({ kind: 'object', path: '1', offset: at, sizeBytes: segment!.bytes.length - at });
  });

  it('leaves jitter in a segment that has more behind its samples', async () => {
    const [segment] = await madeSegments([[2970, 3060, 2880, 3100, 3000]], box('free', zeros(4)));
    expect(layoutOf(segment!, 0).sizeBytes).toBe(segment!.bytes.length);
    expect(servedHeader(segment!, 0).samples.storedDurations[1]).toBe(3060);
  });

  it.each([
    ['head/recordings/cam1/1795345208', 'v_', 1051],
    ['head/recordings/cam3/1795345208', 'v_', 1053],
    ['head/recordings/gone/1795345263', 'v_', 361],
    ['v0.9.0/recordings/cam1/1795345823', 'v_', 1052],
    ['push/recordings/cam1/2026/11/22', '', 989],
  ])(
    'takes the jitter out of %s: same pictures, same bytes, same length, no seam',
    async (folder, prefix, frames) => {
      const { segments } = await loadTrack(folder, prefix);
      let count = 0;
      let endTicks: number | null = null;
      for (const [i, segment] of segments.entries()) {
        const nextStartTicks = segments[i + 1]?.analysis.startTicks;
        const served = await layoutBytes(layoutOf(segment, 900, { nextStartTicks }));
        const header = parseSegmentHeader(served, { fileSizeBytes: served.length });
        const kept = sampleTimes(segment.header, segment.analysis, nextStartTicks);
        expect(header).toMatchObject({ sequence: segment.header.sequence, truncatedAtSample: null });
        expect([...header.samples.sizes]).toEqual([...kept.sizeBytes]);
        expect([...header.samples.isSync]).toEqual([...kept.isSync]);
        const expected = Array.from(kept.offset, (offset, k) =>
          segment.bytes.subarray(offset, offset + kept.sizeBytes[k]!),
        );
        expect(served.subarray(header.dataOffset).equals(Buffer.concat(expected))).toBe(true);

        const { times, endTicks: ownEnd } = timesOf(header);
        times.forEach((ticks, k) => {
          expect(Math.abs(ticks - kept.timeTicks[k]! - 900)).toBeLessThanOrEqual(MAX_SHIFT_TICKS);
          expect(ticks % 480).toBe(0);
        });
        if (endTicks !== null) expect(times[0]).toBe(endTicks);
        endTicks = ownEnd;
        count += times.length;
      }
      expect(count).toBe(frames);
      expect(endTicks).toBe(segments.at(-1)!.analysis.endTicks + 900);
    },
  );

  it('joins segments with and without jitter to less than a step', async () => {
    const distance = fc.oneof(fc.constant(3000), fc.integer({ min: 500, max: 9000 }));
    const segment = fc.oneof(
      fc.integer({ min: 1, max: 40 }).map(steady),
      fc.array(distance, { minLength: 1, maxLength: 40 }),
    );
    const recording = fc.array(segment, { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(recording, fc.nat(100_000), async (durations, offsetTicks) => {
        const segments = await madeSegments(durations);
        let previous: { times: number[]; endTicks: number } | null = null;
        for (const [i, segment] of segments.entries()) {
          const nextStartTicks = segments[i + 1]?.analysis.startTicks;
          const served = timesOf(servedHeader(segment, offsetTicks, { nextStartTicks }));
          const { timeTicks } = sampleTimes(segment.header, segment.analysis, nextStartTicks);
          served.times.forEach((ticks, k) => {
            expect(Math.abs(ticks - timeTicks[k]! - offsetTicks)).toBeLessThanOrEqual(MAX_SHIFT_TICKS);
            expect(ticks).toBeGreaterThan(served.times[k - 1] ?? previous?.times.at(-1) ?? -1);
          });
          if (previous) expect(Math.abs(served.times[0]! - previous.endTicks)).toBeLessThan(480);
          previous = served;
        }
        const lengthTicks = durations.flat().reduce((sum, ticks) => sum + ticks, offsetTicks);
        expect(previous?.endTicks).toBe(lengthTicks);
      }),
    );
  });

  it('gives a cut the times that the whole segment has', async () => {
    const { segments } = await loadTrack('v0.9.0/recordings/cam1/1795345823', 'v_');
    const segment = segments[1]!;
    const whole = timesOf(servedHeader(segment, 0));
    const { timeTicks } = sampleTimes(segment.header, segment.analysis);
    const cut = { startTicks: timeTicks[100]!, endTicks: timeTicks[150]! };
    const part = layoutOf(segment, 0, { cut });
    expect(timesOf(servedHeader(segment, 0, { cut }))).toEqual({
      times: whole.times.slice(100, 150),
      endTicks: whole.times[150],
    });
    expect(part.parts.length).toBe(2);
    const nothing = { startTicks: cut.startTicks + 1, endTicks: cut.startTicks + 2 };
    expect(() => layoutOf(segment, 0, { cut: nothing })).toThrow(/no sample from/);
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

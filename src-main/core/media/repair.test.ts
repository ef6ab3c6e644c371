import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSegmentHeader, type SegmentHeader } from './media-segment.ts';
import {
  fileOf,
  filesOf,
  loadTrack,
  picture,
  type StoredSample,
  type TestSegment,
} from './media-test-kit.ts';
import { type AnalysisCarry, analyseSegment, carryFromPrevious, type SegmentAnalysis } from './repair.ts';
import { sampleTimes } from './sample-times.ts';

const VIDEO = { kind: 'video', timescale: 90_000 } as const;
const AUDIO = { kind: 'audio', timescale: 48_000 } as const;

function analyse(
  files: readonly Buffer[],
  track: { kind: 'video' | 'audio'; timescale: number } = VIDEO,
): { header: SegmentHeader; analysis: SegmentAnalysis; carry: AnalysisCarry; bytes: Buffer }[] {
  let carry: AnalysisCarry | null = null;
  return files.map((bytes) => {
    const header = parseSegmentHeader(bytes, { fileSizeBytes: bytes.length });
    const result = analyseSegment(carry, header, bytes.subarray(header.dataOffset), track);
    carry = result.carry;
    return { header, bytes, ...result };
  });
}

const steady = (count: number, duration = 3000): StoredSample[] =>
  Array.from({ length: count }, (_, n) => ({ bytes: picture(n), duration }));

function keptTimes(results: readonly { header: SegmentHeader; analysis: SegmentAnalysis }[]): number[] {
  return results.flatMap(({ header, analysis }) => [...sampleTimes(header, analysis).timeTicks]);
}

describe('captured recordings', () => {
  it.each([
    ['head/recordings/cam1/1795345208', 1130, 1051, 35.078],
    ['head/recordings/gone/1795345263', 363, 361, 12.01],
    ['head/recordings/cam3/1795345208', 1056, 1053, 35.11],
  ])('%s: of %i samples %i remain, %f s', async (folder, stored, kept, endS) => {
    const { segments } = await loadTrack(folder, 'v_');
    const analyses = segments.map((segment) => segment.analysis);
    expect(analyses.reduce((sum, { sampleCount }) => sum + sampleCount, 0)).toBe(stored);
    expect(analyses.reduce((sum, { keptCount }) => sum + keptCount, 0)).toBe(kept);
    const times = keptTimes(segments);
    expect(times.length).toBe(kept);
    expect(times[0]).toBe(0);
    expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0))).toBe(true);
    expect((analyses.at(-1)?.endTicks ?? 0) / 90_000).toBeCloseTo(endS, 2);
  });

  it.each(['cam1', 'mute'])('v0.9.0/%s passes unchanged', async (name) => {
    const { segments } = await loadTrack(`v0.9.0/recordings/${name}/1795345823`, 'v_');
    for (const { analysis, header } of segments) {
      expect(analysis).toMatchObject({
        dropped: [],
        corrections: [],
        isRewritten: false,
        isSpoiledBefore: false,
      });
      expect(analysis.startTicks).toBe(header.baseDecodeTicks);
      expect(analysis.keptCount).toBe(header.samples.sizes.length);
    }
    const ends = segments.map(({ analysis }) => analysis.endTicks);
    expect(segments.slice(1).map(({ analysis }) => analysis.startTicks)).toEqual(ends.slice(0, -1));
  });

  it('makes key frames alone last until the next', async () => {
    const { segments } = await loadTrack('head/recordings/dflt/1795345208', 'v_');
    const durations = segments.flatMap(({ header, analysis }, i) => [
      ...sampleTimes(header, analysis, segments[i + 1]?.analysis.startTicks).durationTicks,
    ]);
    expect(durations).toEqual([540_540, 537_570, 540_540, 540_540, 540_540, 540_540]);
  });

  it('leaves sound alone, also where packets are equal', async () => {
    for (const folder of ['head/recordings/cam1/1795345208', 'v0.9.0/recordings/vp8/1795345823']) {
      const { segments } = await loadTrack(folder, 'a_');
      expect(segments.every(({ analysis }) => !analysis.isRewritten)).toBe(true);
    }
  });

  it('notes that the first pushed segment has no key frame', async () => {
    const { segments } = await loadTrack('push/recordings/cam1/2026/11/22', '');
    expect(segments.map(({ analysis }) => analysis.firstSyncIndex)).toEqual([null, 0, 0]);
    expect(segments.map(({ analysis }) => analysis.startTicks)).toEqual([3000, 988_950, 1_977_960]);
  });
});

describe('repeated packets', () => {
  /** A stream with times, and what was sent again after which picture: whole, or its last part. */
  const cases = fc.record({
    steps: fc.array(fc.integer({ min: 1500, max: 6000 }), { minLength: 2, maxLength: 90 }),
    repeats: fc.array(
      fc.record({
        after: fc.nat(89),
        back: fc.nat(30),
        tailBytes: fc.option(fc.integer({ min: 32, max: 95 })),
      }),
      { maxLength: 40 },
    ),
    perFile: fc.integer({ min: 1, max: 60 }),
  });

  it('are taken out, and times come back as they were', () => {
    fc.assert(
      fc.property(cases, ({ steps, repeats, perFile }) => {
        const times = [0];
        for (const step of steps) times.push((times.at(-1) ?? 0) + step);
        const stored: StoredSample[] = [];
        let previous = 0;
        const store = (bytes: Uint8Array, time: number, isFirst: boolean): void => {
          const delta = isFirst ? 3000 : time - previous;
          stored.push({ bytes, duration: delta === 0 ? 3000 : delta });
          previous = time;
        };
        times.forEach((time, n) => {
          store(picture(n), time, n === 0);
          for (const { after, back, tailBytes } of repeats) {
            if (after !== n) continue;
            const original = Math.max(0, n - back);
            const whole = picture(original);
            const front = Uint8Array.of(0, 0, 0, 9, 65);
            const part = tailBytes === null ? whole : whole.subarray(whole.length - tailBytes);
            store(tailBytes === null ? part : Buffer.concat([front, part]), times[original] ?? 0, false);
          }
        });
        const results = analyse(filesOf(stored, perFile));
        const kept = results.flatMap(({ header, analysis, bytes }) => {
          const samples = sampleTimes(header, analysis);
          return Array.from(samples.offset, (offset, k) => [
            ...bytes.subarray(offset, offset + (samples.sizeBytes[k] ?? 0)),
          ]);
        });
        expect(kept).toEqual(times.map((_, n) => [...picture(n)]));
        // Before the first repeat stored times are kept, which lag by a frame.
        const isSpoiledFromStart = results[0]?.analysis.isRewritten === true;
        if (isSpoiledFromStart) expect(keptTimes(results)).toEqual(times);
        else {
          const ascending = keptTimes(results);
          expect(ascending.every((time, i) => i === 0 || time > (ascending[i - 1] ?? 0))).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('does not take equal pictures for repeats when their times are apart, as in a loop or a still scene', () => {
    const loop = Array.from({ length: 200 }, (_, n) => ({ bytes: picture(n % 40, 400), duration: 3000 }));
    expect(analyse(filesOf(loop, 100)).every(({ analysis }) => analysis.dropped.length === 0)).toBe(true);
    const still = Array.from({ length: 60 }, () => ({ bytes: picture(1, 24), duration: 2970 }));
    expect(analyse([fileOf(still, 0)])[0]?.analysis.dropped).toEqual([]);
  });

  it('keeps the stored analysis and carry plain JSON, and goes on from them after a restart', async () => {
    const { segments, init } = await loadTrack('head/recordings/cam1/1795345208', 'v_');
    const track = { kind: init.track, timescale: init.timescale };
    let carry: AnalysisCarry | null = null;
    segments.forEach((segment, i) => {
      const sampleData = segment.bytes.subarray(segment.header.dataOffset);
      if (i > 0 && carry !== null) {
        const before: TestSegment[] = segments.slice(Math.max(0, i - 1), i);
        const previous = before.map(({ header, analysis, bytes }) => ({
          header,
          analysis: JSON.parse(JSON.stringify(analysis)) as SegmentAnalysis,
          sampleData: bytes.subarray(header.dataOffset),
        }));
        const json = JSON.parse(JSON.stringify(carry.json)) as AnalysisCarry['json'];
        const rebuilt = carryFromPrevious(json, previous, track);
        expect(readable(rebuilt)).toEqual(readable(carry));
        carry = rebuilt;
      }
      const result: ReturnType<typeof analyseSegment> = analyseSegment(
        carry,
        segment.header,
        sampleData,
        track,
      );
      expect(result.analysis).toEqual(segment.analysis);
      carry = result.carry;
    });
  });
});

/** With the bytes as text: arrays of bytes are compared one by one, which takes seconds. */
function readable({ json, tail }: AnalysisCarry) {
  return {
    json,
    tail: tail.map(({ bytes, ticks }) => ({ ticks, text: Buffer.from(bytes).toString('base64') })),
  };
}

describe('clock troubles', () => {
  it('drops a sample that comes late and keeps the clock', () => {
    const samples = steady(6);
    samples[3] = { bytes: picture(50), duration: -3000 };
    samples[4] = { bytes: picture(51), duration: 9000 };
    const [result] = analyse([fileOf(samples, 0)]);
    expect(result?.analysis.dropped).toEqual([3]);
    expect(keptTimes(analyse([fileOf(samples, 0)]))).toEqual([0, 3000, 6000, 12_000, 15_000]);
  });

  it('goes on at the usual pace when the publisher came back with another clock', () => {
    for (const jump of [-1_500_000_000, 1_900_000_000]) {
      const samples = steady(6);
      samples[3] = { bytes: picture(50), duration: jump };
      const results = analyse([fileOf(samples, 0)]);
      expect(results[0]?.analysis).toMatchObject({ dropped: [], isRewritten: true });
      expect(keptTimes(results)).toEqual([0, 3000, 6000, 9000, 12_000, 15_000]);
    }
  });

  it('puts a pause before the picture after it, not behind that one', () => {
    const samples = steady(5);
    samples[3] = { bytes: picture(3), duration: 90_000 };
    expect(keptTimes(analyse([fileOf(samples, 0)]))).toEqual([0, 3000, 6000, 96_000, 99_000]);
  });

  it('counts a missing file by the stored decode times', () => {
    const files = filesOf(steady(90), 30);
    const [first, , third] = files;
    if (first === undefined || third === undefined) throw new Error('three files are expected');
    const [, result] = analyse([first, third]);
    expect(result?.analysis.startTicks).toBe(60 * 3000);
  });

  it('begins in the middle of a spoiled recording near its true time', () => {
    const [result] = analyse([fileOf(steady(10), 20 * 2 ** 32 + 900_000)]);
    expect(result?.analysis).toMatchObject({ startTicks: 900_000, isRewritten: true });
  });

  it('leaves out samples that a cut-off file does not have', () => {
    const bytes = fileOf(steady(5), 0);
    const [result] = analyse([bytes.subarray(0, bytes.length - 150)]);
    expect(result?.analysis).toMatchObject({ dropped: [3, 4], keptCount: 3, isRewritten: true });
  });

  it('never lets served times run backwards, whatever the durations', () => {
    const duration = fc.oneof(
      fc.integer({ min: 1, max: 9000 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: -20_000, max: 20_000 }),
    );
    fc.assert(
      fc.property(
        fc.array(duration, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(VIDEO, AUDIO),
        (durations, perFile, track) => {
          const samples = durations.map((value, n) => ({ bytes: picture(n), duration: value }));
          const results = analyse(filesOf(samples, perFile), track);
          const times = keptTimes(results);
          expect(times.every((time, i) => time >= 0 && (i === 0 || time > (times[i - 1] ?? 0)))).toBe(true);
          for (const { analysis, header } of results) {
            const kept = sampleTimes(header, analysis);
            if (kept.count === 0) continue;
            expect(analysis.startTicks).toBe(kept.timeTicks[0]);
            expect(analysis.lastTicks).toBe(kept.timeTicks[kept.count - 1]);
            expect(kept.durationTicks.every((ticks) => ticks > 0)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('refuses an analysis of another file', async () => {
  const { segments } = await loadTrack('v0.9.0/recordings/cam1/1795345823', 'v_');
  const [first, second] = segments;
  if (first === undefined || second === undefined) throw new Error('two files are expected');
  expect(() => sampleTimes(first.header, second.analysis)).toThrow(/overwritten/);
});

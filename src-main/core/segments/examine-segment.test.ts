import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSegmentHeader } from '../media/media-segment.ts';
import { CAPTURES, filesOf, loadTrack, picture, type StoredSample } from '../media/media-test-kit.ts';
import { type AnalysisCarry, analyseSegment, type SegmentAnalysis } from '../media/repair.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { ObjectStart } from '../storage/object-store.ts';
import { type ExaminedTrack, examineSegment } from './examine-segment.ts';
import { withNextUnread } from './unread-samples.ts';

const VIDEO: ExaminedTrack = { kind: 'video', timescale: 90_000 };

/** A folder that counts what is read of it. */
class CountingStore extends FsStore {
  readBytes = 0;

  override async readStart(...args: Parameters<FsStore['readStart']>): Promise<ObjectStart> {
    const start = await super.readStart(...args);
    this.readBytes += start.bytes.length;
    return start;
  }
}

/** What comes out when the files are examined one after the other. */
async function examineAll(
  store: FsStore,
  paths: readonly string[],
  track: ExaminedTrack,
): Promise<(SegmentAnalysis | string)[]> {
  const found: (SegmentAnalysis | string)[] = [];
  let carry: AnalysisCarry | null = null;
  for (const each of paths) {
    const outcome = await examineSegment(store, each, carry, track);
    if (outcome.state === 'ok') ({ carry } = outcome);
    found.push(outcome.state === 'ok' ? outcome.analysis : outcome.state);
  }
  return found;
}

describe('captured recordings', () => {
  it.each([
    ['head/recordings/cam1/1795345208', 'v_', 'all'],
    ['head/recordings/cam3/1795345208', 'v_', 'all'],
    ['head/recordings/gone/1795345263', 'v_', 'all'],
    ['v0.9.0/recordings/cam1/1795345823', 'v_', 'headers'],
    ['v0.9.0/recordings/cam1/1795345823', 'a_', 'headers'],
    ['v0.9.0/recordings/mute/1795345823', 'v_', 'headers'],
    ['push/recordings/cam1/2026/11/22', '', 'headers'],
  ])('%s %s: found the same as with all bytes, reading %s', async (folder, prefix, read) => {
    const { init, segments } = await loadTrack(folder, prefix);
    const store = new CountingStore(CAPTURES);
    const track = { kind: init.track, timescale: init.timescale };
    const paths = segments.map((segment) => segment.path);
    expect(await examineAll(store, paths, track)).toEqual(segments.map(({ analysis }) => analysis));
    const sizeBytes = segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const share = store.readBytes / sizeBytes;
    if (read === 'all') expect(share).toBeGreaterThan(0.9);
    else expect(share).toBeLessThan(init.track === 'video' ? 0.03 : 0.5);
  });
});

describe('repeats', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'examine-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function compare(samples: readonly StoredSample[], perFile: number): Promise<SegmentAnalysis[]> {
    const files = filesOf(samples, perFile);
    const names = files.map((_, i) => `v_seg_${i}.m4s`);
    await Promise.all(files.map((bytes, i) => writeFile(path.join(folder, names[i]!), bytes)));
    let carry: AnalysisCarry | null = null;
    const whole = files.map((bytes) => {
      const header = parseSegmentHeader(bytes, { fileSizeBytes: bytes.length });
      const result = analyseSegment(carry, header, bytes.subarray(header.dataOffset), VIDEO);
      ({ carry } = result);
      return result.analysis;
    });
    expect(await examineAll(new FsStore(folder), names, VIDEO)).toEqual(whole);
    return whole;
  }

  it('finds a repeat of a picture in a file before, of which only the header was read', async () => {
    const samples = Array.from({ length: 90 }, (_, n) => ({ bytes: picture(n), duration: 2970 }));
    samples.splice(65, 0, { bytes: picture(25), duration: -39 * 2970 });
    samples[66] = { bytes: picture(65), duration: 40 * 2970 };
    const whole = await compare(samples, 30);
    expect(whole.map(({ dropped }) => dropped)).toEqual([[], [], [5], []]);
  });

  it('finds the same as with all bytes, wherever packets were stored twice', async () => {
    const repeat = fc.record({ at: fc.integer({ min: 5, max: 150 }), back: fc.integer({ min: 1, max: 60 }) });
    const durations = fc.array(fc.constantFrom(2880, 2970, 3060, 5940), { minLength: 160, maxLength: 160 });
    await fc.assert(
      fc.asyncProperty(
        durations,
        fc.array(repeat, { maxLength: 4 }),
        fc.constantFrom(20, 45, 130),
        async (steps, repeats, perFile) => {
          let times = 0;
          const stored = steps.map((step, n) => {
            times += n === 0 ? 0 : step;
            return { bytes: picture(n, 40 + (n % 7)), ticks: times };
          });
          for (const { at, back } of [...repeats].sort((a, b) => b.at - a.at)) {
            const original = stored[Math.max(0, at - back)]!;
            stored.splice(at, 0, original);
          }
          const samples = stored.map(({ bytes, ticks }, i) => ({
            bytes,
            duration: i === 0 ? 2970 : ticks - stored[i - 1]!.ticks || 3000,
          }));
          await compare(samples, perFile);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('looks back over as many files as hold the samples looked back at, and no further', () => {
    const analysis = { keptCount: 50 } as SegmentAnalysis;
    let carry: AnalysisCarry | null = null;
    for (let i = 0; i < 10; i += 1) {
      const json = { isSpoiled: false } as AnalysisCarry['json'];
      carry = withNextUnread(carry, { json, tail: [] }, { path: String(i), analysis });
    }
    expect(carry?.unread?.map(({ path: unread }) => unread)).toEqual(['7', '8', '9']);
  });
});

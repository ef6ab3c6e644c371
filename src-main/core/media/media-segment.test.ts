import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascii, box, concat, fullBox, u32, u64, zeros } from './boxes.ts';
import { MediaFormatError } from './media-error.ts';
import { headerSizeBytesFrom, parseSegmentHeader } from './media-segment.ts';
import { CAPTURES } from './media-test-kit.ts';

const read = (path: string): Buffer => readFileSync(join(CAPTURES, path));
const SPOILED = read('head/recordings/cam1/1795345208/v_seg_0002.m4s');
const FIRST_PUSHED = read('push/recordings/cam1/2026/11/22/seg_0001.m4s');

describe('parseSegmentHeader', () => {
  it('reads what a node wrote, with a decode time beyond 2^32', () => {
    const header = parseSegmentHeader(SPOILED.subarray(0, 120 + 12 * 359), { fileSizeBytes: SPOILED.length });
    expect(header).toMatchObject({
      sequence: 2,
      trackId: 1,
      tfdtOffset: 84,
      tfdtVersion: 1,
      baseDecodeTicks: 77_310_351_078,
      dataOffset: 120 + 12 * 359,
      headerSizeBytes: 120 + 12 * 359,
      truncatedAtSample: null,
    });
    const { sizes, isSync, storedDurations } = header.samples;
    expect(sizes.length).toBe(359);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(SPOILED.length - header.dataOffset);
    expect([...isSync.keys()].filter((i) => isSync[i] === 1)).toEqual([0, 180]);
    expect(storedDurations.length).toBe(359);
  });

  it('reads stored durations as signed', () => {
    const first = read('head/recordings/cam1/1795345208/v_seg_0001.m4s');
    expect(Math.min(...parseSegmentHeader(first).samples.storedDurations)).toBe(-20_970);
  });

  it('sees that a pushed first segment has no key frame', () => {
    const { samples, baseDecodeTicks } = parseSegmentHeader(FIRST_PUSHED);
    expect(samples.isSync.includes(1)).toBe(false);
    expect(baseDecodeTicks).toBe(3000);
  });

  it('reads what ffmpeg writes: sidx, defaults in tfhd, first-sample flags, trun version 1, tfdt version 0', () => {
    const sizes = u32(10, 20, 30);
    const make = (dataOffset: number): Uint8Array =>
      box(
        'moof',
        fullBox('mfhd', 0, 0, u32(4)),
        box(
          'traf',
          fullBox('tfhd', 0, 0x02003a, u32(1, 1, 3000, 99, 0x01010000)),
          fullBox('tfdt', 0, 0, u32(123_456)),
          fullBox('trun', 1, 0x205, u32(3, dataOffset, 0x02000000), sizes),
        ),
      );
    const moof = make(make(0).length + 8);
    const front = concat([box('styp', ascii('msdhmsix')), fullBox('sidx', 0, 0, zeros(40))]);
    const file = concat([front, moof, box('mdat', zeros(60))]);
    const header = parseSegmentHeader(file);
    expect(header).toMatchObject({ sequence: 4, baseDecodeTicks: 123_456, tfdtVersion: 0 });
    expect(header.dataOffset).toBe(file.length - 60);
    expect([...header.samples.sizes]).toEqual([10, 20, 30]);
    expect([...header.samples.storedDurations]).toEqual([3000, 3000, 3000]);
    expect([...header.samples.isSync]).toEqual([1, 0, 0]);
  });

  it('takes what a fragment leaves out from the init segment', () => {
    const traf = box(
      'traf',
      fullBox('tfhd', 0, 0, u32(2)),
      fullBox('tfdt', 1, 0, u64(5)),
      fullBox('trun', 0, 0, u32(4)),
    );
    const file = concat([box('moof', fullBox('mfhd', 0, 0, u32(1)), traf), box('mdat', zeros(12))]);
    const defaults = { durationTicks: 960, sizeBytes: 3, flags: 0x02000000 };
    const { samples } = parseSegmentHeader(file, { defaults });
    expect([...samples.sizes]).toEqual([3, 3, 3, 3]);
    expect([...samples.storedDurations]).toEqual([960, 960, 960, 960]);
  });

  it('tells at which sample a file ends early', () => {
    const { dataOffset, samples } = parseSegmentHeader(SPOILED);
    const endOfFirst = dataOffset + (samples.sizes[0] ?? 0);
    const cutAt = (fileSizeBytes: number): number | null =>
      parseSegmentHeader(SPOILED, { fileSizeBytes }).truncatedAtSample;
    expect(cutAt(SPOILED.length)).toBeNull();
    expect(cutAt(SPOILED.length - 1)).toBe(358);
    expect(cutAt(endOfFirst)).toBe(1);
    expect(cutAt(endOfFirst - 1)).toBe(0);
  });

  it('does not believe a sample count that would take all memory', () => {
    const trun = fullBox('trun', 0, 0, u32(0xffffffff));
    const traf = box('traf', fullBox('tfhd', 0, 0, u32(1)), fullBox('tfdt', 0, 0, u32(0)), trun);
    const file = concat([box('moof', fullBox('mfhd', 0, 0, u32(1)), traf), box('mdat')]);
    expect(() => parseSegmentHeader(file)).toThrow(/4294967295 samples/);
  });

  it('gives a header or a MediaFormatError for any bytes', () => {
    const seed = SPOILED.subarray(0, 120 + 12 * 359);
    const edit = fc.record({ at: fc.nat(150), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), fc.nat(seed.length), (edits, end) => {
        const bytes = Buffer.from(seed.subarray(0, end));
        for (const { at, value } of edits) if (at < end) bytes[at] = value;
        try {
          parseSegmentHeader(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('headerSizeBytesFrom', () => {
  it('asks for more until the header is complete', () => {
    const asked: number[] = [];
    let have = 16;
    for (;;) {
      const need = headerSizeBytesFrom(SPOILED.subarray(0, have));
      asked.push(need);
      if (need <= have) break;
      have = need;
    }
    expect(asked.at(-1)).toBe(120 + 12 * 359);
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  it('needs one more read when the first is large enough to see moof', () => {
    expect(headerSizeBytesFrom(SPOILED.subarray(0, 64))).toBe(120 + 12 * 359);
  });

  it('refuses a file that is no media segment', () => {
    expect(() => headerSizeBytesFrom(Buffer.from('<?xml version="1.0"?><MPD></MPD>'))).toThrow(
      MediaFormatError,
    );
    expect(() => headerSizeBytesFrom(box('mdat', zeros(4)))).toThrow(/before any 'moof'/);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { box, concat, findBox, u8, u16, zeros } from './boxes.ts';
import { correctedInitSegment, parseInitSegment } from './init-segment.ts';
import { MediaFormatError } from './media-error.ts';
import { CAPTURES } from './media-test-kit.ts';
import { initSegmentBytes } from './movie-boxes.ts';

const read = (path: string): Buffer => readFileSync(join(CAPTURES, path));
const H264 = read('head/recordings/cam1/1795345208/v_init.m4s');
const VP9 = read('head/recordings/dflt/1795345208/v_init.m4s');
const AV1 = read('head/recordings/cam3/1795345208/v_init.m4s');
const OPUS = read('head/recordings/cam1/1795345208/a_init.m4s');
const G711 = read('head/recordings/dflt/1795345208/a_init.m4s');

describe('parseInitSegment', () => {
  it.each([
    ['H.264', H264, 'h264', 'avc1.42c015', 90_000, 320, 180, 0],
    ['VP9', VP9, 'vp9', 'vp09.00.10.08', 90_000, 320, 180, 0],
    ['AV1', AV1, 'av1', 'av01.0.00M.08', 90_000, 320, 180, 0],
    ['Opus', OPUS, 'opus', 'opus', 48_000, 0, 0, 2],
  ])('reads %s as a node wrote it', (_, bytes, family, codec, timescale, width, height, channels) => {
    const init = parseInitSegment(bytes);
    expect(init).toMatchObject({
      codecFamily: family,
      codecString: codec,
      timescale,
      width,
      height,
      channels,
    });
    expect(init).toMatchObject({ isPlayable: true, problem: null });
    expect(init.trackId).toBe(init.track === 'video' ? 1 : 2);
  });

  it('says in words that sound labelled Opus is something else', () => {
    const init = parseInitSegment(G711);
    expect(init).toMatchObject({
      codecFamily: 'opus',
      isPlayable: false,
      timescale: 8000,
      sampleRateHz: 8000,
    });
    expect(init.problem).toMatch(/labelled it Opus.*8000 Hz.*G\.711/);
  });

  it('gives equal hashes to inits that can share a sample description, and only to those', () => {
    const again = read('v0.9.0/recordings/cam1/1795345823/v_init.m4s');
    expect(parseInitSegment(again).configHash).toBe(parseInitSegment(H264).configHash);
    const wider = Buffer.from(H264);
    const widthAt = wider.indexOf('avc1', wider.indexOf('stsd')) + 4 + 24;
    wider.writeUInt16BE(640, widthAt);
    expect(parseInitSegment(wider).width).toBe(640);
    expect(parseInitSegment(wider).configHash).not.toBe(parseInitSegment(H264).configHash);
  });

  it('names a codec that cannot be played and a missing configuration', () => {
    const foreign = Buffer.from(H264);
    foreign.write('mp4v', foreign.indexOf('avc1', foreign.indexOf('stsd')));
    expect(parseInitSegment(foreign)).toMatchObject({ codecFamily: 'unknown', isPlayable: false });
    const bare = Buffer.from(H264);
    bare.write('free', bare.indexOf('avcC'));
    expect(parseInitSegment(bare).problem).toMatch(/lacks the codec configuration \('avcC'\)/);
  });

  it('says only what a text and the index can hold', () => {
    const foreign = Buffer.from(H264);
    foreign.writeUInt32BE(0x00ff0a41, foreign.indexOf('avc1', foreign.indexOf('stsd')));
    expect(parseInitSegment(foreign)).toMatchObject({ entryType: '???A', codecString: '???A' });
    const fast = Buffer.from(H264);
    fast.writeUInt32BE(0xffff_ffff, fast.indexOf('mdhd') + 16);
    expect(() => parseInitSegment(fast)).toThrow('a timescale of 4294967295');
  });

  it('throws a MediaFormatError on anything broken', () => {
    expect(() => parseInitSegment(new Uint8Array(0))).toThrow(MediaFormatError);
    expect(() => parseInitSegment(H264.subarray(0, 300))).toThrow(MediaFormatError);
    const edit = fc.record({ at: fc.nat(H264.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(H264.length), (edits, end) => {
        const bytes = Buffer.from(H264);
        for (const { at, value } of edits) bytes[at] = value;
        for (const input of [bytes, bytes.subarray(0, end)]) {
          try {
            parseInitSegment(input);
          } catch (error) {
            expect(error).toBeInstanceOf(MediaFormatError);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('what the recorder writes wrong', () => {
  it('puts the bit depth of VP9 right, for 8, 10 and 12 bits, and leaves a right one', () => {
    const packedAt = VP9.indexOf('vpcC') + 4 + 6;
    const packedAfter = (packed: number): number | undefined => {
      const bytes = Buffer.from(VP9);
      bytes[packedAt] = packed;
      const entry = parseInitSegment(bytes).stsdEntry;
      return entry[Buffer.from(entry).indexOf('vpcC') + 4 + 6];
    };
    expect([0x42, 0x52, 0x62, 0x82, 0xa2].map(packedAfter)).toEqual([0x82, 0xa2, 0xc2, 0x82, 0xa2]);
  });

  it('takes the HEVC profile from the SPS and reverses its compatibility bits', () => {
    // Main profile, level 3.1; the constraint bytes 90 00 00 00 00 00 are stored with emulation prevention.
    const sps = u8(0x42, 1, 1, 1, 0x60, 0, 0, 3, 0, 0x90, 0, 0, 3, 0, 0, 3, 0, 0x5d, 0xa0, 2);
    const wrong = u8(1, 1, 0x60, 0, 0, 0, 0, 3, 0, 0x90, 0, 0, 0x5d);
    const rest = u8(0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 1, 0xa1, 0, 1);
    const hvcC = box('hvcC', wrong, rest, u16(sps.length), sps);
    const fixed = concat([zeros(6), u16(1), zeros(16), u16(640, 360), zeros(50)]);
    const entry = box('hev1', fixed, hvcC);
    const track = { kind: 'video', trackId: 1, width: 640, height: 360, timescale: 90_000 } as const;
    const init = parseInitSegment(initSegmentBytes({ ...track, entryType: 'hev1' }, entry));
    expect(init.codecString).toBe('hev1.1.6.L93.90');
    expect(init.codecFamily).toBe('hevc');
    const at = Buffer.from(init.stsdEntry).indexOf('hvcC') + 4;
    expect([...init.stsdEntry.subarray(at + 1, at + 13)]).toEqual([
      1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93,
    ]);
  });

  it('is put right in the init that is served, and stays the same track', () => {
    for (const bytes of [H264, VP9, AV1, OPUS]) {
      const served = correctedInitSegment(bytes);
      const { defaults: _, ...before } = parseInitSegment(bytes);
      expect(parseInitSegment(served)).toMatchObject(before);
      const mdhd = findBox(served, ['moov', 'trak', 'mdia', 'mdhd']);
      expect(served.subarray((mdhd?.endByte ?? 0) - 4, (mdhd?.endByte ?? 0) - 2)).toEqual(u16(0x55c4));
    }
    const smhd = findBox(correctedInitSegment(OPUS), ['moov', 'trak', 'mdia', 'minf', 'smhd']);
    expect(smhd && smhd.endByte - smhd.startByte).toBe(16);
  });
});

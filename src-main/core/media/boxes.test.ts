import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascii, box, concat, findBox, fullBox, readBoxHeader, u32, u64, walkBoxes } from './boxes.ts';
import { MediaFormatError } from './media-error.ts';

describe('walkBoxes', () => {
  it('yields boxes back to back with their bodies', () => {
    const bytes = concat([box('styp', ascii('msdh')), box('free'), fullBox('mfhd', 0, 0, u32(7))]);
    expect([...walkBoxes(bytes)]).toEqual([
      { type: 'styp', startByte: 0, bodyByte: 8, endByte: 12 },
      { type: 'free', startByte: 12, bodyByte: 20, endByte: 20 },
      { type: 'mfhd', startByte: 20, bodyByte: 28, endByte: 36 },
    ]);
  });

  it('reads a 64-bit size and a size that means to the end', () => {
    const large = concat([u32(1), ascii('mdat'), u64(20), u32(5)]);
    const open = concat([u32(0), ascii('mdat'), u32(1, 2)]);
    const boxes = [...walkBoxes(concat([large, open]))];
    expect(boxes.map(({ bodyByte, endByte }) => [bodyByte, endByte])).toEqual([
      [16, 20],
      [28, 36],
    ]);
  });

  it.each([
    ['smaller than its header', u32(7)],
    ['beyond its container', u32(17)],
    ['of 4 GB', u32(0xffffffff)],
  ])('refuses a size %s', (_, size) => {
    const bytes = concat([size, ascii('free'), u32(0, 0)]);
    expect(() => [...walkBoxes(bytes)]).toThrow(MediaFormatError);
  });

  it('refuses a 64-bit size that no file has', () => {
    const bytes = concat([u32(1), ascii('mdat'), new Uint8Array(8).fill(255)]);
    expect(() => readBoxHeader(bytes, 0)).toThrow(MediaFormatError);
  });

  it('either ends or throws a MediaFormatError, whatever the bytes', () => {
    const sizes = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(0xffffffff));
    const boxLike = fc
      .tuple(sizes, fc.constantFrom('moov', 'moof', 'traf', 'trak', 'mdat'), fc.uint8Array({ maxLength: 30 }))
      .map(([size, type, body]) => concat([u32(size), ascii(type), body]));
    const input = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(boxLike, { maxLength: 6 }).map(concat),
    );
    fc.assert(
      fc.property(input, (bytes) => {
        try {
          let at = 0;
          for (const found of walkBoxes(bytes)) {
            expect(found.startByte).toBe(at);
            expect(found.endByte).toBeGreaterThanOrEqual(found.bodyByte);
            at = found.endByte;
          }
          findBox(bytes, ['moov', 'trak']);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

it('finds a box by its path and looks into every container of that name', () => {
  const inner = box('tkhd', u32(9));
  const bytes = box('moov', box('trak', box('free')), box('trak', inner));
  const found = findBox(bytes, ['moov', 'trak', 'tkhd']);
  expect(found && bytes.slice(found.startByte, found.endByte)).toEqual(inner);
  expect(findBox(bytes, ['moov', 'mvex'])).toBeNull();
});

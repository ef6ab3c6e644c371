import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Layout, LayoutBuilder, layoutEtag, sliceLayout } from './layout.ts';

const OBJECTS: Record<string, Uint8Array> = {
  a: Uint8Array.from({ length: 300 }, (_, i) => i % 251),
  b: Uint8Array.from({ length: 300 }, (_, i) => (i * 7) % 253),
};

function bytesOf(layout: Layout): number[] {
  return layout.parts.flatMap((part) =>
    part.kind === 'bytes'
      ? [...part.bytes]
      : [...(OBJECTS[part.path] ?? new Uint8Array(0)).subarray(part.offset, part.offset + part.sizeBytes)],
  );
}

const layouts = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => ({ bytes })),
      fc.record({ path: fc.constantFrom('a', 'b'), offset: fc.nat(200), sizeBytes: fc.nat(100) }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => {
    const builder = new LayoutBuilder();
    for (const part of parts) {
      if ('bytes' in part) builder.addBytes(part.bytes);
      else builder.addObject(part.path, part.offset, part.sizeBytes);
    }
    return builder.build();
  });

describe('LayoutBuilder', () => {
  it('merges ranges that follow each other and leaves out empty parts', () => {
    const layout = new LayoutBuilder()
      .addBytes(new Uint8Array(0))
      .addObject('a', 10, 5)
      .addObject('a', 15, 5)
      .addObject('a', 20, 0)
      .addObject('a', 21, 4)
      .addObject('b', 25, 4)
      .build();
    expect(layout).toEqual({
      sizeBytes: 18,
      parts: [
        { kind: 'object', path: 'a', offset: 10, sizeBytes: 10 },
        { kind: 'object', path: 'a', offset: 21, sizeBytes: 4 },
        { kind: 'object', path: 'b', offset: 25, sizeBytes: 4 },
      ],
    });
  });
});

describe('sliceLayout', () => {
  it('is the slice of the whole', () => {
    fc.assert(
      fc.property(layouts, fc.nat(1000), fc.nat(1000), (layout, x, y) => {
        const bounds = [x % (layout.sizeBytes + 1), y % (layout.sizeBytes + 1)].sort((a, b) => a - b);
        const [from, to] = [bounds[0] ?? 0, bounds[1] ?? 0];
        const slice = sliceLayout(layout, from, to);
        expect(bytesOf(slice)).toEqual(bytesOf(layout).slice(from, to));
        expect(slice.sizeBytes).toBe(to - from);
        expect(
          slice.parts.every((part) => (part.kind === 'bytes' ? part.bytes.length : part.sizeBytes) > 0),
        ).toBe(true);
      }),
    );
  });

  it('refuses what lies outside', () => {
    const layout = new LayoutBuilder().addObject('a', 0, 10).build();
    expect(() => sliceLayout(layout, 0, 11)).toThrow(RangeError);
    expect(() => sliceLayout(layout, 5, 4)).toThrow(RangeError);
    expect(() => sliceLayout(layout, Number.NaN, 4)).toThrow(RangeError);
  });
});

describe('layoutEtag', () => {
  it('changes with the parts and with the salt, and is quoted', () => {
    const make = (size: number): Layout =>
      new LayoutBuilder().addBytes(Uint8Array.of(1)).addObject('a', 0, size).build();
    expect(layoutEtag(make(10), 'x')).toMatch(/^"[\w-]{27}"$/);
    expect(layoutEtag(make(10), 'x')).toBe(layoutEtag(make(10), 'x'));
    expect(layoutEtag(make(10), 'y')).not.toBe(layoutEtag(make(10), 'x'));
    expect(layoutEtag(make(11), 'x')).not.toBe(layoutEtag(make(10), 'x'));
  });
});

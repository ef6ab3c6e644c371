import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseByteRange } from './byte-range.ts';

it.each([
  ['bytes=0-0', 10, [0, 1]],
  ['bytes=2-', 10, [2, 10]],
  ['bytes=2-99', 10, [2, 10]],
  ['bytes=-3', 10, [7, 10]],
  ['bytes=-30', 10, [0, 10]],
  ['Bytes=2-3', 10, [2, 4]],
])('reads %s of %d bytes', (header, sizeBytes, [startByte, endByte]) => {
  expect(parseByteRange(header, sizeBytes)).toEqual({ kind: 'part', startByte, endByte });
});

it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=a-b'])(
  'gives the whole for %s',
  (header) => expect(parseByteRange(header, 10)).toEqual({ kind: 'whole' }),
);

it.each([
  ['bytes=10-', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
])('cannot satisfy %s of %d bytes', (header, sizeBytes) => {
  expect(parseByteRange(header, sizeBytes)).toEqual({ kind: 'unsatisfiable' });
});

it('never leaves the object, whatever is asked for', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(), (noise, first, last, sizeBytes) => {
      for (const header of [noise, `bytes=${first}-${last}`, `bytes=${first}-`, `bytes=-${last}`]) {
        const range = parseByteRange(header, sizeBytes);
        if (range.kind !== 'part') continue;
        expect(range.startByte).toBeGreaterThanOrEqual(0);
        expect(range.startByte).toBeLessThan(range.endByte);
        expect(range.endByte).toBeLessThanOrEqual(sizeBytes);
      }
    }),
  );
});

import { describe, expect, it } from 'vitest';
import { clipFileName } from './clip-file-name.ts';

const startUs = new Date(2026, 10, 22, 14, 3, 20).getTime() * 1000 + 999_999;

describe('the name of a clip', () => {
  it.each([
    ['cam1', 'cam1'],
    ['site/door:1', 'site_door_1'],
    ['../../etc', '_.._etc'],
    ['  .hidden. ', 'hidden'],
    ['con', '_con'],
    ['', 'stream'],
    ['Tür ☃', 'Tür ☃'],
    ['a\u202egpj', 'a_gpj'],
    ['x\u0000y\nz', 'x_y_z'],
  ])('of %j is safe', (stream, expected) => {
    expect(clipFileName(stream, startUs)).toBe(`${expected} 2026-11-22 14.03.20.mp4`);
  });

  it('fits into a file system', () => {
    expect(Buffer.byteLength(clipFileName('☃'.repeat(500), startUs))).toBeLessThan(200);
  });
});

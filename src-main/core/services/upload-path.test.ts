import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { checkUploadPath } from './upload-path.ts';

it.each([
  'cam1/1762842203/v_init.m4s',
  'cam1/1762842203/a_seg_0001.m4s',
  'cam1/1762842203/manifest.mpd',
  'archive/2026/cam1/1762842203/v_seg_12345.m4s',
  'Küche & Flur/1762842203/audio_seg_0001.m4s',
  'cam1/2026/11/22/seg_0001.m4s',
  'cam1/2026/11/22/init.m4s',
])('takes %s', (text) => {
  expect(checkUploadPath(text)).toBe(text);
});

it.each([
  'v_init.m4s',
  '1762842203/v_init.m4s',
  'cam1/v_init.m4s',
  '.uploads/1762842203/v_init.m4s',
  'cam1/176284/v_init.m4s',
  'cam1/1762842203/extra/v_init.m4s',
  'cam1/1762842203/index.html',
  'cam1/1762842203/v_seg_0000.m4s',
  'cam1/1762842203/.m4s',
  'cam1/2026/13/22/seg_0001.m4s',
  '../cam1/1762842203/v_init.m4s',
  'cam1/../1762842203/v_init.m4s',
  '/cam1/1762842203/v_init.m4s',
  'cam1//1762842203/v_init.m4s',
  'cam1\\..\\1762842203/v_init.m4s',
  'C:/1762842203/v_init.m4s',
  'cam\n1/1762842203/v_init.m4s',
  'cam1/1762842203/v_init.m4s/',
  '',
])('refuses %j', (text) => {
  expect(() => checkUploadPath(text)).toThrow(AppError);
});

const component = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    'cam1',
    '1762842203',
    '2026',
    '11',
    '22',
    'v_init.m4s',
    'seg_0001.m4s',
    '%2e%2e',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);

it('lets nothing through that is not a file of a recording below the root', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(component, { minLength: 1, maxLength: 6 }), (components) => {
      const text = components.join('/');
      try {
        checkUploadPath(text);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        return;
      }
      taken++;
      expect(path.posix.normalize(text)).toBe(text);
      expect(path.win32.resolve('D:\\root', text).startsWith('D:\\root\\')).toBe(true);
      expect(text).toMatch(/^(?!\/).+\/(\d{10,}|\d{4}\/\d\d\/\d\d)\/[\w]+\.(m4s|mpd)$/s);
    }),
    { numRuns: 20_000, seed: 7 },
  );
  expect(taken).toBeGreaterThan(0);
});

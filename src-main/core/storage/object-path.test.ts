import { expect, it } from 'vitest';
import { AppError } from '../base/errors.ts';
import { checkObjectPath } from './object-path.ts';

it.each([
  'cam1/1762842203/v_init.m4s',
  'a..b/c...d.m4s',
  'Küche & Flur/1762842203/v_seg_0001.m4s',
  '%2e%2e/etc/passwd',
  '.hidden/x',
  'init.m4s',
  '📷/1762842203/v_init.m4s',
])('accepts %s as it is', (path) => {
  expect(checkObjectPath(path)).toBe(path);
});

it.each([
  ['', 'is empty'],
  ['/etc/passwd', 'starts with a slash'],
  ['../secret', "component '..'"],
  ['cam1/../../secret', "component '..'"],
  ['cam1/..', "component '..'"],
  ['./cam1', "component '.'"],
  ['cam1//x', 'empty component'],
  ['cam1/', 'empty component'],
  ['cam1\\..\\x', 'backslash'],
  ['C:/windows', 'drive letter'],
  ['c:', 'drive letter'],
  ['cam1/\0', 'NUL'],
  ['cam\ud83d/x', 'half of a character'],
  ['x'.repeat(1025), 'longer than'],
])('refuses %j', (path, reason) => {
  expect(() => checkObjectPath(path)).toThrow(AppError);
  expect(() => checkObjectPath(path)).toThrow(reason);
});

import { expect, test } from 'vitest';
import { readAbsolutePath, readChooseFolderRequest, readNotice } from './bridge-input.ts';

test('takes what the bridge declares and drops the rest', () => {
  expect(readNotice({ title: 'Export ready', body: 'cam1', icon: 'file:///x' })).toEqual({
    title: 'Export ready',
    body: 'cam1',
  });
  expect(readChooseFolderRequest({ title: 'Export to' })).toEqual({ title: 'Export to' });
  expect(readChooseFolderRequest({ title: 'Export to', startPath: '/home/../tmp' })).toEqual({
    title: 'Export to',
    startPath: '/tmp',
  });
});

test.each([null, 'text', {}, { title: 1, body: '' }, { title: 'x', body: 'y'.repeat(1001) }])(
  'refuses %j as a notice',
  (input) => {
    expect(() => readNotice(input)).toThrow(TypeError);
  },
);

test.each(['relative', '../up', '', '//server/share', '\\\\server\\share', '/a\0b', 5, undefined])(
  'refuses %j as a path',
  (input) => {
    expect(() => readAbsolutePath(input)).toThrow(TypeError);
  },
);

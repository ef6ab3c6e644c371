import { expect, it } from 'vitest';
import { parseRecordingFolder } from '../recordings/recording-path.ts';
import { baseDirOf } from './base-dir.ts';

const NOW_MS = 1_786_500_000_999;

it.each([
  ['', 'a', 'cam1', null],
  ['/', 'a', 'cam1', null],
  ['archive', 'a', 'cam1', 'archive/a/cam1/1786500000'],
  ['/archive//day/', 'a', 'cam 1', 'archive/day/a/cam 1/1786500000'],
  ['archive', 'edge/1', '..', 'archive/edge%2F1/%2E%2E/1786500000'],
  ['archive', 'a', 'x\\..\ny', 'archive/a/x%5C..%0Ay/1786500000'],
])('%j %j %j: %j', (prefix, alias, stream, expected) => {
  expect(baseDirOf(prefix, alias, stream, NOW_MS)).toBe(expected);
});

it('gives a folder that tells its stream and its start', () => {
  expect(parseRecordingFolder(baseDirOf('archive', 'a', 'cam1', NOW_MS)!)).toMatchObject({
    stream: 'cam1',
    record: '1786500000',
  });
});

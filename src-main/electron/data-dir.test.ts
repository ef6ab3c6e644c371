import { expect, test } from 'vitest';
import { defaultDataDir, profileDir } from './data-dir.ts';

test.each([
  ['linux', {}, '/home/me/.local/share/liveman-desktop'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/liveman-desktop'],
  ['darwin', {}, '/home/me/Library/Application Support/Liveman Desktop'],
] as const)('on %s with %j the data is in %s', (platform, env, expected) => {
  expect(defaultDataDir({ platform, env, home: '/home/me' })).toBe(expected);
});

test('the window’s profile is inside the data folder', () => {
  expect(profileDir('/data/a b')).toBe('/data/a b/window');
});

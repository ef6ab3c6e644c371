import { expect, test } from 'vitest';
import { profileDir } from './profile-dir.ts';

test('the window’s profile is inside the data folder', () => {
  expect(profileDir('/data/a b')).toBe('/data/a b/window');
});

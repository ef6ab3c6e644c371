import { describe, expect, it } from 'vitest';
import { defaultDataDir } from './data-dir.ts';

describe('defaultDataDir', () => {
  const linux = { platform: 'linux', env: {}, isRoot: false, home: '/home/op' } as const;
  it.each([
    [linux, '/home/op/.local/share/liveman-desktop'],
    [{ ...linux, env: { XDG_DATA_HOME: '/x' } }, '/x/liveman-desktop'],
    [{ ...linux, isRoot: true }, '/var/lib/liveman'],
    [{ ...linux, platform: 'darwin' as const }, '/home/op/Library/Application Support/Liveman Desktop'],
  ])('of %j is %s', (surroundings, expected) => expect(defaultDataDir(surroundings)).toBe(expected));
});

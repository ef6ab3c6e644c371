import { describe, expect, it } from 'vitest';
import type { RouteAccess } from '../../../src-shared/contract/route.ts';
import { isAllowed, MODE, MODE_ALL } from './principal.ts';

/** Which principals (`id` with `mode`) may call a route of each access about the stream cam1. */
const EXPECTED: Readonly<Partial<Record<RouteAccess, readonly string[]>>> = {
  read: ['cam1:4', 'cam1:7', '*:4', '*:7'],
  write: ['cam1:2', 'cam1:7', '*:2', '*:7'],
  session: ['cam1:4', 'cam1:2', 'cam1:7', '*:4', '*:2', '*:7'],
  execute: ['cam1:1', 'cam1:7', '*:1', '*:7'],
  admin: ['*:1', '*:7'],
};

describe.each(Object.entries(EXPECTED) as [RouteAccess, readonly string[]][])(
  'access %s',
  (access, allowed) => {
    it('is for exactly these', () => {
      const found = ['cam1', 'cam2', '*'].flatMap((id) =>
        [MODE.read, MODE.write, MODE.admin, MODE_ALL]
          .filter((mode) => isAllowed({ id, mode, name: 'somebody' }, access, 'cam1'))
          .map((mode) => `${id}:${mode}`),
      );
      expect([...found].sort()).toEqual([...allowed].sort());
    });

    it('is not given for a stream that the route does not name', () => {
      const isGiven = isAllowed({ id: '*', mode: MODE_ALL, name: 'somebody' }, access, undefined);
      expect(isGiven).toBe(access === 'admin');
    });
  },
);

import { describe, expect, it } from 'vitest';
import { ROUTE_ACCESSES, type RouteAccess } from '../../../src-shared/contract/route.ts';
import { isAllowed, MODE, MODE_ALL, maySee, maySeeAll, type Principal } from './principal.ts';

/** Which principals (`id` with `mode`) may call a route of each access about the stream cam1. */
const EXPECTED: Readonly<Record<RouteAccess, readonly string[]>> = {
  open: [
    'cam1:4',
    'cam1:2',
    'cam1:1',
    'cam1:7',
    'cam2:4',
    'cam2:2',
    'cam2:1',
    'cam2:7',
    '*:4',
    '*:2',
    '*:1',
    '*:7',
  ],
  any: [
    'cam1:4',
    'cam1:2',
    'cam1:1',
    'cam1:7',
    'cam2:4',
    'cam2:2',
    'cam2:1',
    'cam2:7',
    '*:4',
    '*:2',
    '*:1',
    '*:7',
  ],
  report: ['*:2', '*:1', '*:7'],
  read: ['cam1:4', 'cam1:7', '*:4', '*:7'],
  write: ['cam1:2', 'cam1:7', '*:2', '*:7'],
  session: ['cam1:4', 'cam1:2', 'cam1:7', '*:4', '*:2', '*:7'],
  execute: ['cam1:1', 'cam1:7', '*:1', '*:7'],
  observe: ['*:4', '*:1', '*:7'],
  operate: ['*:1', '*:7'],
  admin: ['*:1', '*:7'],
};
/** Of these the `{stream}` is not asked for, or only where the path names one. */
const WITHOUT_STREAM: readonly RouteAccess[] = ['open', 'any', 'report', 'observe', 'operate', 'admin'];

const roles = {
  viewer: { id: '*', mode: MODE.read, name: 'viewer' },
  operator: { id: '*', mode: MODE.read | MODE.write | MODE.operate, name: 'operator' },
  admin: { id: '*', mode: MODE_ALL, name: 'admin' },
} as const satisfies Record<string, Principal>;

describe.each(ROUTE_ACCESSES)('access %s', (access) => {
  it('is for exactly these', () => {
    const found = ['cam1', 'cam2', '*'].flatMap((id) =>
      [MODE.read, MODE.write, MODE.admin, MODE_ALL]
        .filter((mode) => isAllowed({ id, mode, name: 'somebody' }, access, 'cam1'))
        .map((mode) => `${id}:${mode}`),
    );
    expect([...found].sort()).toEqual([...EXPECTED[access]].sort());
  });

  it('is not given for a stream that the route does not name', () => {
    const isGiven = isAllowed({ id: '*', mode: MODE_ALL, name: 'somebody' }, access, undefined);
    expect(isGiven).toBe(WITHOUT_STREAM.includes(access));
  });
});

describe('roles', () => {
  const accesses = (principal: Principal, stream: string) =>
    ROUTE_ACCESSES.filter((access) => isAllowed(principal, access, stream)).join(' ');

  it('may do more and more', () => {
    expect(accesses(roles.viewer, 'cam1')).toBe('open any read session observe');
    expect(accesses(roles.operator, 'cam1')).toBe(
      'open report any read write session execute observe operate',
    );
    expect(accesses(roles.admin, 'cam1')).toBe(ROUTE_ACCESSES.join(' '));
  });

  it('are limited to streams that match, and never report segments then', () => {
    const streams = ['cam*', 'gate'];
    expect(accesses({ ...roles.operator, streams }, 'cam1')).toBe(
      'open any read write session execute observe operate',
    );
    expect(accesses({ ...roles.operator, streams }, 'other')).toBe('open any observe');
    expect(accesses({ ...roles.admin, streams }, 'other')).toBe('open any observe');
    expect(accesses({ ...roles.viewer, streams: [] }, 'cam1')).toBe('open any observe');
  });

  it('see all only without limit', () => {
    expect(maySeeAll(roles.viewer)).toBe(true);
    expect(maySeeAll({ ...roles.admin, streams: ['*'] })).toBe(false);
    expect(maySee({ ...roles.viewer, streams: ['*'] }, 'a/b.c')).toBe(true);
    expect(maySeeAll({ id: '*', mode: MODE.write, name: 'publisher' })).toBe(false);
    expect(maySee(null, 'cam1')).toBe(false);
  });
});

import { expect, it } from 'vitest';
import { secretRows } from './secret-rows.ts';

it('puts stored secrets and what liveman.toml names together', () => {
  const named = [
    { path: 'nodes[0].token', line: 3, kind: 'keychain', name: 'edge', problem: null },
    { path: 'nodes[1].token', line: 9, kind: 'keychain', name: 'edge', problem: null },
    { path: 'auth.secret', line: 12, kind: 'env', name: 'JWT', problem: null },
    { path: 'database.url', line: null, kind: 'keychain', name: 'db', problem: 'There is no secret db.' },
  ] as const;
  const file = { path: 'f', whyReadOnly: null, problem: null, plain: [], named: [...named] };
  expect(secretRows({ file, stored: ['edge', 'old'] })).toEqual([
    { kind: 'env', name: 'JWT', usedBy: ['auth.secret'], problem: null, isStored: false },
    {
      kind: 'keychain',
      name: 'db',
      usedBy: ['database.url'],
      problem: 'There is no secret db.',
      isStored: false,
    },
    {
      kind: 'keychain',
      name: 'edge',
      usedBy: ['nodes[0].token', 'nodes[1].token'],
      problem: null,
      isStored: true,
    },
    { kind: 'keychain', name: 'old', usedBy: [], problem: null, isStored: true },
  ]);
});

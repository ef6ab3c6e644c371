import { expect, it } from 'vitest';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { SystemAlerts } from './system-alerts.ts';

const GB = 1e9;

type Part<K extends 'database' | 'secrets' | 'storage'> = Partial<SystemStatus[K]>;

function look(database: Part<'database'>, storage: Part<'storage'>) {
  const open = new Map<string, string>();
  const status = {
    database: {},
    storage: {},
    otherStorages: [] as SystemStatus['otherStorages'],
    secrets: { place: 'here', problem: null, missing: null },
    journal: { entryCount: 0, setAsideCount: 0, problem: null },
  } as SystemStatus;
  const told = new SystemAlerts({
    alerts: {
      mustRaise: true,
      raise: (kind, object, text) => open.set(`${kind} of ${object.kind} ${object.name}`, text),
      resolve: (kind, object) => open.delete(`${kind} of ${object.kind} ${object.name}`),
    },
    readStatus: () => status,
    nowMs: () => 0,
  });
  told.close();
  const check = (next: {
    database?: Part<'database'>;
    secrets?: Part<'secrets'>;
    storage?: Part<'storage'>;
    otherStorages?: SystemStatus['otherStorages'];
  }) => {
    if (next.otherStorages) status.otherStorages = next.otherStorages;
    Object.assign(status.database, next.database);
    Object.assign(status.secrets, next.secrets);
    Object.assign(status.storage, next.storage);
    told.check();
    return open;
  };
  check({
    database: { isUp: true, isEmbedded: true, problem: null, ...database },
    storage: {
      name: '/srv',
      isUp: true,
      usedBytes: 10 * GB,
      totalBytes: 100 * GB,
      problem: null,
      ...storage,
    },
  });
  return { open, check };
}

it('tells of a database that is away, and that it is back', () => {
  const { check, open } = look({}, {});
  expect([...open]).toEqual([]);
  check({ database: { isUp: false, problem: 'The connection is refused.' } });
  expect(open.get('database-trouble of database built-in')).toMatch(/^The connection is refused\. /);
  check({ database: { isUp: true } });
  expect([...open]).toEqual([]);
});

it('tells of a storage that is away, in its words or in ours', () => {
  const { check, open } = look({ isEmbedded: false }, { isUp: false });
  const key = 'storage-trouble of storage /srv';
  expect(open.get(key)).toMatch(/^The storage cannot be used\. /);
  check({ storage: { problem: 'The bucket is gone.' } });
  expect(open.get(key)).toMatch(/^The bucket is gone\. Recordings cannot be played/);
  check({ storage: { isUp: true } });
  expect([...open]).toEqual([]);
});

it('tells of each further storage under its own name', () => {
  const { check, open } = look({}, {});
  const attic = { name: 'attic', isUp: false, usedBytes: null, totalBytes: null, problem: 'It is away.' };
  check({ otherStorages: [attic] });
  expect([...open]).toEqual([
    ['storage-trouble of storage attic', 'It is away. Recordings cannot be played meanwhile.'],
  ]);
  check({ otherStorages: [{ ...attic, isUp: true }] });
  expect([...open]).toEqual([]);
});

it('tells of a disk that fills up until there is clearly more room', () => {
  const { check, open } = look({}, { usedBytes: 89.9 * GB });
  const key = 'disk-nearly-full of storage /srv';
  expect([...open]).toEqual([]);
  check({ storage: { usedBytes: 93 * GB } });
  expect(open.get(key)).toContain('93 % full, 7.0 GB are free');
  check({ storage: { usedBytes: 89 * GB } });
  expect(open.has(key)).toBe(true);
  check({ storage: { usedBytes: 87 * GB } });
  expect([...open]).toEqual([]);
});

it('tells of a locked keychain and of missing secrets apart, each until it is over', () => {
  const { check, open } = look({}, {});
  check({ secrets: { problem: 'The keychain is locked.' } });
  expect([...open]).toEqual([['keychain-trouble of secrets here', 'The keychain is locked.']]);
  check({ secrets: { problem: null, missing: 'There is no secret hook.' } });
  expect([...open]).toEqual([['secret-missing of secrets here', 'There is no secret hook.']]);
  check({ secrets: { missing: null } });
  expect([...open]).toEqual([]);
});

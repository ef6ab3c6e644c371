import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Alert } from '../../../src-shared/model/alert.ts';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { SystemAlerts } from './system-alerts.ts';

beforeAll(() => void vi.useFakeTimers());
afterAll(() => void vi.useRealTimers());

const GB = 1e9;

type Part<K extends 'database' | 'secrets' | 'storage'> = Partial<SystemStatus[K]>;

function look(database: Part<'database'>, storage: Part<'storage'>) {
  const open = new Map<string, string>();
  const foreign: Alert[] = [];
  const now = { ms: 0 };
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
      isLeading: true,
      open: () => foreign,
      raise: (kind, object, text) => open.set(`${kind} of ${object.kind} ${object.name}`, text),
      resolve: (kind, object) => open.delete(`${kind} of ${object.kind} ${object.name}`),
    },
    readStatus: () => status,
    nowMs: () => now.ms,
  });
  vi.clearAllTimers();
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
  return { open, check, foreign, now, close: () => told.close() };
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

it('takes back what it said of its secrets when its manager ends', () => {
  const { check, close, open } = look({}, {});
  check({ secrets: { problem: 'The keychain is locked.', missing: 'There is no secret hook.' } });
  expect(open.size).toBe(2);
  close();
  expect([...open]).toEqual([]);
});

it('ends what a manager said that was killed, once it has said nothing more for some minutes', () => {
  const { check, foreign, now, open } = look({}, {});
  const said = {
    kind: 'keychain-trouble',
    object: { kind: 'secrets', name: 'elsewhere' },
    lastAtMs: 0,
  } as Alert;
  foreign.push(said);
  open.set('keychain-trouble of secrets elsewhere', 'locked');
  const isOpen = (ms: number) => {
    now.ms = ms;
    check({});
    return open.size > 0;
  };
  expect([isOpen(60_000), isOpen(170_000)]).toEqual([true, true]);
  foreign[0] = { ...said, lastAtMs: 170_000 };
  expect(isOpen(340_000)).toBe(true);
  check({ database: { isUp: false } });
  // Who did not hear of the others for a while gives them time.
  expect([isOpen(360_000), open.has('keychain-trouble of secrets elsewhere')]).toEqual([true, true]);
  check({ database: { isUp: true } });
  expect(isOpen(500_000)).toBe(true);
  expect(isOpen(560_000)).toBe(false);
});

import { expect, it } from 'vitest';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { journalHint, journalText, journalTone, storageText, storageToWatch } from './status-texts.ts';

const empty: SystemStatus['journal'] = {
  entryCount: 0,
  segmentCount: 0,
  usedBytes: 0,
  maxBytes: 1e9,
  oldestAtMs: null,
  setAsideCount: 0,
  setAsideReason: null,
  problem: null,
};

it('says nothing of a journal that is empty', () => {
  expect(journalText(empty)).toBeNull();
});

it.each<[Partial<SystemStatus['journal']>, string, string, string]>([
  [
    { entryCount: 1, segmentCount: 12, usedBytes: 3e6, oldestAtMs: 1 },
    'Journal 1 report · 3.00 MB',
    '12 segments are safe on disk and indexed once the database takes them; the journal is 0 % full',
    'warn',
  ],
  [
    { entryCount: 5000, segmentCount: 5000, usedBytes: 9e8, oldestAtMs: 1 },
    'Journal 5,000 reports · 900 MB',
    '5,000 segments are safe on disk and indexed once the database takes them; the journal is 90 % full',
    'bad',
  ],
  [{ setAsideCount: 2, setAsideReason: 'no' }, 'Journal 2 reports set aside', 'no', 'warn'],
  [{ problem: 'The disk is full.' }, 'Journal trouble', 'The disk is full.', 'bad'],
])('says what a journal holds: %o', (change, text, hint, tone) => {
  const journal = { ...empty, ...change };
  expect(journalText(journal)).toBe(text);
  expect(journalHint(journal)).toBe(hint);
  expect(journalTone(journal)).toBe(tone);
});

it('watches the storage that cannot be used, else the fullest, else the first', () => {
  const storage: SystemStatus['storage'] = {
    name: 'first',
    isUp: true,
    usedBytes: 50,
    totalBytes: 100,
    problem: null,
  };
  const fuller = { ...storage, name: 'fuller', usedBytes: 90 };
  const unknown = { ...storage, name: 'bucket', usedBytes: null, totalBytes: null };
  const down = { ...storage, name: 'down', isUp: false };
  const watched = (otherStorages: SystemStatus['otherStorages']) =>
    storageToWatch({ storage, otherStorages }).name;
  expect(watched([])).toBe('first');
  expect(watched([unknown, { ...storage, name: 'as full' }])).toBe('first');
  expect(watched([unknown, fuller])).toBe('fuller');
  expect(watched([fuller, down])).toBe('down');
  const text = (otherStorages: SystemStatus['otherStorages']) => storageText({ storage, otherStorages });
  expect(text([])).toBe('Storage 50 % · 50 B free');
  expect(text([fuller, down, down])).toBe('2 of 4 storages cannot be used');
  expect(storageText({ storage: down, otherStorages: [] })).toBe('Storage cannot be used');
});

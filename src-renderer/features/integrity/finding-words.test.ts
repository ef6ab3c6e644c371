import { expect, it } from 'vitest';
import type { IntegrityRun } from '../../../src-shared/model/integrity.ts';
import { parseKind, runRatio, runWords } from './finding-words.ts';

const run: IntegrityRun = {
  id: '1',
  state: 'running',
  phase: 'recordings',
  stream: null,
  startUs: null,
  endUs: null,
  isRepairing: false,
  isScheduled: false,
  startedAtMs: 0,
  finishedAtMs: null,
  segmentCount: 250,
  segmentsInAll: 1000,
  objectCount: 0,
  place: 'cam1/1',
  foundCount: 1,
  repairedCount: 0,
  problem: null,
};

it('says what a run does and what came of it', () => {
  expect(runWords(run)).toBe('Holding rows against their files: 250 segments and 0 files so far, 1 finding');
  const done = {
    ...run,
    state: 'done',
    segmentCount: 1000,
    objectCount: 1203,
    foundCount: 3,
    repairedCount: 2,
  } as const;
  expect(runWords(done)).toBe('1,000 segments and 1,203 files checked: 3 findings, 2 repaired');
  expect(runWords({ ...run, state: 'failed', problem: 'The database is away.' })).toBe(
    'The check failed: The database is away.',
  );
});

it('knows how far it is only while rows are counted', () => {
  expect(runRatio(run)).toBe(0.25);
  expect(runRatio({ ...run, segmentsInAll: null })).toBeNull();
  expect(runRatio({ ...run, phase: 'objects' })).toBeNull();
});

it('takes only kinds there are', () => {
  expect([parseKind('gap'), parseKind('nonsense'), parseKind(null)]).toEqual(['gap', null, null]);
});

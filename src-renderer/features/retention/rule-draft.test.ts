import { describe, expect, it } from 'vitest';
import { draftsOf, firstProblem, isChanged, moved, newDraft, problemsOf, toInputs } from './rule-draft.ts';

const rule = (
  source: 'file' | 'window',
  streams: string[],
  keepDays: number | null,
  maxBytes: number | null,
) => ({
  id: streams.join(),
  source,
  streams,
  keepDays,
  maxBytes,
  updatedBy: '',
  updatedAtMs: null,
});
const RULES = [
  rule('file', ['vip'], null, null),
  rule('window', ['cam*', 'yard/*'], 30, 1_500_000_000),
  rule('window', ['*'], null, null),
];

describe('drafts of rules', () => {
  it('become what they were made from', () => {
    const drafts = draftsOf(RULES);
    expect(drafts.map(({ days, gigabytes, streams }) => [streams, days, gigabytes])).toEqual([
      ['cam*, yard/*', '30', '1.5'],
      ['*', '', ''],
    ]);
    expect(toInputs(drafts)).toEqual([
      { streams: ['cam*', 'yard/*'], keepDays: 30, maxBytes: 1_500_000_000 },
      { streams: ['*'], keepDays: null, maxBytes: null },
    ]);
    expect(isChanged(drafts, RULES)).toBe(false);
    expect(isChanged(drafts.slice(1), RULES)).toBe(true);
  });

  it('take blanks and commas between patterns, and a comma in a number', () => {
    const draft = { ...newDraft(), streams: ' a,b  c ', gigabytes: '0,5' };
    expect(toInputs([draft])).toEqual([{ streams: ['a', 'b', 'c'], keepDays: null, maxBytes: 500_000_000 }]);
  });

  it.each([
    [{ streams: ' , ' }, 'streams'],
    [{ streams: '*', days: '0' }, 'days'],
    [{ streams: '*', days: '1.5' }, 'days'],
    [{ streams: '*', gigabytes: '-1' }, 'gigabytes'],
    [{ streams: '*', gigabytes: 'many' }, 'gigabytes'],
  ] as const)('with %j cannot be saved', (fields, field) => {
    const draft = { ...newDraft(), ...fields };
    expect(problemsOf(draft)[field]).not.toBeNull();
    expect(toInputs([draft])).toBeNull();
  });
});

it('names the first rule that cannot be saved', () => {
  const good = { ...newDraft(), streams: '*' };
  expect(firstProblem([good], 1)).toBeNull();
  expect(firstProblem([good, { ...good, days: 'x' }, newDraft()], 2)).toBe('Rule 3: Whole days, 1 to 36500.');
});

it('moves an entry within the list', () => {
  expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
  expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b']);
});

import { describe, expect, test } from 'vitest';
import { addCounts, countPlaywright, countsLine, countVitest } from './test-counts.mjs';

const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map((each) => ({ status: each })),
});

describe('countVitest', () => {
  test('counts test cases', () => {
    const report = { testResults: [file('passed', 'passed', 'passed', 'skipped'), file('failed', 'failed')] };
    expect(countVitest(report, false)).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });

  test('a file that could not be loaded is a failure', () => {
    const report = { testResults: [file('passed', 'passed'), file('failed')] };
    expect(countVitest(report, false)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  test.each([undefined, {}, { testResults: [] }, { testResults: [file('passed', 'skipped')] }])(
    'a run that executed nothing has failed: %j',
    (report) => {
      expect(countVitest(report, true).failed).toBe(1);
    },
  );

  test('an error outside of tests is a failure', () => {
    expect(countVitest({ testResults: [file('passed', 'passed')] }, false)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });
});

describe('countPlaywright', () => {
  test('counts specs', () => {
    const report = { stats: { expected: 3, unexpected: 1, flaky: 0, skipped: 2 }, errors: [] };
    expect(countPlaywright(report, false)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  test('an error while loading is a failure, and so is a run without specs', () => {
    const none = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
    expect(countPlaywright({ stats: none, errors: [{ message: 'No tests found' }] }, false).failed).toBe(1);
    expect(countPlaywright({ stats: none, errors: [] }, true).failed).toBe(1);
    expect(countPlaywright(undefined, false).failed).toBe(1);
  });
});

test('the last line names skipped tests only where there are some', () => {
  const counts = addCounts([
    { passed: 2, failed: 0, skipped: 0 },
    { passed: 3, failed: 1, skipped: 0 },
  ]);
  expect(countsLine(counts)).toBe('5 passed, 1 failed');
  expect(countsLine({ ...counts, skipped: 4 })).toBe('5 passed, 1 failed, 4 skipped');
});

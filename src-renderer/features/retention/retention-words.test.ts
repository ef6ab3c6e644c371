import { expect, it } from 'vitest';
import { amountText, daysText, dayText, hoursText, limitsText, outlookText } from './retention-words.ts';

it('says amounts and limits', () => {
  expect(dayText(20_593)).toBe('20 May 2026');
  expect(hoursText(90 * 60_000_000)).toBe('1.5 h');
  expect(hoursText(20 * 60_000_000)).toBe('20 min');
  expect(amountText({ segments: 1, bytes: 5_000_000 })).toBe('1 segment, 5.00 MB');
  expect(limitsText({ keepDays: 30, maxBytes: 2e12 })).toBe('30 days, at most 2.00 TB');
  expect(limitsText({ keepDays: null, maxBytes: null })).toBe('everything is kept');
  expect(daysText(0.4)).toBe('less than a day');
  expect(daysText(14.8)).toBe('14 days');
  expect(daysText(1200)).toBe('3 years');
  expect(daysText(32_455)).toBe('more than 10 years');
});

it('says what becomes of a rule', () => {
  const rule = {
    ruleId: '',
    storedBytes: 0,
    growthBytesPerDay: 1e9,
    reachesLimitInDays: null,
    settlesAtBytes: null,
  };
  expect(outlookText({ ...rule, reachesLimitInDays: 0 })).toBe('limit reached');
  expect(outlookText({ ...rule, reachesLimitInDays: 3.2 })).toBe('limit in 3 days');
  expect(outlookText({ ...rule, settlesAtBytes: 5e9 })).toBe('settles at 5.00 GB');
  expect(outlookText(rule)).toBe('1.00 GB more a day');
  expect(outlookText({ ...rule, growthBytesPerDay: 0 })).toBe('');
});

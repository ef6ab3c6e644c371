import { expect, it } from 'vitest';
import { nextCheckMs } from './check-due.ts';

const schedule = { every_days: 7, at_hour: 3, max_minutes: 120 };
const at = (day: number, hour: number, minute = 0) => new Date(2026, 4, day, hour, minute).getTime();

const due = (nowMs: number, doneMs: number, triedMs: number | null = null) =>
  nextCheckMs(schedule, { doneMs, triedMs }, nowMs);

it('is due in the night after the last one is old enough', () => {
  expect(due(at(2, 12), at(1, 3))).toBe(at(8, 3));
  // One that began late is not a reason to lose a night.
  expect(due(at(2, 12), at(1, 4))).toBe(at(8, 3));
  expect(due(at(8, 3, 1), at(1, 3))).toBe(at(8, 3));
});

it('is due in the next night where it was not done', () => {
  expect(due(at(8, 5, 1), at(1, 3), at(8, 5))).toBe(at(9, 3));
  expect(due(at(9, 3, 0), at(1, 3), at(8, 5))).toBe(at(9, 3));
});

it('is due at once where a night was missed', () => {
  expect(due(at(12, 14), at(1, 3))).toBe(at(12, 14));
  expect(due(at(12, 14), at(1, 3), at(12, 13))).toBe(at(13, 3));
});

it('is never due where it is off', () => {
  expect(nextCheckMs({ ...schedule, every_days: 0 }, { doneMs: 0, triedMs: null }, at(12, 14))).toBeNull();
});

import { MS_PER_DAY, MS_PER_HOUR } from '../../../src-shared/util/units.ts';
import type { Config } from '../config/config-schema.ts';
import type { CheckHistory } from './run-table.ts';

/** When checks are made that nobody asks for. */
export type CheckSchedule = Config['integrity'];

/** Nights begin at the same hour; a check that began a little late is as old as one that did not. */
const SLACK_MS = MS_PER_DAY / 2;

/**
 * When the next check is due, milliseconds since the epoch: at the hour of the night, this computer's time, when the
 * last one is old enough, and once a night until it is done; at once where a night was missed. Null where none is wanted.
 */
export function nextCheckMs(schedule: CheckSchedule, history: CheckHistory, nowMs: number): number | null {
  const { at_hour: hour, every_days: everyDays } = schedule;
  if (everyDays === 0) return null;
  const triedMs = history.triedMs ?? -Infinity;
  const fromMs = Math.max(history.doneMs + everyDays * MS_PER_DAY, triedMs + MS_PER_DAY) - SLACK_MS;
  if (fromMs + SLACK_MS + MS_PER_DAY <= nowMs) return nowMs;
  return nextHour(hour, Math.max(fromMs, nowMs - MS_PER_HOUR));
}

/** The first begin of this hour of the day, this computer's time, that is not before `fromMs`. */
function nextHour(hour: number, fromMs: number): number {
  const at = new Date(fromMs);
  at.setHours(hour, 0, 0, 0);
  if (at.getTime() < fromMs) at.setDate(at.getDate() + 1);
  return at.getTime();
}

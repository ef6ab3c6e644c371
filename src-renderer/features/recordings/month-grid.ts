import type { DayCoverage } from '../../../src-shared/model/segment.ts';

/** A month as `yyyy-mm`. */
export type Month = string;

/** A cell of the calendar; `coverage` is 0 to 1, null while not known. */
export interface DayCell {
  /** `yyyy-mm-dd` */
  readonly day: string;
  readonly number: number;
  readonly coverage: number | null;
  readonly startUs: number | null;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** The month `by` months after. */
export function shiftMonth(month: Month, by: number): Month {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const date = new Date(Date.UTC(year, number - 1 + by, 1));
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}`;
}

/** The day `by` days after (`yyyy-mm-dd`). */
export function shiftDay(day: string, by: number): string {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, date + by)).toISOString().slice(0, 10);
}

/** Weeks of a month, Monday first; null where a week holds days of another month. */
export function monthGrid(month: Month, days: readonly DayCoverage[]): (DayCell | null)[][] {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const firstColumn = (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7;
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const known = new Map(days.map((day) => [day.day, day]));
  const cells: (DayCell | null)[] = Array.from({ length: firstColumn }, () => null);
  for (let date = 1; date <= count; date++) {
    const day = `${month}-${two(date)}`;
    const entry = known.get(day);
    const lengthUs = entry ? entry.endUs - entry.startUs : 0;
    cells.push({
      day,
      number: date,
      coverage: entry && lengthUs > 0 ? Math.min(1, entry.coveredUs / lengthUs) : days.length > 0 ? 0 : null,
      startUs: entry?.startUs ?? null,
    });
  }
  const weeks: (DayCell | null)[][] = [];
  for (let at = 0; at < cells.length; at += 7) {
    const week = cells.slice(at, at + 7);
    while (week.length < 7) week.push(null);
    weeks.push(week);
  }
  return weeks;
}

/** How far an arrow key moves in the grid, in days; null for other keys. */
export function dayStep(key: string): number | null {
  const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  return steps[key] ?? null;
}

/** Shade of a day, as words too: nothing, some, most of it, all of it. */
export function coverageWord(coverage: number | null): string {
  if (coverage === null) return 'not known yet';
  if (coverage === 0) return 'nothing recorded';
  if (coverage < 0.5) return 'some recorded';
  return coverage < 0.97 ? 'most recorded' : 'all recorded';
}

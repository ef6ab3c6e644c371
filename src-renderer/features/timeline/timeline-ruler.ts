import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import {
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_MS,
  US_PER_SECOND,
} from '../../../src-shared/util/units.ts';
import {
  dayStartUs,
  fieldsAt,
  offsetName,
  shiftDaysUs,
  usOfFields,
  weekdayOf,
  zoneOffsetUs,
} from '../../format/zone-time.ts';
import { usPerPx, xOfUs } from './timeline-scale.ts';

/** A distance between marks. `elapsed` steps are laid from local midnight, the others by the calendar. */
export interface RulerStep {
  readonly kind: 'elapsed' | 'hours' | 'days' | 'months' | 'years';
  /** Microseconds for `elapsed`, else hours, days, months or years. */
  readonly count: number;
  /** Usual length, for choosing a step and for placing the small marks. */
  readonly approxUs: number;
}

/** A mark with a label; `isDate` marks carry a date instead of a time of day. */
export interface RulerTick {
  readonly us: number;
  readonly x: number;
  readonly label: string;
  readonly isDate: boolean;
}

export interface Ruler {
  readonly step: RulerStep;
  readonly major: readonly RulerTick[];
  /** Pixels of the small marks between the labelled ones. */
  readonly minorX: readonly number[];
}

const elapsed = (count: number): RulerStep => ({ kind: 'elapsed', count, approxUs: count });
const hours = (count: number): RulerStep => ({ kind: 'hours', count, approxUs: count * US_PER_HOUR });
const days = (count: number): RulerStep => ({ kind: 'days', count, approxUs: count * US_PER_DAY });
const months = (count: number): RulerStep => ({ kind: 'months', count, approxUs: count * 30.4 * US_PER_DAY });
const years = (count: number): RulerStep => ({ kind: 'years', count, approxUs: count * 365.25 * US_PER_DAY });

/** All steps, shortest first; each divides the next unit evenly, so that midnight is always a mark. */
export const RULER_STEPS: readonly RulerStep[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => elapsed(count * US_PER_MS)),
  ...[1, 2, 5, 10, 15, 30].map((count) => elapsed(count * US_PER_SECOND)),
  ...[1, 2, 5, 10, 15, 30, 60].map((count) => elapsed(count * US_PER_MINUTE)),
  ...[2, 3, 6, 12].map(hours),
  ...[1, 2, 5, 10, 15].map(days),
  ...[1, 2, 3, 6].map(months),
  ...[1, 2, 5, 10].map(years),
];

const LABEL_GAP_PX = 14;
const MIN_MINOR_PX = 5;
const CHAR_PX = 6.4;
const DATE_CHAR_PX = 6.7;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const two = (value: number): string => String(value).padStart(2, '0');

/** Widest label that marks of this step carry, in characters. */
function labelChars(step: RulerStep): number {
  if (step.kind === 'elapsed' && step.count < US_PER_SECOND) return 12;
  if (step.kind === 'elapsed' && step.count < US_PER_MINUTE) return 8;
  if (step.kind === 'elapsed' || step.kind === 'hours') return 6;
  return step.kind === 'years' ? 4 : 8;
}

/** The shortest step whose labels have room. */
export function chooseStep(pxPerUs: number): RulerStep {
  for (const step of RULER_STEPS) {
    if (step.approxUs * pxPerUs >= labelChars(step) * CHAR_PX + LABEL_GAP_PX) return step;
  }
  return RULER_STEPS.at(-1)!;
}

/** Marks of `step` within `range` (both ends inclusive), ascending. */
export function ticksOf(range: TimeRange, step: RulerStep, timeZone: string): number[] {
  switch (step.kind) {
    case 'elapsed':
      return elapsedTicks(range, step.count, timeZone);
    case 'hours':
      return hourTicks(range, step.count, timeZone);
    case 'days':
      return dayTicks(range, step.count, timeZone);
    case 'months':
      return monthTicks(range, step.count, timeZone);
    case 'years':
      return monthTicks(range, step.count * 12, timeZone);
  }
}

/** Even steps from each local midnight, so that days of 23 and 25 hours get one mark less or more an hour. */
function elapsedTicks(range: TimeRange, stepUs: number, timeZone: string): number[] {
  const ticks: number[] = [];
  let dayUs = dayStartUs(range.startUs, timeZone);
  while (dayUs <= range.endUs) {
    const nextDayUs = shiftDaysUs(dayUs, 1, timeZone);
    const skipped = Math.max(0, Math.ceil((range.startUs - dayUs) / stepUs));
    for (let us = dayUs + skipped * stepUs; us < nextDayUs && us <= range.endUs; us += stepUs) ticks.push(us);
    dayUs = nextDayUs;
  }
  return ticks;
}

/** Full local hours; one that the change to summer time leaves out gets no mark. */
function hourTicks(range: TimeRange, stepHours: number, timeZone: string): number[] {
  const ticks: number[] = [];
  let dayUs = dayStartUs(range.startUs, timeZone);
  while (dayUs <= range.endUs) {
    const date = fieldsAt(dayUs, timeZone);
    for (let hour = 0; hour < 24; hour += stepHours) {
      const us = usOfFields({ year: date.year, month: date.month, day: date.day, hour }, timeZone);
      const isShown = hour === 0 || fieldsAt(us, timeZone).hour === hour;
      if (isShown && us >= range.startUs && us <= range.endUs) ticks.push(us);
    }
    dayUs = shiftDaysUs(dayUs, 1, timeZone);
  }
  return ticks;
}

/** Days 1, 1 + step ... of each month; the last of a month goes where it would crowd the first of the next. */
function dayTicks(range: TimeRange, stepDays: number, timeZone: string): number[] {
  const ticks: number[] = [];
  const first = fieldsAt(range.startUs, timeZone);
  for (let index = 0; ; index++) {
    const month = first.month + index;
    const daysInMonth = new Date(Date.UTC(first.year, month, 0)).getUTCDate();
    for (let day = 1; day <= daysInMonth; day += stepDays) {
      if (day > 1 && daysInMonth + 1 - day < stepDays / 2) continue;
      const us = usOfFields({ year: first.year, month, day }, timeZone);
      if (us > range.endUs) return ticks;
      if (us >= range.startUs) ticks.push(us);
    }
  }
}

function monthTicks(range: TimeRange, stepMonths: number, timeZone: string): number[] {
  const ticks: number[] = [];
  const first = fieldsAt(range.startUs, timeZone);
  const firstIndex = Math.floor((first.year * 12 + first.month - 1) / stepMonths) * stepMonths;
  for (let index = firstIndex; ; index += stepMonths) {
    const us = usOfFields({ year: Math.floor(index / 12), month: (index % 12) + 1, day: 1 }, timeZone);
    if (us > range.endUs) return ticks;
    if (us >= range.startUs) ticks.push(us);
  }
}

/** Label of a mark: a date at midnight, else the time as fine as the step needs. */
export function tickLabel(us: number, step: RulerStep, timeZone: string): { label: string; isDate: boolean } {
  const at = fieldsAt(us, timeZone);
  const month = MONTHS[at.month - 1]!;
  if (step.kind === 'years') return { label: String(at.year), isDate: true };
  if (step.kind === 'months')
    return { label: at.month === 1 ? String(at.year) : month, isDate: at.month === 1 };
  if (step.kind === 'days') {
    if (at.day === 1) return { label: at.month === 1 ? `${month} ${at.year}` : month, isDate: true };
    return { label: `${at.day} ${month}`, isDate: false };
  }
  if (at.hour === 0 && at.minute === 0 && at.second === 0 && at.micros === 0)
    return { label: `${WEEKDAYS[weekdayOf(at)]} ${at.day} ${month}`, isDate: true };
  const hourMinute = `${two(at.hour)}:${two(at.minute)}`;
  if (step.approxUs >= US_PER_MINUTE) {
    // The first mark after the clocks changed says so: in autumn the same times come twice.
    const hasChanged =
      step.kind === 'elapsed' && zoneOffsetUs(us, timeZone) !== zoneOffsetUs(us - step.approxUs, timeZone);
    return { label: hasChanged ? `${hourMinute} ${offsetName(us, timeZone)}` : hourMinute, isDate: false };
  }
  const seconds = `${hourMinute}:${two(at.second)}`;
  if (step.approxUs >= US_PER_SECOND) return { label: seconds, isDate: false };
  return {
    label: `${seconds}.${String(Math.round(at.micros / US_PER_MS)).padStart(3, '0')}`,
    isDate: false,
  };
}

/** Width a label takes at 11 px, rather too much than too little. */
export function labelWidthPx(tick: Pick<RulerTick, 'label' | 'isDate'>): number {
  return tick.label.length * (tick.isDate ? DATE_CHAR_PX : CHAR_PX);
}

/** Drops labels that would meet another; dates win over times, earlier ones over later ones. */
export function withoutOverlap(ticks: readonly RulerTick[]): RulerTick[] {
  const reach = (tick: RulerTick): number => tick.x + labelWidthPx(tick) + LABEL_GAP_PX / 2;
  const kept: RulerTick[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (!last || reach(last) <= tick.x) kept.push(tick);
    else if (tick.isDate && !last.isDate) {
      kept.pop();
      const before = kept.at(-1);
      if (!before || reach(before) <= tick.x) kept.push(tick);
    }
  }
  return kept;
}

/** The whole ruler of a view: labelled marks, none meeting another, and the small marks between them. */
export function layoutRuler(view: TimeRange, widthPx: number, timeZone: string): Ruler {
  const pxPerUs = 1 / usPerPx(view, widthPx);
  const step = chooseStep(pxPerUs);
  const marginUs = Math.round(90 / pxPerUs);
  const wide = { startUs: Math.max(0, view.startUs - marginUs), endUs: view.endUs };
  const major = ticksOf(wide, step, timeZone).map((us) => ({
    us,
    x: xOfUs(view, widthPx, us),
    ...tickLabel(us, step, timeZone),
  }));
  const minor = minorStepOf(step, pxPerUs);
  const minorX = minor ? ticksOf(view, minor, timeZone).map((us) => xOfUs(view, widthPx, us)) : [];
  return { step, major: withoutOverlap(major), minorX };
}

/** The shortest step that divides `step` evenly and whose marks stay apart. */
function minorStepOf(step: RulerStep, pxPerUs: number): RulerStep | null {
  for (const candidate of RULER_STEPS) {
    if (candidate.approxUs >= step.approxUs) return null;
    if (candidate.approxUs * pxPerUs < MIN_MINOR_PX) continue;
    if (step.approxUs / candidate.approxUs > 12.5) continue;
    const sameKind = candidate.kind === step.kind ? step.count % candidate.count === 0 : true;
    const isEven =
      step.kind === 'elapsed' || step.kind === 'hours' ? step.approxUs % candidate.approxUs === 0 : sameKind;
    if (isEven) return candidate;
  }
  return null;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '../../../src-shared/util/units.ts';
import { dayStartUs, fieldsAt, shiftDaysUs } from '../../format/zone-time.ts';
import { chooseStep, labelWidthPx, layoutRuler, RULER_STEPS, tickLabel, ticksOf } from './timeline-ruler.ts';

const BERLIN = 'Europe/Berlin';
const us = (iso: string): number => Date.parse(iso) * 1000;

function dayOf(iso: string): { startUs: number; endUs: number } {
  const startUs = dayStartUs(us(iso), BERLIN);
  return { startUs, endUs: shiftDaysUs(startUs, 1, BERLIN) - 1 };
}

function labels(range: { startUs: number; endUs: number }, count: number): string[] {
  const step = RULER_STEPS.find((candidate) => candidate.kind !== 'days' && candidate.approxUs === count)!;
  return ticksOf(range, step, BERLIN).map((at) => tickLabel(at, step, BERLIN).label);
}

describe('ruler steps', () => {
  it('shows every hour of the 23-hour day once and leaves out 02:00', () => {
    const hours = labels(dayOf('2026-03-29T12:00:00Z'), US_PER_HOUR);
    expect(hours).toHaveLength(23);
    expect(hours.slice(0, 4)).toEqual(['Sun 29 Mar', '01:00', '03:00 UTC+2', '04:00']);
    expect(hours.at(-1)).toBe('23:00');
  });

  it('shows 02:00 twice on the 25-hour day, and which is which', () => {
    const hours = labels(dayOf('2026-10-25T12:00:00Z'), US_PER_HOUR);
    expect(hours).toHaveLength(25);
    expect(hours.slice(0, 5)).toEqual(['Sun 25 Oct', '01:00', '02:00', '02:00 UTC+1', '03:00']);
  });

  it('stays on round local hours after the change', () => {
    expect(labels(dayOf('2026-03-29T12:00:00Z'), 3 * US_PER_HOUR)).toEqual([
      'Sun 29 Mar',
      '03:00',
      '06:00',
      '09:00',
      '12:00',
      '15:00',
      '18:00',
      '21:00',
    ]);
    expect(labels(dayOf('2026-03-29T12:00:00Z'), 2 * US_PER_HOUR).slice(0, 3)).toEqual([
      'Sun 29 Mar',
      '04:00',
      '06:00',
    ]);
    expect(labels(dayOf('2026-10-25T12:00:00Z'), 6 * US_PER_HOUR)).toEqual([
      'Sun 25 Oct',
      '06:00',
      '12:00',
      '18:00',
    ]);
  });

  it('keeps quarter hours even across both changes', () => {
    for (const iso of ['2026-03-29T12:00:00Z', '2026-10-25T12:00:00Z']) {
      const step = RULER_STEPS.find((candidate) => candidate.approxUs === 15 * US_PER_MINUTE)!;
      const ticks = ticksOf(dayOf(iso), step, BERLIN);
      for (const at of ticks) expect(fieldsAt(at, BERLIN).minute % 15).toBe(0);
      for (let i = 1; i < ticks.length; i++) expect(ticks[i]! - ticks[i - 1]!).toBe(15 * US_PER_MINUTE);
    }
  });

  it('puts days on local midnights over a whole year', () => {
    const step = RULER_STEPS.find((candidate) => candidate.kind === 'days' && candidate.count === 1)!;
    const ticks = ticksOf(
      { startUs: us('2026-01-01T00:00:00Z'), endUs: us('2026-12-31T00:00:00Z') },
      step,
      BERLIN,
    );
    expect(ticks.length).toBeGreaterThan(362);
    for (const at of ticks) expect(fieldsAt(at, BERLIN)).toMatchObject({ hour: 0, minute: 0 });
  });

  it('labels milliseconds, seconds and dates as the step needs', () => {
    const at = us('2026-11-22T13:04:31.200Z');
    expect(tickLabel(at, chooseStep(1 / 200), BERLIN).label).toBe('14:04:31.200');
    expect(tickLabel(us('2026-11-21T23:00:00Z'), chooseStep(1 / 1e6), BERLIN)).toEqual({
      label: 'Sun 22 Nov',
      isDate: true,
    });
  });
});

describe('layout of the ruler', () => {
  it('never lets labels meet, at any zoom from frames to years', () => {
    fc.assert(
      fc.property(
        fc.double({ min: Math.log(480_000), max: Math.log(10 * 366 * US_PER_DAY), noNaN: true }),
        fc.integer({ min: 0, max: 3 * 365 }),
        fc.integer({ min: 300, max: 2600 }),
        fc.constantFrom('UTC', BERLIN, 'America/St_Johns', 'Asia/Kathmandu'),
        (logSpan, day, widthPx, zone) => {
          const startUs = us('2024-06-01T00:00:00Z') + day * US_PER_DAY;
          const view = { startUs, endUs: startUs + Math.round(Math.exp(logSpan)) };
          const ruler = layoutRuler(view, widthPx, zone);
          const inside = ruler.major.filter((tick) => tick.x >= 0);
          expect(inside.length).toBeGreaterThan(0);
          expect(ruler.minorX.length).toBeLessThan(widthPx / 4);
          for (let i = 1; i < ruler.major.length; i++) {
            const before = ruler.major[i - 1]!;
            expect(before.x + labelWidthPx(before)).toBeLessThan(ruler.major[i]!.x);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the date at midnight where a time label stands in its way', () => {
    const midnight = us('2026-11-21T23:00:00Z');
    const view = { startUs: midnight - 30 * US_PER_MINUTE, endUs: midnight + 30 * US_PER_MINUTE };
    const dates = layoutRuler(view, 700, BERLIN).major.filter((tick) => tick.isDate);
    expect(dates.map((tick) => tick.label)).toEqual(['Sun 22 Nov']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { US_PER_DAY, US_PER_HOUR, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import {
  centreOn,
  clampView,
  fitRange,
  limitsFor,
  panBy,
  revealUs,
  usAtX,
  xOfUs,
  zoomAt,
} from './timeline-scale.ts';

const NOW_US = Date.parse('2026-11-22T13:04:31Z') * 1000;
const limits = limitsFor(NOW_US - 90 * US_PER_DAY, NOW_US);
const hour = { startUs: NOW_US - US_PER_HOUR, endUs: NOW_US };

describe('timeline scale', () => {
  it('maps edges and middle', () => {
    expect(xOfUs(hour, 1000, hour.startUs)).toBe(0);
    expect(xOfUs(hour, 1000, hour.endUs)).toBe(1000);
    expect(usAtX(hour, 1000, 500)).toBe(NOW_US - US_PER_HOUR / 2);
  });

  it('finds the pixel of an instant again at every zoom, down to single frames', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 480_000, max: 10 * US_PER_DAY }),
        fc.integer({ min: 200, max: 4000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (spanUs, widthPx, share) => {
          const view = { startUs: NOW_US - spanUs, endUs: NOW_US };
          const x = share * widthPx;
          expect(xOfUs(view, widthPx, usAtX(view, widthPx, x))).toBeCloseTo(x, 1);
        },
      ),
    );
  });

  it('keeps the instant under the cursor when zooming', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.3, max: 5, noNaN: true }),
        (share, factor) => {
          const x = share * 1200;
          const before = usAtX(hour, 1200, x);
          const zoomed = zoomAt(hour, 1200, x, factor, limits);
          expect(Math.abs(xOfUs(zoomed, 1200, before) - x)).toBeLessThan(0.01);
        },
      ),
    );
  });

  it('stops zooming at the limits without wandering', () => {
    let view = hour;
    for (let i = 0; i < 60; i++) view = zoomAt(view, 1000, 250, 2, limits);
    expect(view.endUs - view.startUs).toBe(limits.minSpanUs);
    expect(zoomAt(view, 1000, 250, 2, limits)).toEqual(view);
    for (let i = 0; i < 60; i++) view = zoomAt(view, 1000, 250, 0.5, limits);
    expect(view).toEqual({ startUs: limits.earliestUs, endUs: limits.latestUs });
  });

  it('pans by pixels and stops at the ends', () => {
    expect(panBy(hour, 3600, 10, limits).startUs).toBe(hour.startUs + 10 * US_PER_SECOND);
    const far = panBy(hour, 1000, 1e9, limits);
    expect(far.endUs).toBe(limits.latestUs);
    expect(far.endUs - far.startUs).toBe(US_PER_HOUR);
  });

  it('bounds length around the centre', () => {
    const tiny = clampView({ startUs: NOW_US - 10, endUs: NOW_US + 10 }, limits);
    expect(tiny.endUs - tiny.startUs).toBe(limits.minSpanUs);
    expect((tiny.startUs + tiny.endUs) / 2).toBe(NOW_US);
  });

  it('fits, reveals and centres', () => {
    const fitted = fitRange(hour, limits);
    expect(fitted.startUs).toBeLessThan(hour.startUs);
    expect(fitted.endUs).toBeGreaterThan(hour.endUs);
    expect(revealUs(hour, NOW_US - US_PER_HOUR / 2, limits)).toBe(hour);
    const moved = revealUs(hour, NOW_US + 60 * US_PER_SECOND, limits);
    expect(moved.endUs).toBeGreaterThan(NOW_US + 60 * US_PER_SECOND);
    expect(moved.endUs - moved.startUs).toBe(US_PER_HOUR);
    const centred = centreOn(hour, NOW_US, limits);
    expect((centred.startUs + centred.endUs) / 2).toBe(NOW_US);
  });
});

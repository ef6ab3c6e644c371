import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { attachGestures, type GestureTarget } from './timeline-gestures.ts';

const RULER_Y = 10;
const LANE_Y = 40;
const limits = { earliestUs: 0, latestUs: 1e9, minSpanUs: 1000, maxSpanUs: 1e9 };

let element: HTMLElement;
let detach: () => void;
let view: TimeRange;
let selection: TimeRange | null;
let calls: string[];

/** A thousand pixels for a million microseconds from 100,000,000 on: a pixel is a millisecond. */
beforeEach(() => {
  element = document.createElement('div');
  element.setPointerCapture = () => undefined;
  view = { startUs: 100_000_000, endUs: 101_000_000 };
  selection = null;
  calls = [];
  const target: GestureTarget = {
    scene: () => ({ view, widthPx: 1000, laneCount: 2, scrollTopPx: 0, selection, playheadUs: 100_900_000 }),
    limits: () => limits,
    setView: (next) => {
      view = next;
    },
    setSelection: (next) => {
      selection = next;
    },
    focusEdge: (edge) => calls.push(`focus ${edge}`),
    jump: (us, lane) => calls.push(`jump ${us} ${lane}`),
    scrub: (us) => calls.push(`scrub ${us}`),
    fit: (us) => calls.push(`fit ${us}`),
    hover: () => undefined,
    scrollLanes: (dy) => calls.push(`scroll ${dy}`),
  };
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
  detach = attachGestures(element, target);
});
afterEach(() => {
  detach();
  vi.unstubAllGlobals();
});

function pointer(type: string, x: number, y: number, more: PointerEventInit = {}): void {
  element.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y, button: 0, ...more }));
}

function drag(from: [number, number], to: [number, number], more: PointerEventInit = {}): void {
  pointer('pointerdown', ...from, more);
  pointer('pointermove', (from[0] + to[0]) / 2, (from[1] + to[1]) / 2, more);
  pointer('pointermove', ...to, more);
  pointer('pointerup', ...to, more);
}

describe('gestures of the timeline', () => {
  it('selects by a drag on a lane', () => {
    drag([200, LANE_Y], [500, LANE_Y]);
    expect(selection).toEqual({ startUs: 100_200_000, endUs: 100_500_000 });
    expect(calls).toEqual([]);
  });

  it('jumps by a click on a lane, and by one on the ruler', () => {
    drag([200, LANE_Y], [202, LANE_Y]);
    drag([300, RULER_Y], [300, RULER_Y]);
    expect(calls).toEqual(['jump 100202000 0', 'jump 100300000 null']);
    expect(selection).toBeNull();
  });

  it('pans by a drag on the ruler, or anywhere with Shift', () => {
    drag([500, RULER_Y], [400, RULER_Y]);
    expect(view.startUs).toBe(100_100_000);
    drag([400, LANE_Y], [500, LANE_Y], { shiftKey: true });
    expect(view).toEqual({ startUs: 100_000_000, endUs: 101_000_000 });
    expect(selection).toBeNull();
  });

  it('zooms by a drag up on the ruler, the pressed instant staying', () => {
    drag([500, RULER_Y], [500, RULER_Y - 80]);
    const spanUs = view.endUs - view.startUs;
    expect(spanUs).toBeLessThan(1_000_000);
    expect(view.startUs + spanUs / 2).toBeCloseTo(100_500_000, -1);
  });

  it('moves an edge and goes on with the other when crossing it', () => {
    selection = { startUs: 100_200_000, endUs: 100_500_000 };
    drag([200, LANE_Y], [700, LANE_Y]);
    expect(selection).toEqual({ startUs: 100_500_000, endUs: 100_700_000 });
    expect(calls).toEqual(['focus start', 'focus end']);
  });

  it('scrubs at the tag of the playhead', () => {
    drag([905, RULER_Y], [700, RULER_Y]);
    expect(calls.at(-1)).toBe('scrub 100700000');
  });

  it('zooms at the pointer by wheel, pans sideways and with Shift, scrolls lanes with Alt', () => {
    // happy-dom's WheelEvent knows neither coordinates nor modifier keys.
    const wheel = (init: WheelEventInit): void => {
      const event = new WheelEvent('wheel', { cancelable: true, ...init });
      element.dispatchEvent(Object.assign(event, { clientX: 250, clientY: LANE_Y, ...init }));
    };
    wheel({ deltaY: -100 });
    const spanUs = view.endUs - view.startUs;
    expect(spanUs).toBeLessThan(1_000_000);
    expect(view.startUs + 0.25 * spanUs).toBeCloseTo(100_250_000, -1);
    const before = view.startUs;
    wheel({ deltaX: 50 });
    expect(view.startUs).toBeGreaterThan(before);
    wheel({ deltaY: -50, shiftKey: true });
    expect(Math.abs(view.startUs - before)).toBeLessThanOrEqual(1);
    wheel({ deltaY: 30, altKey: true });
    expect(calls).toEqual(['scroll 30']);
  });

  it('pinches with two fingers', () => {
    pointer('pointerdown', 400, LANE_Y);
    pointer('pointerdown', 600, LANE_Y, { pointerId: 2 });
    pointer('pointermove', 800, LANE_Y, { pointerId: 2 });
    expect(view.endUs - view.startUs).toBeCloseTo(500_000, -2);
    pointer('pointerup', 800, LANE_Y, { pointerId: 2 });
    pointer('pointerup', 400, LANE_Y);
    expect(calls).toEqual([]);
    expect(selection).toBeNull();
  });
});

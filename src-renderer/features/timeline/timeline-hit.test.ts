import { describe, expect, it } from 'vitest';
import { type HitScene, hitTest, LANE_HEIGHT_PX, laneAtY, RULER_HEIGHT_PX } from './timeline-hit.ts';

const scene: HitScene = {
  view: { startUs: 0, endUs: 1_000_000 },
  widthPx: 1000,
  laneCount: 3,
  scrollTopPx: 0,
  selection: { startUs: 300_000, endUs: 400_000 },
  playheadUs: 800_000,
};

describe('hit test', () => {
  it('tells ruler, playhead tag and lanes apart', () => {
    expect(hitTest(scene, 100, 5)).toEqual({ part: 'ruler', us: 100_000 });
    expect(hitTest(scene, 810, 5)).toEqual({ part: 'playhead-tag', us: 810_000 });
    expect(hitTest(scene, 100, RULER_HEIGHT_PX)).toEqual({ part: 'lane', us: 100_000, lane: 0 });
    expect(hitTest(scene, 100, RULER_HEIGHT_PX + 2 * LANE_HEIGHT_PX)).toMatchObject({
      part: 'lane',
      lane: 2,
    });
    expect(hitTest(scene, 100, RULER_HEIGHT_PX + 3 * LANE_HEIGHT_PX)).toEqual({ part: 'empty', us: 100_000 });
  });

  it('takes hold of the nearer edge of the selection', () => {
    expect(hitTest(scene, 304, 40)).toMatchObject({ part: 'selection-start' });
    expect(hitTest(scene, 397, 40)).toMatchObject({ part: 'selection-end' });
    expect(hitTest(scene, 350, 40)).toMatchObject({ part: 'lane' });
    const narrow = { ...scene, selection: { startUs: 300_000, endUs: 302_000 } };
    expect(hitTest(narrow, 299, 40)).toMatchObject({ part: 'selection-start' });
    expect(hitTest(narrow, 303, 40)).toMatchObject({ part: 'selection-end' });
  });

  it('counts lanes from what is scrolled away', () => {
    expect(laneAtY({ laneCount: 50, scrollTopPx: 300 }, RULER_HEIGHT_PX + 1)).toBe(10);
    expect(laneAtY({ laneCount: 5, scrollTopPx: 300 }, RULER_HEIGHT_PX + 1)).toBeNull();
  });
});

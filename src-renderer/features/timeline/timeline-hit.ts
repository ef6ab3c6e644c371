import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { usAtX, xOfUs } from './timeline-scale.ts';

/** Sizes of the drawn parts, in CSS pixels. */
export const RULER_HEIGHT_PX = 28;
export const LANE_HEIGHT_PX = 30;
export const EDGE_GRIP_PX = 5;
export const TAG_GRIP_PX = 34;

/** What the pointer can touch. */
export type TimelineHit =
  | { readonly part: 'playhead-tag' | 'ruler' | 'empty'; readonly us: number }
  | { readonly part: 'selection-start' | 'selection-end'; readonly us: number; readonly lane: number | null }
  | { readonly part: 'lane'; readonly us: number; readonly lane: number };

export interface HitScene {
  readonly view: TimeRange;
  readonly widthPx: number;
  readonly laneCount: number;
  readonly scrollTopPx: number;
  readonly selection: TimeRange | null;
  readonly playheadUs: number;
}

/** Index of the lane at `y` (from the top of the ruler), or null between the last lane and the bottom. */
export function laneAtY(scene: Pick<HitScene, 'laneCount' | 'scrollTopPx'>, y: number): number | null {
  if (y < RULER_HEIGHT_PX) return null;
  const lane = Math.floor((y - RULER_HEIGHT_PX + scene.scrollTopPx) / LANE_HEIGHT_PX);
  return lane >= 0 && lane < scene.laneCount ? lane : null;
}

/** What lies under a pointer at (x, y), measured from the top left of the ruler. */
export function hitTest(scene: HitScene, x: number, y: number): TimelineHit {
  const us = usAtX(scene.view, scene.widthPx, x);
  if (y < RULER_HEIGHT_PX) {
    const distance = Math.abs(xOfUs(scene.view, scene.widthPx, scene.playheadUs) - x);
    return { part: distance <= TAG_GRIP_PX ? 'playhead-tag' : 'ruler', us };
  }
  const lane = laneAtY(scene, y);
  if (scene.selection) {
    const startPx = Math.abs(xOfUs(scene.view, scene.widthPx, scene.selection.startUs) - x);
    const endPx = Math.abs(xOfUs(scene.view, scene.widthPx, scene.selection.endUs) - x);
    if (Math.min(startPx, endPx) <= EDGE_GRIP_PX)
      return { part: startPx < endPx ? 'selection-start' : 'selection-end', us, lane };
  }
  return lane === null ? { part: 'empty', us } : { part: 'lane', us, lane };
}

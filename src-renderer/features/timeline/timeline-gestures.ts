import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { type HitScene, hitTest } from './timeline-hit.ts';
import { panBy, type ScaleLimits, usAtX, zoomAt } from './timeline-scale.ts';
import { moveEdge, type SelectionEdge, selectionBetween } from './timeline-selection.ts';

/** What gestures do; all coordinates are from the top left of the ruler. */
export interface GestureTarget {
  scene(): HitScene;
  limits(): ScaleLimits;
  setView(view: TimeRange): void;
  setSelection(selection: TimeRange | null): void;
  /** The edge that arrow keys move from now on. */
  focusEdge(edge: SelectionEdge): void;
  /** A click: the playhead goes there; on a lane, its stream becomes the active one and plays. */
  jump(us: number, lane: number | null): void;
  /** The playhead is dragged. */
  scrub(us: number): void;
  fit(us: number): void;
  hover(at: { readonly x: number; readonly y: number } | null): void;
  scrollLanes(dy: number): void;
}

type Drag =
  | {
      readonly kind: 'pan';
      readonly fromX: number;
      readonly fromY: number;
      lastX: number;
      isZooming: boolean;
    }
  | { readonly kind: 'press'; readonly fromX: number; readonly us: number; readonly lane: number | null }
  | { readonly kind: 'select'; readonly fromUs: number }
  | { readonly kind: 'edge'; edge: SelectionEdge }
  | { readonly kind: 'scrub' }
  | { readonly kind: 'pinch'; lastDistance: number; lastX: number };

const CLICK_REACH_PX = 4;
const ZOOM_DRAG_REACH_PX = 14;
const WHEEL_ZOOM = 0.0022;
const PINCH_ZOOM = 0.012;
const LINE_PX = 16;
const PAGE_PX = 400;
const FRICTION = 0.94;
const MIN_SPEED_PX = 0.4;

/**
 * Wheel, mouse, pen and fingers on the timeline.
 *
 * Wheel and pinch zoom at the pointer, a sideways wheel or Shift pans, Alt scrolls the lanes. On the ruler a
 * drag pans (up and down zooms), on a lane it selects, with Shift it pans. Returns how to detach.
 */
export function attachGestures(element: HTMLElement, target: GestureTarget): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const pointers = new Map<number, { x: number; y: number }>();
  let drag: Drag | null = null;
  let speedPx = 0;
  let momentum: number | null = null;

  const place = (event: MouseEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const stopMomentum = (): void => {
    if (momentum !== null) cancelAnimationFrame(momentum);
    momentum = null;
  };
  const pan = (dxPx: number): void => {
    const scene = target.scene();
    target.setView(panBy(scene.view, scene.widthPx, dxPx, target.limits()));
  };
  const zoom = (x: number, factor: number): void => {
    const scene = target.scene();
    target.setView(zoomAt(scene.view, scene.widthPx, x, factor, target.limits()));
  };

  function onWheel(event: WheelEvent): void {
    event.preventDefault();
    stopMomentum();
    const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? PAGE_PX : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    const { x } = place(event);
    if (event.ctrlKey || event.metaKey) zoom(x, Math.exp(-dy * PINCH_ZOOM));
    else if (event.altKey) target.scrollLanes(dy);
    else if (event.shiftKey) pan(dx || dy);
    else if (Math.abs(dx) > Math.abs(dy)) pan(dx);
    else zoom(x, Math.exp(-dy * WHEEL_ZOOM));
    target.hover(place(event));
  }

  function startDrag(event: PointerEvent): Drag | null {
    const { x, y } = place(event);
    const hit = hitTest(target.scene(), x, y);
    const panning: Drag = { kind: 'pan', fromX: x, fromY: y, lastX: x, isZooming: false };
    if (event.button === 1 || (event.button === 0 && event.shiftKey)) return panning;
    if (event.button !== 0) return null;
    switch (hit.part) {
      case 'ruler':
        return panning;
      case 'playhead-tag':
        return { kind: 'scrub' };
      case 'selection-start':
      case 'selection-end': {
        const edge = hit.part === 'selection-start' ? 'start' : 'end';
        target.focusEdge(edge);
        return { kind: 'edge', edge };
      }
      case 'lane':
        return { kind: 'press', fromX: x, us: hit.us, lane: hit.lane };
      case 'empty':
        return { kind: 'press', fromX: x, us: hit.us, lane: null };
    }
  }

  function onPointerDown(event: PointerEvent): void {
    stopMomentum();
    speedPx = 0;
    pointers.set(event.pointerId, place(event));
    element.setPointerCapture(event.pointerId);
    if (pointers.size === 2) {
      const { distance, x } = spread([...pointers.values()]);
      drag = { kind: 'pinch', lastDistance: distance, lastX: x };
      return;
    }
    drag = startDrag(event);
    if (event.button === 1) event.preventDefault();
  }

  function onPointerMove(event: PointerEvent): void {
    const at = place(event);
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, at);
    if (!drag) {
      showCursor(at);
      target.hover(at);
      return;
    }
    moveDrag(at);
    target.hover(drag.kind === 'pan' || drag.kind === 'pinch' ? null : at);
  }

  function moveDrag(at: { x: number; y: number }): void {
    if (!drag) return;
    const scene = target.scene();
    const us = usAtX(scene.view, scene.widthPx, at.x);
    switch (drag.kind) {
      case 'pan':
        movePan(drag, at);
        return;
      case 'pinch': {
        const { distance, x } = spread([...pointers.values()]);
        pan(drag.lastX - x);
        zoom(x, distance / drag.lastDistance);
        drag.lastDistance = distance;
        drag.lastX = x;
        return;
      }
      case 'scrub':
        target.scrub(us);
        return;
      case 'press':
        if (Math.abs(at.x - drag.fromX) < CLICK_REACH_PX) return;
        drag = { kind: 'select', fromUs: drag.us };
        target.setSelection(selectionBetween(drag.fromUs, us));
        return;
      case 'select':
        target.setSelection(selectionBetween(drag.fromUs, us));
        return;
      case 'edge': {
        if (!scene.selection) return;
        const moved = moveEdge(scene.selection, drag.edge, us);
        if (moved.edge !== drag.edge) target.focusEdge(moved.edge);
        drag.edge = moved.edge;
        target.setSelection(moved.selection);
      }
    }
  }

  /** Sideways pans; far up or down zooms at the point where the drag began. */
  function movePan(panning: Drag & { kind: 'pan' }, at: { x: number; y: number }): void {
    const dx = panning.lastX - at.x;
    panning.lastX = at.x;
    speedPx = 0.7 * dx + 0.3 * speedPx;
    const upPx = panning.fromY - at.y;
    const isUpright = Math.abs(upPx) > 2 * Math.abs(at.x - panning.fromX) + ZOOM_DRAG_REACH_PX;
    if (isUpright) panning.isZooming = true;
    if (panning.isZooming) {
      zoom(panning.fromX, Math.exp((upPx - zoomedPx) * 0.02));
      zoomedPx = upPx;
      return;
    }
    zoomedPx = upPx;
    pan(dx);
  }
  let zoomedPx = 0;

  function onPointerUp(event: PointerEvent): void {
    pointers.delete(event.pointerId);
    const ended = drag;
    drag = pointers.size > 0 ? drag : null;
    zoomedPx = 0;
    if (!ended || event.type === 'pointercancel') return;
    const { x, y } = place(event);
    const scene = target.scene();
    const us = usAtX(scene.view, scene.widthPx, x);
    if (ended.kind === 'press') target.jump(us, ended.lane);
    if (ended.kind !== 'pan') return;
    const isClick = Math.abs(x - ended.fromX) < CLICK_REACH_PX && Math.abs(y - ended.fromY) < CLICK_REACH_PX;
    if (isClick && event.button === 0 && !event.shiftKey) target.jump(us, null);
    else if (!ended.isZooming && !prefersStillness()) glide();
  }

  function glide(): void {
    if (Math.abs(speedPx) < MIN_SPEED_PX) return;
    pan(speedPx);
    speedPx *= FRICTION;
    momentum = requestAnimationFrame(glide);
  }

  function showCursor(at: { x: number; y: number }): void {
    const { part } = hitTest(target.scene(), at.x, at.y);
    element.style.cursor =
      part === 'selection-start' || part === 'selection-end' || part === 'playhead-tag'
        ? 'ew-resize'
        : part === 'ruler'
          ? 'grab'
          : 'crosshair';
  }

  element.addEventListener('wheel', onWheel, { signal, passive: false });
  element.addEventListener('pointerdown', onPointerDown, { signal });
  element.addEventListener('pointermove', onPointerMove, { signal });
  element.addEventListener('pointerup', onPointerUp, { signal });
  element.addEventListener('pointercancel', onPointerUp, { signal });
  element.addEventListener('pointerleave', () => target.hover(null), { signal });
  element.addEventListener(
    'dblclick',
    (event) => {
      const scene = target.scene();
      target.fit(usAtX(scene.view, scene.widthPx, place(event).x));
    },
    { signal },
  );
  return () => {
    stopMomentum();
    listening.abort();
  };
}

function spread(points: readonly { x: number; y: number }[]): { distance: number; x: number } {
  const [a, b] = points;
  if (!a || !b) return { distance: 1, x: a?.x ?? 0 };
  return { distance: Math.max(8, Math.hypot(a.x - b.x, a.y - b.y)), x: (a.x + b.x) / 2 };
}

function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

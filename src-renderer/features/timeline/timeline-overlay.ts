import { formatDurationUs } from '../../format/durations.ts';
import { ElementPool } from './element-pool.ts';
import { reasonOf } from './gap-reasons.ts';
import { laneTop } from './timeline-draw.ts';
import { flagAt, flagText } from './timeline-flags.ts';
import { LANE_HEIGHT_PX, RULER_HEIGHT_PX } from './timeline-hit.ts';
import { labelWidthPx } from './timeline-ruler.ts';
import { usPerPx, xOfUs } from './timeline-scale.ts';
import type { TimelineScene } from './timeline-scene.ts';
import { clockAtZoom, gapLabel, hintLines, spokenTime, textWidthPx } from './timeline-texts.ts';

/** The DOM that lies over the canvas: texts and what takes the focus. */
export interface OverlayElements {
  readonly labels: HTMLElement;
  readonly tag: HTMLElement;
  readonly pill: HTMLElement;
  readonly hint: HTMLElement;
  readonly slider: HTMLElement;
  readonly startHandle: HTMLElement;
  readonly endHandle: HTMLElement;
}

export interface OverlayClasses {
  readonly rulerLabel: string;
  readonly gapLabel: string;
}

interface Extent {
  readonly left: number;
  readonly right: number;
}

const PILL_GAP_PX = 6;
const GAP_LABEL_MARGIN_PX = 14;
const MAX_GAP_LABELS = 150;
const HINT_MARGIN_PX = 8;
const HINT_PADDING_PX = 8;
const HINT_LINE_PX = 16;
const FLAG_REACH_PX = 5;

/** Places texts and handles over the canvas, on each frame, touching only what changed. */
export class TimelineOverlay {
  readonly #elements: OverlayElements;
  readonly #ruler: ElementPool;
  readonly #gaps: ElementPool;
  readonly #widths = new WeakMap<HTMLElement, { length: number; widthPx: number }>();

  constructor(elements: OverlayElements, classes: OverlayClasses) {
    this.#elements = elements;
    this.#ruler = new ElementPool(elements.labels, classes.rulerLabel);
    this.#gaps = new ElementPool(elements.labels, classes.gapLabel);
  }

  update(scene: TimelineScene, zone: string, hover: { x: number; y: number } | null): void {
    const pxUs = usPerPx(scene.view, scene.widthPx);
    const playheadX = scene.playheadUs === null ? null : xOfUs(scene.view, scene.widthPx, scene.playheadUs);
    this.#placeRuler(scene, this.#placeTag(scene, playheadX, pxUs, zone));
    this.#placeGaps(scene);
    this.#placeSelection(scene, playheadX, zone);
    this.#placeHint(scene, hover, pxUs, zone);
    this.#speak(scene, zone);
  }

  /** Whole labels of the ruler; one that the tag of the playhead would cover gives way. */
  #placeRuler(scene: TimelineScene, tag: Extent | null): void {
    this.#ruler.begin();
    for (const tick of scene.ruler.major) {
      const x = tick.x + 5;
      if (x < 0 || x + labelWidthPx(tick) > scene.widthPx) continue;
      const isCovered = tag !== null && x < tag.right + 3 && x + labelWidthPx(tick) > tag.left - 3;
      if (!isCovered) this.#ruler.place(tick.label, x, 6, tick.isDate ? 'date' : '');
    }
    this.#ruler.end();
  }

  #placeGaps(scene: TimelineScene): void {
    this.#gaps.begin();
    let count = 0;
    scene.lanes.forEach((lane, index) => {
      for (const gap of lane.gaps) {
        const left = Math.max(0, xOfUs(scene.view, scene.widthPx, gap.startUs));
        const right = Math.min(scene.widthPx, xOfUs(scene.view, scene.widthPx, gap.endUs));
        const length = gapLabel(gap.endUs - gap.startUs, gap.endUs >= scene.nowUs - 2_000_000);
        const reason = reasonOf(lane.reasons, gap);
        const roomPx = right - left - GAP_LABEL_MARGIN_PX;
        // The reason where there is room for it, else the length alone.
        const label = [reason ? `${length} · ${reason.label}` : length, length].find(
          (text) => textWidthPx(text) <= roomPx,
        );
        if (label === undefined || ++count > MAX_GAP_LABELS) continue;
        const widthPx = textWidthPx(label);
        this.#gaps.place(
          label,
          (left + right - widthPx) / 2,
          laneTop(scene, index) + LANE_HEIGHT_PX / 2 - 8.5,
        );
      }
    });
    this.#gaps.end();
  }

  #placeTag(scene: TimelineScene, x: number | null, pxUs: number, zone: string): Extent | null {
    const { tag } = this.#elements;
    const isVisible = x !== null && x >= 0 && x <= scene.widthPx && scene.playheadUs !== null;
    tag.hidden = !isVisible;
    if (!isVisible || scene.playheadUs === null) return null;
    setText(tag, clockAtZoom(scene.playheadUs, pxUs, zone));
    const half = this.#widthOf(tag) / 2;
    const left = Math.min(scene.widthPx - 2 * half, Math.max(0, x - half));
    tag.style.transform = `translateX(${left.toFixed(1)}px)`;
    return { left, right: left + 2 * half };
  }

  /** The length of the selection, in its middle, beside the playhead where that would cross it. */
  #placeSelection(scene: TimelineScene, playheadX: number | null, zone: string): void {
    const { pill, startHandle, endHandle } = this.#elements;
    const { selection } = scene;
    startHandle.hidden = selection === null;
    endHandle.hidden = selection === null;
    pill.hidden = selection === null;
    if (!selection) return;
    const startX = xOfUs(scene.view, scene.widthPx, selection.startUs);
    const endX = xOfUs(scene.view, scene.widthPx, selection.endUs);
    startHandle.style.transform = `translateX(${startX.toFixed(1)}px)`;
    endHandle.style.transform = `translateX(${endX.toFixed(1)}px)`;
    setAttribute(startHandle, 'aria-valuetext', spokenTime(selection.startUs, zone));
    setAttribute(endHandle, 'aria-valuetext', spokenTime(selection.endUs, zone));
    setAttribute(startHandle, 'aria-valuenow', String(Math.round(selection.startUs / 1000)));
    setAttribute(endHandle, 'aria-valuenow', String(Math.round(selection.endUs / 1000)));
    const left = Math.max(0, startX);
    const right = Math.min(scene.widthPx, endX);
    pill.hidden = right <= 0 || left >= scene.widthPx;
    if (pill.hidden) return;
    setText(pill, formatDurationUs(selection.endUs - selection.startUs));
    const widthPx = this.#widthOf(pill);
    let x = (left + right - widthPx) / 2;
    if (playheadX !== null && playheadX > x - PILL_GAP_PX && playheadX < x + widthPx + PILL_GAP_PX) {
      const toLeft = playheadX - PILL_GAP_PX - widthPx;
      const toRight = playheadX + PILL_GAP_PX;
      const isLeftNearer = Math.abs(toLeft - x) <= Math.abs(toRight - x);
      x = isLeftNearer ? toLeft : toRight;
    }
    x = Math.min(scene.widthPx - widthPx, Math.max(0, x));
    pill.style.transform = `translateX(${x.toFixed(1)}px)`;
  }

  #placeHint(scene: TimelineScene, hover: { x: number; y: number } | null, pxUs: number, zone: string): void {
    const { hint } = this.#elements;
    hint.hidden = hover === null || scene.hoverUs === null;
    if (hover === null || scene.hoverUs === null) return;
    const index = Math.floor((hover.y - laneTop(scene, 0)) / LANE_HEIGHT_PX);
    const lane = hover.y < RULER_HEIGHT_PX ? null : (scene.lanes[index] ?? null);
    const flag = lane && flagAt(scene.flags, index, scene.hoverUs, FLAG_REACH_PX * pxUs);
    const lines = hintLines(scene.hoverUs, pxUs, lane, zone);
    if (flag) lines.push(flagText(flag));
    setText(hint, lines.join('\n'));
    const widthPx = this.#widthOf(hint);
    const isRight = hover.x + 14 + widthPx > scene.widthPx;
    const x = isRight ? hover.x - widthPx - 10 : hover.x + 12;
    const heightPx = HINT_PADDING_PX + lines.length * HINT_LINE_PX;
    const y = Math.min(scene.heightPx - heightPx - HINT_MARGIN_PX, hover.y + 12);
    hint.style.transform = `translate(${Math.round(x)}px, ${Math.round(Math.max(0, y))}px)`;
  }

  /** Width of an element, measured only when its text became longer or shorter: reading it costs a layout. */
  #widthOf(element: HTMLElement): number {
    const length = element.textContent?.length ?? 0;
    const known = this.#widths.get(element);
    if (known && known.length === length && known.widthPx > 0) return known.widthPx;
    const widthPx = element.offsetWidth;
    this.#widths.set(element, { length, widthPx });
    return widthPx;
  }

  /** Once a second at most, so that a screen reader can keep up. */
  #speak(scene: TimelineScene, zone: string): void {
    const { slider } = this.#elements;
    const us = scene.playheadUs ?? scene.view.startUs;
    setAttribute(
      slider,
      'aria-valuetext',
      scene.playheadUs === null ? 'No time chosen' : spokenTime(us, zone),
    );
    setAttribute(slider, 'aria-valuenow', String(Math.floor(us / 1_000_000)));
    setAttribute(slider, 'aria-valuemin', String(Math.floor(Math.min(us, scene.view.startUs) / 1_000_000)));
    setAttribute(slider, 'aria-valuemax', String(Math.ceil(Math.max(us, scene.view.endUs) / 1_000_000)));
  }
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element: HTMLElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

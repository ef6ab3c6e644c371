import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import type { CoveragePiece } from './coverage-pieces.ts';
import type { LaneFlag } from './timeline-flags.ts';
import { LANE_HEIGHT_PX, RULER_HEIGHT_PX } from './timeline-hit.ts';
import type { TimelinePalette } from './timeline-palette.ts';
import { xOfUs } from './timeline-scale.ts';
import type { LaneScene, TimelineScene } from './timeline-scene.ts';

/** What is made once per theme and pixel ratio. */
export interface DrawingTools {
  readonly palette: TimelinePalette;
  readonly hatch: CanvasPattern | null;
}

const BAR_HEIGHT_PX = 12;
const BAR_RADIUS_PX = 2;
const SOFT_EDGE_PX = 10;
const MIN_BAR_PX = 1;
const MIN_BORDER_GAP_PX = 6;
const TICK_PX = 5;
const FLAG_TOP_PX = 1;
const FLAG_POLE_PX = 8;
const FLAG_WIDTH_PX = 8;

/** Makes the hatching and keeps the colours; to be called again when theme or pixel ratio change. */
export function createDrawingTools(palette: TimelinePalette, pixelRatio: number): DrawingTools {
  const sizePx = Math.round(6 * pixelRatio);
  const tile = new OffscreenCanvas(sizePx, sizePx);
  const context = tile.getContext('2d');
  if (!context) return { palette, hatch: null };
  context.strokeStyle = palette.text;
  context.globalAlpha = 0.5;
  context.lineWidth = pixelRatio;
  context.beginPath();
  for (const shift of [-sizePx, 0, sizePx]) {
    context.moveTo(shift - 1, sizePx + 1);
    context.lineTo(shift + sizePx + 1, -1);
  }
  context.stroke();
  const hatch = context.createPattern(tile, 'repeat');
  hatch?.setTransform(new DOMMatrix().scale(1 / pixelRatio));
  return { palette, hatch };
}

/** Draws a frame. `context` is scaled so that its unit is the CSS pixel. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  tools: DrawingTools,
): void {
  const { palette } = tools;
  const { widthPx, heightPx } = scene;
  context.clearRect(0, 0, widthPx, heightPx);
  context.save();
  context.beginPath();
  context.rect(0, RULER_HEIGHT_PX, widthPx, heightPx - RULER_HEIGHT_PX);
  context.clip();
  scene.lanes.forEach((lane, index) => {
    if (lane.isActive) fillRow(context, scene, index, palette.accentSoft);
  });
  drawGrid(context, scene, palette);
  drawFuture(context, scene, palette);
  scene.lanes.forEach((lane, index) => {
    drawLane(context, scene, lane, laneTop(scene, index), tools);
  });
  for (const flag of scene.flags) drawFlag(context, scene, flag, palette);
  drawSelection(context, scene, palette);
  context.restore();
  drawRuler(context, scene, palette);
  drawHover(context, scene, palette);
  drawPlayhead(context, scene, palette);
}

/** Top of the lane with this place in `scene.lanes`, from the top of the ruler. */
export function laneTop(scene: Pick<TimelineScene, 'firstLane' | 'scrollTopPx'>, index: number): number {
  return RULER_HEIGHT_PX + (scene.firstLane + index) * LANE_HEIGHT_PX - scene.scrollTopPx;
}

/** A line of one device pixel does not blur when it lies on half pixels. */
const crisp = (x: number): number => Math.round(x) + 0.5;

function fillRow(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  index: number,
  colour: string,
): void {
  context.fillStyle = colour;
  context.fillRect(0, laneTop(scene, index), scene.widthPx, LANE_HEIGHT_PX - 1);
}

function drawGrid(context: CanvasRenderingContext2D, scene: TimelineScene, palette: TimelinePalette): void {
  context.lineWidth = 1;
  for (const tick of scene.ruler.major) {
    context.strokeStyle = tick.isDate ? palette.lineStrong : palette.line;
    context.beginPath();
    context.moveTo(crisp(tick.x), RULER_HEIGHT_PX);
    context.lineTo(crisp(tick.x), scene.heightPx);
    context.stroke();
  }
  context.strokeStyle = palette.line;
  context.beginPath();
  for (let index = 0; index <= scene.lanes.length; index++) {
    const y = laneTop(scene, index) - 0.5;
    context.moveTo(0, y);
    context.lineTo(scene.widthPx, y);
  }
  context.stroke();
}

/** What has not happened yet is shaded. */
function drawFuture(context: CanvasRenderingContext2D, scene: TimelineScene, palette: TimelinePalette): void {
  const x = xOfUs(scene.view, scene.widthPx, scene.nowUs);
  if (x >= scene.widthPx) return;
  context.globalAlpha = 0.45;
  context.fillStyle = palette.track;
  context.fillRect(Math.max(0, x), RULER_HEIGHT_PX, scene.widthPx - Math.max(0, x), scene.heightPx);
  context.globalAlpha = 1;
}

function drawLane(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  lane: LaneScene,
  top: number,
  tools: DrawingTools,
): void {
  const barTop = top + (LANE_HEIGHT_PX - 1 - BAR_HEIGHT_PX) / 2;
  const { palette } = tools;
  for (const range of lane.unknown) {
    context.globalAlpha = 0.7;
    context.fillStyle = palette.track;
    fillBar(context, extentOf(scene, range), barTop);
    context.globalAlpha = 1;
  }
  if (tools.hatch) {
    context.fillStyle = tools.hatch;
    for (const gap of lane.gaps) {
      const { x, width } = extentOf(scene, gap);
      context.fillRect(x, barTop, width, BAR_HEIGHT_PX);
    }
  }
  for (const piece of lane.pieces) drawPiece(context, scene, piece, barTop, palette);
  drawBorders(context, scene, lane, barTop, palette);
  if (lane.isRecording) drawLiveEdge(context, scene, lane, barTop, palette);
  for (const mark of lane.marks) drawMark(context, scene, mark.atUs, barTop, palette);
}

interface Extent {
  readonly x: number;
  readonly width: number;
}

function extentOf(scene: TimelineScene, range: TimeRange): Extent {
  const left = Math.max(-20, xOfUs(scene.view, scene.widthPx, range.startUs));
  const right = Math.min(scene.widthPx + 20, xOfUs(scene.view, scene.widthPx, range.endUs));
  return { x: left, width: Math.max(MIN_BAR_PX, right - left) };
}

function fillBar(context: CanvasRenderingContext2D, { x, width }: Extent, top: number): void {
  if (width <= 2 * BAR_RADIUS_PX) {
    context.fillRect(x, top, width, BAR_HEIGHT_PX);
    return;
  }
  context.beginPath();
  context.roundRect(x, top, width, BAR_HEIGHT_PX, BAR_RADIUS_PX);
  context.fill();
}

function drawPiece(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  piece: CoveragePiece,
  top: number,
  palette: TimelinePalette,
): void {
  const extent = extentOf(scene, piece);
  if (extent.x > scene.widthPx || extent.x + extent.width < 0) return;
  const colour = piece.isSecondSource ? palette.secondSource : palette.coverage;
  if (!piece.isEstimated || extent.width < 4) {
    context.fillStyle = colour;
    fillBar(context, extent, top);
    return;
  }
  const soft = Math.min(SOFT_EDGE_PX, extent.width / 2) / extent.width;
  const gradient = context.createLinearGradient(extent.x, 0, extent.x + extent.width, 0);
  gradient.addColorStop(0, withAlpha(colour, 0));
  gradient.addColorStop(soft, colour);
  gradient.addColorStop(1 - soft, colour);
  gradient.addColorStop(1, withAlpha(colour, 0));
  context.fillStyle = gradient;
  context.fillRect(extent.x, top, extent.width, BAR_HEIGHT_PX);
}

/** `#rrggbb` with an alpha from 0 to 1. */
function withAlpha(colour: string, alpha: number): string {
  const hex = Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0');
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}${hex}` : 'transparent';
}

function drawBorders(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  lane: LaneScene,
  top: number,
  palette: TimelinePalette,
): void {
  const [first, second] = lane.borders;
  if (first === undefined || second === undefined) return;
  const gapPx = xOfUs(scene.view, scene.widthPx, second) - xOfUs(scene.view, scene.widthPx, first);
  if (gapPx < MIN_BORDER_GAP_PX) return;
  context.fillStyle = palette.background;
  context.globalAlpha = 0.6;
  for (const us of lane.borders) {
    const x = xOfUs(scene.view, scene.widthPx, us);
    if (x > 0 && x < scene.widthPx) context.fillRect(Math.round(x), top, 1, BAR_HEIGHT_PX);
  }
  context.globalAlpha = 1;
}

/** The growing end of a stream that records glows. */
function drawLiveEdge(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  lane: LaneScene,
  top: number,
  palette: TimelinePalette,
): void {
  const last = lane.pieces.at(-1);
  if (!last || last.endUs < scene.nowUs - 120_000_000) return;
  const x = xOfUs(scene.view, scene.widthPx, last.endUs);
  if (x < 0 || x > scene.widthPx) return;
  context.fillStyle = palette.accent;
  for (const [reach, alpha] of [
    [4, 0.18],
    [2, 0.3],
    [0, 1],
  ] as const) {
    context.globalAlpha = alpha;
    context.fillRect(x - 2 - reach, top - reach / 2, 2 + 2 * reach, BAR_HEIGHT_PX + reach);
  }
  context.globalAlpha = 1;
}

/** A small triangle over the bar where playing met a failure. */
function drawMark(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  us: number,
  top: number,
  palette: TimelinePalette,
): void {
  const x = xOfUs(scene.view, scene.widthPx, us);
  if (x < -5 || x > scene.widthPx + 5) return;
  context.fillStyle = palette.warning;
  context.fillRect(x - 0.75, top - 2, 1.5, BAR_HEIGHT_PX + 4);
  context.beginPath();
  context.moveTo(x - 4.5, top - 6);
  context.lineTo(x + 4.5, top - 6);
  context.lineTo(x, top - 0.5);
  context.fill();
}

/** A bookmark: a flag at its start over the bar, filled where it protects, and a line along its length. */
function drawFlag(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  flag: LaneFlag,
  palette: TimelinePalette,
): void {
  const top = laneTop(scene, flag.lane) + FLAG_TOP_PX;
  const left = xOfUs(scene.view, scene.widthPx, flag.startUs);
  const right = xOfUs(scene.view, scene.widthPx, flag.endUs);
  const x = Math.round(left);
  context.fillStyle = palette.flag;
  if (right - left > 1) {
    const from = Math.max(0, left);
    context.fillRect(from, top + FLAG_POLE_PX - 2, Math.min(scene.widthPx, right) - from, 2);
  }
  if (left < -FLAG_WIDTH_PX || left > scene.widthPx) return;
  context.fillRect(x, top, 1.5, FLAG_POLE_PX);
  context.beginPath();
  context.moveTo(x + 1, top + 0.5);
  context.lineTo(x + FLAG_WIDTH_PX, top + 2.75);
  context.lineTo(x + 1, top + 5);
  context.closePath();
  if (flag.isProtected) context.fill();
  context.strokeStyle = palette.flag;
  context.lineWidth = 1;
  context.stroke();
}

function drawSelection(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  palette: TimelinePalette,
): void {
  if (!scene.selection) return;
  const left = xOfUs(scene.view, scene.widthPx, scene.selection.startUs);
  const right = xOfUs(scene.view, scene.widthPx, scene.selection.endUs);
  if (right < 0 || left > scene.widthPx) return;
  context.fillStyle = palette.accent;
  context.globalAlpha = 0.16;
  context.fillRect(left, RULER_HEIGHT_PX, Math.max(1, right - left), scene.heightPx - RULER_HEIGHT_PX);
  context.globalAlpha = 1;
  for (const x of [left, right]) {
    context.fillRect(Math.round(x), RULER_HEIGHT_PX, 1, scene.heightPx - RULER_HEIGHT_PX);
    context.fillRect(Math.round(x) - 1, RULER_HEIGHT_PX, 3, 8);
  }
}

function drawRuler(context: CanvasRenderingContext2D, scene: TimelineScene, palette: TimelinePalette): void {
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, RULER_HEIGHT_PX - 0.5);
  context.lineTo(scene.widthPx, RULER_HEIGHT_PX - 0.5);
  context.stroke();
  context.strokeStyle = palette.lineStrong;
  context.beginPath();
  for (const x of scene.ruler.minorX) {
    context.moveTo(crisp(x), RULER_HEIGHT_PX - TICK_PX);
    context.lineTo(crisp(x), RULER_HEIGHT_PX - 1);
  }
  for (const tick of scene.ruler.major) {
    context.moveTo(crisp(tick.x), tick.isDate ? 4 : RULER_HEIGHT_PX - 16);
    context.lineTo(crisp(tick.x), RULER_HEIGHT_PX - 1);
  }
  context.stroke();
}

function drawHover(context: CanvasRenderingContext2D, scene: TimelineScene, palette: TimelinePalette): void {
  if (scene.hoverUs === null) return;
  const x = crisp(xOfUs(scene.view, scene.widthPx, scene.hoverUs));
  context.strokeStyle = palette.text;
  context.globalAlpha = 0.6;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(x, RULER_HEIGHT_PX - TICK_PX);
  context.lineTo(x, scene.heightPx);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawPlayhead(
  context: CanvasRenderingContext2D,
  scene: TimelineScene,
  palette: TimelinePalette,
): void {
  if (scene.playheadUs === null) return;
  const x = xOfUs(scene.view, scene.widthPx, scene.playheadUs);
  if (x < -2 || x > scene.widthPx + 2) return;
  context.fillStyle = palette.playhead;
  context.fillRect(Math.round(x) - 0.75, 14, 1.5, scene.heightPx - 14);
}

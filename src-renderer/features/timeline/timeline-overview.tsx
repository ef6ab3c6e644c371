import { useEffect, useEffectEvent, useRef } from 'react';
import type { RecordedStream } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { formatDate, formatShortDate } from '../../format/times.ts';
import { usePlayerStore } from '../../stores/player-store.ts';
import { useTimelineStore } from '../../stores/timeline-store.ts';
import type { CoverageSource } from './coverage-source.ts';
import { overviewRange } from './overview-range.ts';
import styles from './timeline-overview.module.css';
import { readPalette, type TimelinePalette, watchTheme } from './timeline-palette.ts';
import { layoutRuler } from './timeline-ruler.ts';
import { centreOn, limitsFor, panBy, usAtX, usPerPx, xOfUs } from './timeline-scale.ts';

export interface TimelineOverviewProps {
  /** The stream whose recorded time is shown; null: none is chosen. */
  readonly stream: RecordedStream | null;
  readonly firstUs: number | null;
  readonly zone: string;
  readonly source: CoverageSource;
}

const BAR_PX = 8;
const MIN_FRAME_PX = 6;

/** The lowest line: the whole day, or all that was recorded, with the visible part framed. */
export function TimelineOverview(props: TimelineOverviewProps) {
  const { source } = props;
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const label = useRef<HTMLDivElement>(null);
  const read = useEffectEvent(() => props);
  const redraw = useRef<() => void>(() => undefined);

  useEffect(() => {
    const [area, surface] = [stage.current, canvas.current];
    const context = surface?.getContext('2d');
    if (!area || !surface || !context) return;
    let palette = readPalette(area);
    let frame: number | null = null;
    let drag: { pointer: number; lastX: number } | null = null;

    const rangeNow = (): TimeRange =>
      overviewRange(useTimelineStore.getState().view, read().firstUs, Date.now() * 1000, read().zone);
    const draw = (): void => {
      frame = null;
      const range = rangeNow();
      const { stream, zone } = read();
      if (label.current) label.current.textContent = rangeLabel(range, zone);
      drawOverview(
        context,
        surface,
        area.clientWidth,
        area.clientHeight,
        range,
        stream,
        zone,
        source,
        palette,
      );
    };
    const request = (): void => {
      frame ??= requestAnimationFrame(draw);
    };
    redraw.current = request;

    const limits = () => limitsFor(read().firstUs, Date.now() * 1000);
    const onPointerDown = (event: PointerEvent): void => {
      area.setPointerCapture(event.pointerId);
      const range = rangeNow();
      const x = event.clientX - area.getBoundingClientRect().left;
      const us = usAtX(range, area.clientWidth, x);
      const { view, setView, setFollowing } = useTimelineStore.getState();
      setFollowing(false);
      if (us < view.startUs || us > view.endUs) setView(centreOn(view, us, limits()));
      drag = { pointer: event.pointerId, lastX: event.clientX };
    };
    const onPointerMove = (event: PointerEvent): void => {
      if (!drag || drag.pointer !== event.pointerId) return;
      const { view, setView } = useTimelineStore.getState();
      const pxUs = usPerPx(rangeNow(), area.clientWidth);
      const dxUs = (event.clientX - drag.lastX) * pxUs;
      setView(panBy(view, 1, dxUs / (view.endUs - view.startUs), limits()));
      drag.lastX = event.clientX;
    };
    const endDrag = (): void => {
      drag = null;
    };
    const listening = new AbortController();
    const { signal } = listening;
    area.addEventListener('pointerdown', onPointerDown, { signal });
    area.addEventListener('pointermove', onPointerMove, { signal });
    area.addEventListener('pointerup', endDrag, { signal });
    area.addEventListener('pointercancel', endDrag, { signal });
    const resize = new ResizeObserver(request);
    resize.observe(area);
    const stops = [
      source.subscribe(request),
      useTimelineStore.subscribe(request),
      usePlayerStore.subscribe((state, before) => {
        if (state.playheadUs !== before.playheadUs) request();
      }),
      watchTheme(() => {
        palette = readPalette(area);
        request();
      }),
    ];
    return () => {
      listening.abort();
      resize.disconnect();
      for (const stop of stops) stop();
      if (frame !== null) cancelAnimationFrame(frame);
    };
  }, [source]);
  useEffect(() => redraw.current());

  return (
    <div className={styles.row}>
      <div ref={label} className={styles.label} />
      <div ref={stage} className={styles.stage} data-testid="timeline-overview">
        <canvas ref={canvas} className={styles.canvas} aria-hidden />
      </div>
    </div>
  );
}

function rangeLabel(range: TimeRange, zone: string): string {
  const isDay = range.endUs - range.startUs < 1.2 * US_PER_DAY;
  return isDay ? formatShortDate(range.startUs, zone) : `since ${formatDate(range.startUs, zone)}`;
}

function drawOverview(
  context: CanvasRenderingContext2D,
  surface: HTMLCanvasElement,
  widthPx: number,
  heightPx: number,
  range: TimeRange,
  stream: RecordedStream | null,
  zone: string,
  source: CoverageSource,
  palette: TimelinePalette,
): void {
  const ratio = window.devicePixelRatio;
  const [width, height] = [
    Math.max(1, Math.round(widthPx * ratio)),
    Math.max(1, Math.round(heightPx * ratio)),
  ];
  if (surface.width !== width || surface.height !== height) {
    surface.width = width;
    surface.height = height;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, widthPx, heightPx);
  context.fillStyle = palette.line;
  for (const tick of layoutRuler(range, widthPx, zone).major)
    context.fillRect(Math.round(tick.x), 0, 1, heightPx);
  const top = (heightPx - BAR_PX) / 2;
  if (stream) {
    const pxUs = usPerPx(range, widthPx);
    source.overview.want([stream.stream], range, pxUs);
    const { nodes, unknown } = source.overview.read(stream.stream, range, pxUs);
    const fill = (part: TimeRange): void => {
      const x = xOfUs(range, widthPx, part.startUs);
      context.fillRect(x, top, Math.max(1, xOfUs(range, widthPx, part.endUs) - x), BAR_PX);
    };
    context.fillStyle = palette.track;
    unknown.forEach(fill);
    context.fillStyle = palette.secondSource;
    for (const node of nodes) node.spans.forEach(fill);
  }
  drawFrame(context, widthPx, heightPx, range, palette);
}

/** The visible part as a frame, the selection and the playhead as marks in it. */
function drawFrame(
  context: CanvasRenderingContext2D,
  widthPx: number,
  heightPx: number,
  range: TimeRange,
  palette: TimelinePalette,
): void {
  const { view, selection } = useTimelineStore.getState();
  const { playheadUs } = usePlayerStore.getState();
  if (selection) {
    const x = xOfUs(range, widthPx, selection.startUs);
    context.fillStyle = palette.accent;
    context.fillRect(x, heightPx - 3, Math.max(2, xOfUs(range, widthPx, selection.endUs) - x), 2);
  }
  if (playheadUs !== null) {
    context.fillStyle = palette.playhead;
    context.fillRect(xOfUs(range, widthPx, playheadUs) - 0.5, 3, 1.5, heightPx - 6);
  }
  const left = xOfUs(range, widthPx, view.startUs);
  const frameWidth = Math.max(MIN_FRAME_PX, xOfUs(range, widthPx, view.endUs) - left);
  context.strokeStyle = palette.accent;
  context.lineWidth = 1.5;
  context.fillStyle = palette.accent;
  context.beginPath();
  context.roundRect(left, 3.5, frameWidth, heightPx - 7, 2.5);
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
}

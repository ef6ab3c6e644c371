import type { RecordedStream } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { useBookmarksStore } from '../../stores/bookmarks-store.ts';
import { usePlayerStore } from '../../stores/player-store.ts';
import { type PlaybackMark, useTimelineStore } from '../../stores/timeline-store.ts';
import type { CoverageSource } from './coverage-source.ts';
import { HoverPicture, type HoverPictureElements } from './hover-picture.ts';
import { LaneCache } from './lane-cache.ts';
import { readFrame } from './read-frame.ts';
import { createDrawingTools, type DrawingTools, drawTimeline } from './timeline-draw.ts';
import { flagAt, flagsInView } from './timeline-flags.ts';
import { attachGestures } from './timeline-gestures.ts';
import { type HitScene, LANE_HEIGHT_PX, RULER_HEIGHT_PX } from './timeline-hit.ts';
import { type OverlayClasses, type OverlayElements, TimelineOverlay } from './timeline-overlay.ts';
import { readPalette, watchTheme } from './timeline-palette.ts';
import { layoutRuler } from './timeline-ruler.ts';
import { limitsFor, revealUs, type ScaleLimits, usAtX, usPerPx } from './timeline-scale.ts';
import type { TimelineScene } from './timeline-scene.ts';

/** What the timeline shows and whom it tells; read anew on each frame. */
export interface TimelineInput {
  readonly lanes: readonly RecordedStream[];
  readonly active: string | null;
  readonly zone: string;
  readonly onJump: (us: number, stream: string | null) => void;
  readonly onScrub: (us: number) => void;
  readonly onFit: (us: number) => void;
  /** Nothing of what is visible was recorded, or something was. */
  readonly onEmptyChange: (isEmpty: boolean) => void;
}

export interface TimelineElements extends OverlayElements, HoverPictureElements {
  readonly canvas: HTMLCanvasElement;
  /** The list of lane names, whose scrolling the lanes follow. */
  readonly scroller: HTMLElement;
}

const FLAG_REACH_PX = 5;
const NO_MARKS: readonly PlaybackMark[] = [];

/** Draws the timeline on animation frames and turns gestures into state. `dispose` ends it. */
export class TimelineController {
  readonly #elements: TimelineElements;
  readonly #source: CoverageSource;
  readonly #input: () => TimelineInput;
  readonly #context: CanvasRenderingContext2D;
  readonly #overlay: TimelineOverlay;
  readonly #cache: LaneCache;
  readonly #picture: HoverPicture;
  readonly #stops: (() => void)[] = [];
  #tools: DrawingTools;
  #frame: number | null = null;
  #hover: { x: number; y: number } | null = null;
  #widthPx = 0;
  #heightPx = 0;
  #isEmpty = false;

  constructor(
    elements: TimelineElements,
    classes: OverlayClasses,
    source: CoverageSource,
    input: () => TimelineInput,
  ) {
    const context = elements.canvas.getContext('2d');
    if (!context) throw new Error('This browser has no 2D canvas.');
    this.#elements = elements;
    this.#source = source;
    this.#input = input;
    this.#context = context;
    this.#overlay = new TimelineOverlay(elements, classes);
    this.#cache = new LaneCache(source);
    this.#picture = new HoverPicture(elements, readFrame, () => this.requestDraw());
    this.#tools = this.#makeTools();
    this.#listen();
    this.#measure();
  }

  /** Draws on the next animation frame; any number of calls make one frame. */
  requestDraw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw();
    });
  }

  /** Names of lanes or the zone changed. */
  inputChanged(): void {
    this.#cache.invalidate();
    this.requestDraw();
  }

  limits(): ScaleLimits {
    const { lanes } = this.#input();
    const firstUs = lanes.length > 0 ? Math.min(...lanes.map((lane) => lane.startUs)) : null;
    return limitsFor(firstUs, Date.now() * 1000);
  }

  get widthPx(): number {
    return this.#widthPx;
  }

  dispose(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = -1;
    for (const stop of this.#stops) stop();
    this.#picture.dispose();
  }

  #listen(): void {
    const { stage, scroller } = this.#elements;
    const resize = new ResizeObserver(() => this.#measure());
    resize.observe(stage);
    const redraw = (): void => this.requestDraw();
    const reload = (): void => {
      this.#cache.invalidate();
      this.requestDraw();
    };
    scroller.addEventListener('scroll', redraw);
    const everySecond = setInterval(reload, 1000);
    this.#stops.push(
      () => resize.disconnect(),
      () => scroller.removeEventListener('scroll', redraw),
      () => clearInterval(everySecond),
      this.#source.subscribe(reload),
      useTimelineStore.subscribe(redraw),
      useBookmarksStore.subscribe(redraw),
      usePlayerStore.subscribe((state, before) => {
        if (state.playheadUs !== before.playheadUs) this.#followPlayhead();
      }),
      watchTheme(() => {
        this.#tools = this.#makeTools();
        this.requestDraw();
      }),
      attachGestures(stage, {
        scene: () => this.#hitScene(),
        limits: () => this.limits(),
        setView: (view) => this.#setView(view),
        setSelection: (selection) => useTimelineStore.getState().setSelection(selection),
        focusEdge: (edge) =>
          (edge === 'start' ? this.#elements.startHandle : this.#elements.endHandle).focus(),
        jump: (us, lane) => this.#jump(us, lane),
        scrub: (us) => this.#input().onScrub(us),
        fit: (us) => this.#input().onFit(us),
        hover: (at) => {
          this.#hover = at;
          this.requestDraw();
        },
        scrollLanes: (dy) => {
          scroller.scrollTop += dy;
        },
      }),
    );
  }

  #makeTools(): DrawingTools {
    return createDrawingTools(readPalette(this.#elements.stage), window.devicePixelRatio);
  }

  #measure(): void {
    const { stage, canvas } = this.#elements;
    const ratio = window.devicePixelRatio;
    this.#widthPx = stage.clientWidth;
    this.#heightPx = stage.clientHeight;
    canvas.width = Math.max(1, Math.round(this.#widthPx * ratio));
    canvas.height = Math.max(1, Math.round(this.#heightPx * ratio));
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#tools = this.#makeTools();
    this.#draw();
  }

  #setView(view: TimeRange): void {
    const state = useTimelineStore.getState();
    state.setView(view);
    const { playheadUs } = usePlayerStore.getState();
    const isInside = playheadUs !== null && playheadUs >= view.startUs && playheadUs <= view.endUs;
    if (state.isFollowing !== isInside) state.setFollowing(isInside);
  }

  /** While it plays, the view moves along; a playhead that was moved away from stays away. */
  #followPlayhead(): void {
    const { view, isFollowing, setView } = useTimelineStore.getState();
    const { playheadUs, isPlaying } = usePlayerStore.getState();
    if (isFollowing && isPlaying && playheadUs !== null) {
      const revealed = revealUs(view, playheadUs, this.limits());
      if (revealed !== view) setView(revealed);
    }
    this.requestDraw();
  }

  /** A click on the pole of a flag goes to the very instant. */
  #jump(us: number, lane: number | null): void {
    const stream = lane === null ? null : (this.#input().lanes[lane]?.stream ?? null);
    const { view } = useTimelineStore.getState();
    const reachUs = FLAG_REACH_PX * usPerPx(view, this.#widthPx);
    const flags = stream === null ? [] : flagsInView(useBookmarksStore.getState().bookmarks, [stream], view);
    const flag = flagAt(flags, 0, us, reachUs);
    const isOnPole = flag !== null && Math.abs(flag.startUs - us) <= reachUs;
    this.#input().onJump(isOnPole ? flag.startUs : us, stream);
  }

  #hitScene(): HitScene {
    const { view, selection } = useTimelineStore.getState();
    return {
      view,
      selection,
      widthPx: this.#widthPx,
      laneCount: this.#input().lanes.length,
      scrollTopPx: this.#elements.scroller.scrollTop,
      playheadUs: usePlayerStore.getState().playheadUs ?? Number.MIN_SAFE_INTEGER,
    };
  }

  #draw(): void {
    if (this.#widthPx < 2 || this.#heightPx < 2) return;
    const scene = this.#scene();
    drawTimeline(this.#context, scene, this.#tools);
    this.#overlay.update(scene, this.#input().zone, this.#hover);
    this.#picture.update(scene, this.#hover);
    this.#tellEmptiness(scene);
  }

  #scene(): TimelineScene {
    const { lanes, active, zone } = this.#input();
    const { view, selection, marks } = useTimelineStore.getState();
    const scrollTopPx = this.#elements.scroller.scrollTop;
    const firstLane = Math.max(0, Math.floor(scrollTopPx / LANE_HEIGHT_PX));
    const laneRoom = Math.ceil((this.#heightPx - RULER_HEIGHT_PX) / LANE_HEIGHT_PX) + 1;
    const visible = lanes.slice(firstLane, firstLane + laneRoom);
    const pxUs = usPerPx(view, this.#widthPx);
    const nowUs = Date.now() * 1000;
    const names = visible.map(({ stream }) => stream);
    this.#source.lanes.want(names, view, pxUs);
    this.#source.borders.want(names, view);
    this.#source.reasons.want(names, view, pxUs);
    return {
      view,
      widthPx: this.#widthPx,
      heightPx: this.#heightPx,
      scrollTopPx,
      ruler: layoutRuler(view, this.#widthPx, zone),
      lanes: visible.map((stream) => {
        const own = marks.length === 0 ? NO_MARKS : marks.filter((mark) => mark.stream === stream.stream);
        return this.#cache.lane(stream, view, pxUs, own, stream.stream === active, nowUs);
      }),
      flags: flagsInView(useBookmarksStore.getState().bookmarks, names, view),
      laneCount: lanes.length,
      firstLane,
      selection,
      playheadUs: usePlayerStore.getState().playheadUs,
      nowUs,
      hoverUs: this.#hover ? usAtX(view, this.#widthPx, this.#hover.x) : null,
    };
  }

  #tellEmptiness(scene: TimelineScene): void {
    const touches = (range: TimeRange): boolean =>
      range.startUs < scene.view.endUs && range.endUs > scene.view.startUs;
    const isEmpty =
      scene.lanes.length > 0 &&
      scene.lanes.every((lane) => !lane.pieces.some(touches) && !lane.unknown.some(touches));
    if (isEmpty === this.#isEmpty) return;
    this.#isEmpty = isEmpty;
    this.#input().onEmptyChange(isEmpty);
  }
}

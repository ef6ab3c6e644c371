import { type Frame, HoverFrames } from './hover-frames.ts';
import { laneTop } from './timeline-draw.ts';
import { LANE_HEIGHT_PX, RULER_HEIGHT_PX } from './timeline-hit.ts';
import { usPerPx } from './timeline-scale.ts';
import { contentAt, type LaneScene, type TimelineScene } from './timeline-scene.ts';

/** The size a picture has room in, CSS pixels. */
const HEIGHT_PX = 108;
const WIDTH_PX = 192;
const MARGIN_PX = 8;

export interface HoverPictureElements {
  readonly stage: HTMLElement;
  /** Floats above the timeline. */
  readonly picture: HTMLCanvasElement;
}

/** Shows above the timeline what was recorded at the instant under the pointer, where there is a picture of it. */
export class HoverPicture {
  readonly #frames: HoverFrames<ImageBitmap>;
  #shown: Frame | null = null;
  #stream: string | null = null;

  constructor(
    private readonly elements: HoverPictureElements,
    read: (stream: string, us: number, heightPx: number, signal: AbortSignal) => Promise<ImageBitmap>,
    onRead: () => void,
  ) {
    const heightPx = Math.round(HEIGHT_PX * Math.min(2, window.devicePixelRatio));
    this.#frames = new HoverFrames((stream, us, signal) => read(stream, us, heightPx, signal), onRead);
  }

  /** On each frame: what is drawn, and where the pointer is. */
  update(scene: TimelineScene, hover: { readonly x: number; readonly y: number } | null): void {
    const { picture, stage } = this.elements;
    const lane = hover && laneUnder(scene, hover.y);
    const us = scene.hoverUs;
    if (!hover || !lane || us === null || contentAt(lane, us).kind !== 'recorded') {
      this.#hide();
      return;
    }
    // What was read before stays until its neighbour is there; that of another stream would deceive.
    if (this.#stream !== lane.stream) this.#shown = null;
    this.#stream = lane.stream;
    const frame = this.#frames.at(lane.stream, us, usPerPx(scene.view, scene.widthPx));
    if (frame === null) this.#shown = null;
    else if (frame && frame !== this.#shown) this.#draw(frame);
    picture.hidden = this.#shown === null;
    if (picture.hidden) return;
    const widthPx = picture.offsetWidth;
    const x = Math.min(scene.widthPx - widthPx, Math.max(0, hover.x - widthPx / 2));
    const { left, top } = stage.getBoundingClientRect();
    picture.style.transform = `translate(${Math.round(left + x)}px, ${Math.round(top - HEIGHT_PX - MARGIN_PX)}px)`;
  }

  dispose(): void {
    this.#hide();
    this.#frames.dispose();
  }

  #hide(): void {
    this.elements.picture.hidden = true;
    this.#shown = null;
    this.#frames.leave();
  }

  #draw(frame: ImageBitmap): void {
    const { picture } = this.elements;
    const scale = Math.min(HEIGHT_PX / frame.height, WIDTH_PX / frame.width);
    picture.width = frame.width;
    picture.height = frame.height;
    picture.style.width = `${Math.round(frame.width * scale)}px`;
    picture.style.height = `${Math.round(frame.height * scale)}px`;
    picture.getContext('2d')?.drawImage(frame, 0, 0);
    this.#shown = frame;
  }
}

/** The lane under the pointer; over the ruler the active one. */
function laneUnder(scene: TimelineScene, y: number): LaneScene | null {
  if (y < RULER_HEIGHT_PX) return scene.lanes.find((lane) => lane.isActive) ?? null;
  return scene.lanes[Math.floor((y - laneTop(scene, 0)) / LANE_HEIGHT_PX)] ?? null;
}

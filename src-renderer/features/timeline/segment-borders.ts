import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_MINUTE } from '../../../src-shared/util/units.ts';

/** Reads where the segments of a stream in a range start, in microseconds. */
export type BorderReader = (
  stream: string,
  range: TimeRange,
  signal: AbortSignal,
) => Promise<readonly number[]>;

interface Entry {
  range: TimeRange;
  starts: readonly number[];
  isStale: boolean;
}

/** Segments are drawn apart where at most so much is visible. */
export const BORDERS_FROM_SPAN_US = 20 * US_PER_MINUTE;
const MAX_FLIGHTS = 4;

/**
 * Borders of segments at close zoom: read per stream for the view and as much again on both sides.
 *
 * A few reads at a time; one whose stream or range has left the screen is aborted.
 */
export class SegmentBorders {
  readonly #read: BorderReader;
  readonly #onChange: () => void;
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, { controller: AbortController; range: TimeRange }>();

  constructor(read: BorderReader, onChange: () => void) {
    this.#read = read;
    this.#onChange = onChange;
  }

  /** Says what is on screen; with too much visible, nothing is read. */
  want(streams: readonly string[], view: TimeRange): void {
    const isClose = view.endUs - view.startUs <= BORDERS_FROM_SPAN_US;
    for (const [stream, { controller, range }] of this.#flights)
      if (!isClose || !streams.includes(stream) || !contains(range, view)) controller.abort();
    if (!isClose) return;
    for (const stream of streams) {
      if (this.#flights.size >= MAX_FLIGHTS) return;
      const entry = this.#entries.get(stream);
      const isKnown = entry !== undefined && !entry.isStale && contains(entry.range, view);
      if (!isKnown && !this.#flights.has(stream)) void this.#fetch(stream, view);
    }
  }

  /** Starts of segments of `stream`, ascending; empty where not known or too much is visible. */
  starts(stream: string, view: TimeRange): readonly number[] {
    if (view.endUs - view.startUs > BORDERS_FROM_SPAN_US) return [];
    return this.#entries.get(stream)?.starts ?? [];
  }

  /** What was recorded of the stream in this range has changed. */
  invalidate(stream: string, range: TimeRange): void {
    const entry = this.#entries.get(stream);
    if (entry && range.startUs < entry.range.endUs && range.endUs > entry.range.startUs) entry.isStale = true;
  }

  /** Aborts what is under way. May be called twice. */
  dispose(): void {
    for (const { controller } of this.#flights.values()) controller.abort();
  }

  async #fetch(stream: string, view: TimeRange): Promise<void> {
    const spanUs = view.endUs - view.startUs;
    const range = { startUs: Math.max(0, view.startUs - spanUs), endUs: view.endUs + spanUs };
    const controller = new AbortController();
    this.#flights.set(stream, { controller, range });
    const known = this.#entries.get(stream);
    if (known) known.isStale = false;
    let starts = known?.starts ?? [];
    try {
      starts = await this.#read(stream, range, controller.signal);
    } catch {
      // Borders are an ornament: without them the bars are still right.
    }
    this.#flights.delete(stream);
    if (controller.signal.aborted) {
      if (known) known.isStale = true;
    } else this.#entries.set(stream, { range, starts, isStale: this.#entries.get(stream)?.isStale ?? false });
    this.#onChange();
  }
}

function contains(outer: TimeRange, inner: TimeRange): boolean {
  return outer.startUs <= inner.startUs && outer.endUs >= inner.endUs;
}

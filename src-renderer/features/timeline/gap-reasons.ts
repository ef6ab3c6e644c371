import type { RecordingGap } from '../../../src-shared/model/recording-gap.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { US_PER_MINUTE, US_PER_MS } from '../../../src-shared/util/units.ts';

/** Reads why a stream has gaps of at least `minUs` in a range. */
export type GapReader = (
  stream: string,
  range: TimeRange,
  minUs: number,
  signal: AbortSignal,
) => Promise<readonly RecordingGap[]>;

interface Entry {
  readonly range: TimeRange;
  readonly minUs: number;
  readonly gaps: readonly RecordingGap[];
  isStale: boolean;
}

const MAX_FLIGHTS = 2;
/** A gap of fewer pixels cannot be pointed at. */
const LEAST_PX = 4;
/** Read anew only when so much shorter gaps can be seen. */
const FINER = 4;
/** After a failure nothing is asked again for so long: reasons are an ornament. */
const RETRY_AFTER_MS = 15_000;
/** What is younger than this may still come: no reasons are asked for it. */
const LIVE_US = US_PER_MINUTE;
const NONE: readonly RecordingGap[] = [];

/** Reasons of the gaps on screen: read per stream for the view and half as much again on both sides. */
export class GapReasons {
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, AbortController>();
  #quietUntilMs = 0;

  constructor(
    private readonly read: GapReader,
    private readonly onChange: () => void,
    private readonly nowMs: () => number = () => Date.now(),
  ) {}

  /** Says what is on screen, and how long a pixel is. */
  want(streams: readonly string[], view: TimeRange, pxUs: number): void {
    const minUs = Math.round(LEAST_PX * pxUs);
    for (const [stream, controller] of this.#flights) if (!streams.includes(stream)) controller.abort();
    if (this.nowMs() < this.#quietUntilMs) return;
    for (const stream of streams) {
      if (this.#flights.size >= MAX_FLIGHTS) return;
      const entry = this.#entries.get(stream);
      const isKnown =
        entry !== undefined &&
        !entry.isStale &&
        entry.minUs <= minUs * FINER &&
        entry.range.startUs <= view.startUs &&
        // The present moves on all the time; once a minute is enough for what it leaves behind.
        entry.range.endUs >= Math.min(view.endUs, this.#settledUs() - LIVE_US);
      if (!isKnown && !this.#flights.has(stream)) void this.#fetch(stream, view, minUs);
    }
  }

  /** What is known of the gaps of a stream, oldest first. */
  of(stream: string): readonly RecordingGap[] {
    return this.#entries.get(stream)?.gaps ?? NONE;
  }

  /** What was recorded of the stream in this range has changed. */
  invalidate(stream: string, range: TimeRange): void {
    const entry = this.#entries.get(stream);
    // The growing end of a recording says nothing new about the gaps before it.
    const isTouched = entry?.gaps.some(
      (gap) => range.startUs < (gap.endUs ?? entry.range.endUs) && range.endUs > gap.startUs,
    );
    if (entry && isTouched) entry.isStale = true;
  }

  /** There is a gap where there was none: all is read again when it is next wanted. */
  forget(stream: string): void {
    const entry = this.#entries.get(stream);
    if (entry) entry.isStale = true;
  }

  /** Aborts what is under way. May be called twice. */
  dispose(): void {
    for (const controller of this.#flights.values()) controller.abort();
  }

  #settledUs(): number {
    return this.nowMs() * US_PER_MS - LIVE_US;
  }

  async #fetch(stream: string, view: TimeRange, minUs: number): Promise<void> {
    const marginUs = Math.round((view.endUs - view.startUs) / 2);
    const range = {
      startUs: Math.max(0, Math.floor(view.startUs - marginUs)),
      endUs: Math.min(Math.ceil(view.endUs + marginUs), this.#settledUs()),
    };
    if (range.endUs <= range.startUs) return;
    const controller = new AbortController();
    this.#flights.set(stream, controller);
    try {
      const gaps = await this.read(stream, range, minUs, controller.signal);
      this.#entries.set(stream, { range, minUs, gaps, isStale: false });
    } catch {
      if (!controller.signal.aborted) this.#quietUntilMs = this.nowMs() + RETRY_AFTER_MS;
    }
    this.#flights.delete(stream);
    if (!controller.signal.aborted) this.onChange();
  }
}

/** Time that counts as recorded although its objects are lost. */
export function lostOf(known: readonly RecordingGap[]): TimeRange[] {
  return known.flatMap(({ endUs, kind, startUs }) =>
    kind === 'objects-lost' && endUs !== null ? [{ startUs, endUs }] : [],
  );
}

/** Why `gap` is there, where that is known: the known gap that holds its middle. */
export function reasonOf(known: readonly RecordingGap[], gap: TimeRange): RecordingGap | null {
  const middleUs = (gap.startUs + gap.endUs) / 2;
  const isAround = ({ endUs, startUs }: RecordingGap) =>
    startUs <= middleUs && middleUs < (endUs ?? Number.POSITIVE_INFINITY);
  return known.find(isAround) ?? null;
}

interface Pace {
  lastMs: number;
  readonly lengthsMs: number[];
}

const DEFAULT_SEGMENT_MS = 12_000;
const KEPT = 5;
/** Older segments come from scanning a storage, not from a recording that runs. */
const FRESH_MS = 10 * 60_000;

/** When segments came in last, by node and stream, and how long they are. */
export class SegmentPace {
  /** By alias, then stream. */
  readonly #paces = new Map<string, Map<string, Pace>>();

  /** Takes note of indexed segments. `wallMs` and `nowMs` are the wall and the monotonic clock now. */
  note(
    segments: {
      readonly stream: string;
      readonly node: string;
      readonly startUs: number;
      readonly endUs: number;
    },
    wallMs: number,
    nowMs: number,
  ): void {
    if (segments.endUs / 1000 < wallMs - FRESH_MS) return;
    const paces = this.#paces.get(segments.node) ?? new Map<string, Pace>();
    const pace = paces.get(segments.stream) ?? { lastMs: nowMs, lengthsMs: [] };
    pace.lastMs = nowMs;
    pace.lengthsMs.push((segments.endUs - segments.startUs) / 1000);
    if (pace.lengthsMs.length > KEPT) pace.lengthsMs.shift();
    this.#paces.set(segments.node, paces.set(segments.stream, pace));
  }

  /** Whether segments of the node come into the index at all. */
  isFollowed(alias: string): boolean {
    return this.#paces.has(alias);
  }

  /** Streams of the node that segments came of since the start. */
  streams(alias: string): Iterable<string> {
    return this.#paces.get(alias)?.keys() ?? [];
  }

  /** Monotonic time of the last segment; null when none came since the start. */
  lastMs(alias: string, stream: string): number | null {
    return this.#paces.get(alias)?.get(stream)?.lastMs ?? null;
  }

  /** How long segments of the stream usually are. */
  segmentMs(alias: string, stream: string): number {
    const lengths = [...(this.#paces.get(alias)?.get(stream)?.lengthsMs ?? [])].sort((a, b) => a - b);
    return Math.max(1000, lengths[Math.floor(lengths.length / 2)] ?? DEFAULT_SEGMENT_MS);
  }
}

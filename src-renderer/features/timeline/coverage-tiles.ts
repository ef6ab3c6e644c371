import type { StreamCoverage } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import type { CoverageSpan, NodeSpans } from './coverage-pieces.ts';

/** What one read of the coverage route asks for. */
export interface CoverageRequest extends TimeRange {
  readonly streams: readonly string[];
  readonly resolutionUs: number;
}

export type CoverageReader = (
  request: CoverageRequest,
  signal: AbortSignal,
) => Promise<readonly StreamCoverage[]>;

/** Recorded time of a stream in a range as far as it is known. */
export interface CoverageRead {
  readonly nodes: readonly NodeSpans[];
  /** Parts of the range about which nothing is known yet. */
  readonly unknown: readonly TimeRange[];
}

interface Tile {
  readonly range: TimeRange;
  readonly nodes: readonly NodeSpans[];
  /** What was recorded here has changed since it was read. */
  isStale: boolean;
}

interface Flight {
  readonly keys: ReadonlySet<string>;
  readonly controller: AbortController;
}

/** A tile is 1,024 units of its level wide; a unit is what one pixel shows, rounded down to a power of two. */
const UNITS_PER_TILE = 1024;
const MIN_LEVEL = 10;
const MAX_TILES = 3000;
const MAX_STREAMS_PER_REQUEST = 50;
/** So long nothing is asked after a failure. */
export const RETRY_AFTER_MS = 2000;

/** Level of a zoom: tiles of level n are told apart to 2^n microseconds. */
export function levelOf(usPerPx: number): number {
  return Math.max(MIN_LEVEL, Math.floor(Math.log2(Math.max(1, usPerPx))));
}

/** Width of a tile of `level`. */
export function tileSpanUs(level: number): number {
  return 2 ** level * UNITS_PER_TILE;
}

const keyOf = (stream: string, level: number, index: number): string => `${level}:${index}:${stream}`;

/**
 * Coverage in tiles: read once, drawn from memory, read again when it changed.
 *
 * `want` says what is on screen; requests for what no longer is are aborted. A stale tile is drawn until
 * its replacement arrives, and where a tile is missing one of another level stands in for it, so that
 * nothing flickers. Not more than 3,000 tiles are kept. After a failure it waits two seconds; `onError` is
 * to see to it that `want` is called again then.
 */
export class CoverageTiles {
  readonly #read: CoverageReader;
  readonly #onChange: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #nowMs: () => number;
  #pausedUntilMs = 0;
  readonly #tiles = new Map<string, Tile>();
  readonly #flights = new Set<Flight>();
  #levels = new Set<number>();

  constructor(
    read: CoverageReader,
    onChange: () => void,
    onError: (error: unknown) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#read = read;
    this.#onChange = onChange;
    this.#onError = onError;
    this.#nowMs = nowMs;
  }

  /** Reads what is missing or stale of `streams` in `range` and aborts reads that are no longer wanted. */
  want(streams: readonly string[], range: TimeRange, usPerPx: number): void {
    const level = levelOf(usPerPx);
    const spanUs = tileSpanUs(level);
    const first = Math.floor(range.startUs / spanUs);
    const last = Math.floor((range.endUs - 1) / spanUs);
    const wanted = new Set<string>();
    for (const stream of streams)
      for (let index = first; index <= last; index++) wanted.add(keyOf(stream, level, index));
    for (const flight of this.#flights) {
      if (![...flight.keys].some((key) => wanted.has(key))) flight.controller.abort();
    }
    if (this.#nowMs() < this.#pausedUntilMs) return;
    for (let index = first; index <= last; index++) {
      const missing = streams.filter((stream) => this.#isMissing(keyOf(stream, level, index)));
      for (let at = 0; at < missing.length; at += MAX_STREAMS_PER_REQUEST)
        void this.#fetch(missing.slice(at, at + MAX_STREAMS_PER_REQUEST), level, index);
    }
  }

  /** What is known of `stream` in `range`, from the level of `usPerPx` or else the nearest other one. */
  read(stream: string, range: TimeRange, usPerPx: number): CoverageRead {
    const level = levelOf(usPerPx);
    const spanUs = tileSpanUs(level);
    const spans = new Map<string, CoverageSpan[]>();
    const unknown: TimeRange[] = [];
    for (let index = Math.floor(range.startUs / spanUs); index * spanUs < range.endUs; index++) {
      const part = {
        startUs: Math.max(range.startUs, index * spanUs),
        endUs: Math.min(range.endUs, (index + 1) * spanUs),
      };
      const tile = this.#tiles.get(keyOf(stream, level, index));
      if (tile) collect(spans, tile, part);
      else this.#collectStandIn(stream, level, part, spans, unknown);
    }
    const nodes = [...spans].map(([alias, list]) => ({ alias, spans: joinSpans(list) }));
    return { nodes, unknown };
  }

  /** Marks what was read of `stream` in `range` as changed; the next `want` reads it again. */
  invalidate(stream: string, range: TimeRange): void {
    for (const level of this.#levels) {
      const spanUs = tileSpanUs(level);
      const last = Math.floor(Math.max(range.startUs, range.endUs - 1) / spanUs);
      for (let index = Math.floor(range.startUs / spanUs); index <= last; index++) {
        const tile = this.#tiles.get(keyOf(stream, level, index));
        if (tile) tile.isStale = true;
      }
    }
  }

  /** Marks everything as changed (after a lost connection). */
  invalidateAll(): void {
    for (const tile of this.#tiles.values()) tile.isStale = true;
  }

  /** Whether a read is under way. */
  get isLoading(): boolean {
    return this.#flights.size > 0;
  }

  /** Aborts what is under way. May be called twice. */
  dispose(): void {
    for (const flight of this.#flights) flight.controller.abort();
  }

  #isMissing(key: string): boolean {
    for (const flight of this.#flights)
      if (flight.keys.has(key) && !flight.controller.signal.aborted) return false;
    const tile = this.#tiles.get(key);
    return !tile || tile.isStale;
  }

  async #fetch(streams: readonly string[], level: number, index: number): Promise<void> {
    const spanUs = tileSpanUs(level);
    const range = { startUs: Math.max(0, index * spanUs), endUs: (index + 1) * spanUs };
    const controller = new AbortController();
    const flight = { keys: new Set(streams.map((stream) => keyOf(stream, level, index))), controller };
    this.#flights.add(flight);
    for (const key of flight.keys) {
      const tile = this.#tiles.get(key);
      if (tile) tile.isStale = false;
    }
    try {
      const answer = await this.#read({ ...range, streams, resolutionUs: 2 ** level }, controller.signal);
      if (controller.signal.aborted) return;
      for (const stream of streams) {
        const found = answer.find((candidate) => candidate.stream === stream);
        this.#store(keyOf(stream, level, index), { range, nodes: found?.nodes ?? [], isStale: false });
      }
      this.#levels.add(level);
    } catch (error) {
      this.#markStale(flight.keys);
      if (!controller.signal.aborted) {
        this.#pausedUntilMs = this.#nowMs() + RETRY_AFTER_MS;
        this.#onError(error);
      }
    } finally {
      if (controller.signal.aborted) this.#markStale(flight.keys);
      this.#flights.delete(flight);
      this.#onChange();
    }
  }

  #markStale(keys: ReadonlySet<string>): void {
    for (const key of keys) {
      const tile = this.#tiles.get(key);
      if (tile) tile.isStale = true;
    }
  }

  /** A tile that changed while its read was under way stays stale, as the answer may not hold the change. */
  #store(key: string, tile: Tile): void {
    const isStale = this.#tiles.get(key)?.isStale ?? false;
    this.#tiles.delete(key);
    this.#tiles.set(key, { ...tile, isStale });
    for (const oldest of this.#tiles.keys()) {
      if (this.#tiles.size <= MAX_TILES) break;
      this.#tiles.delete(oldest);
    }
  }

  #collectStandIn(
    stream: string,
    level: number,
    part: TimeRange,
    spans: Map<string, CoverageSpan[]>,
    unknown: TimeRange[],
  ): void {
    const others = [...this.#levels].sort((a, b) => Math.abs(a - level) - Math.abs(b - level));
    for (const other of others) {
      if (other === level) continue;
      const spanUs = tileSpanUs(other);
      const first = Math.floor(part.startUs / spanUs);
      const last = Math.floor((part.endUs - 1) / spanUs);
      if (last - first > 64) continue;
      const tiles: Tile[] = [];
      for (let index = first; index <= last; index++) {
        const tile = this.#tiles.get(keyOf(stream, other, index));
        if (tile) tiles.push(tile);
      }
      if (tiles.length !== last - first + 1) continue;
      for (const tile of tiles) collect(spans, tile, part);
      return;
    }
    unknown.push(part);
  }
}

function collect(spans: Map<string, CoverageSpan[]>, tile: Tile, part: TimeRange): void {
  for (const node of tile.nodes) {
    let list = spans.get(node.alias);
    if (!list) {
      list = [];
      spans.set(node.alias, list);
    }
    for (const span of node.spans) {
      const startUs = Math.max(span.startUs, part.startUs);
      const endUs = Math.min(span.endUs, part.endUs);
      if (startUs < endUs) list.push({ startUs, endUs, isEstimated: span.isEstimated });
    }
  }
}

/** Joins what the borders of tiles cut apart. */
function joinSpans(spans: readonly CoverageSpan[]): CoverageSpan[] {
  const joined: { startUs: number; endUs: number; isEstimated: boolean }[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last && span.startUs <= last.endUs && last.isEstimated === span.isEstimated)
      last.endUs = Math.max(last.endUs, span.endUs);
    else joined.push({ ...span });
  }
  return joined;
}

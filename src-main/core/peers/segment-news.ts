import type { Clock } from '../base/clock.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { IndexedSegments, SegmentIndex } from '../segments/segment-index.ts';
import type { ChangeFeed, PeerMessages } from './change-feed.ts';

export interface SegmentNewsOptions {
  readonly feed: Pick<ChangeFeed, 'send' | 'onMessage'>;
  readonly index: Pick<SegmentIndex, 'onDidIndexSegments'>;
  /** Nobody is told anything where nobody else is there. */
  readonly hasOthers: () => boolean;
  readonly clock: Clock;
}

/** What came into the index, whoever put it there. `count` is 0 for what another manager did. */
export interface SegmentSource {
  onDidIndexSegments(listener: (segments: IndexedSegments) => void): () => void;
}

type Extent = PeerMessages['segments'][number];

const SEND_EVERY_MS = 300;
/** So many extents are sure to fit into a message, unless names are very long. */
const EXTENTS_PER_MESSAGE = 50;
const MAX_WAITING = 20_000;

/** Tells other managers, gathered per stream and node, what this one indexed; and its own parts what they did. */
export class SegmentNews implements SegmentSource, Closeable {
  readonly #listeners = new Set<(segments: IndexedSegments) => void>();
  readonly #waiting = new Map<string, Extent>();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;

  constructor(private readonly options: SegmentNewsOptions) {
    this.#unsubscribe = options.index.onDidIndexSegments((segments) => {
      for (const listener of this.#listeners) listener(segments);
      if (options.hasOthers()) this.#gather(segments);
    });
    options.feed.onMessage('segments', (extents) => this.#take(extents));
    this.#timer = setInterval(() => this.#send(), SEND_EVERY_MS);
  }

  onDidIndexSegments(listener: (segments: IndexedSegments) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#send();
  }

  #gather({ endUs, node, startUs, stream }: IndexedSegments): void {
    const key = JSON.stringify([stream, node]);
    const known = this.#waiting.get(key);
    if (!known && this.#waiting.size >= MAX_WAITING) return;
    const from = Math.min(startUs, known?.[2] ?? startUs);
    this.#waiting.set(key, [stream, node, from, Math.max(endUs, known?.[3] ?? endUs)]);
  }

  #send(): void {
    if (this.#waiting.size === 0) return;
    const extents = [...this.#waiting.values()];
    this.#waiting.clear();
    for (let at = 0; at < extents.length; at += EXTENTS_PER_MESSAGE) {
      this.#sendSome(extents.slice(at, at + EXTENTS_PER_MESSAGE));
    }
  }

  #sendSome(extents: readonly Extent[]): void {
    if (this.options.feed.send('segments', extents) || extents.length <= 1) return;
    const half = Math.ceil(extents.length / 2);
    this.#sendSome(extents.slice(0, half));
    this.#sendSome(extents.slice(half));
  }

  #take(extents: unknown): void {
    if (!Array.isArray(extents)) return;
    for (const extent of extents) {
      if (!isExtent(extent)) continue;
      const [stream, node, startUs, endUs] = extent;
      for (const listener of this.#listeners) listener({ stream, node, startUs, endUs, count: 0 });
    }
  }
}

function isExtent(value: unknown): value is Extent {
  return (
    Array.isArray(value) &&
    typeof value[0] === 'string' &&
    typeof value[1] === 'string' &&
    Number.isFinite(value[2]) &&
    Number.isFinite(value[3])
  );
}

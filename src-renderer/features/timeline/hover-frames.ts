/** A picture that can be drawn and has to be given back. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  close(): void;
}

export type FrameReader<F extends Frame> = (stream: string, us: number, signal: AbortSignal) => Promise<F>;

interface Wish {
  readonly key: string;
  readonly stream: string;
  readonly us: number;
}

/** Each some 150 kB. */
const MAX_KEPT = 80;
/** What could not be read is asked for again after so long, if it is still wished for. */
const RETRY_AFTER_MS = 5000;
/** A pointer that passes by asks for nothing. */
const REST_MS = 60;

/**
 * Pictures for the instant under the pointer: one is read at a time, the newest wish next, and those that were read
 * are kept, failures for a while.
 */
export class HoverFrames<F extends Frame> {
  readonly #kept = new Map<string, F>();
  readonly #failedMs = new Map<string, number>();
  #wish: Wish | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flight: { readonly stream: string; readonly abort: AbortController } | null = null;

  constructor(
    private readonly read: FrameReader<F>,
    private readonly onRead: () => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /**
   * The picture of a stream at an instant, to the step that two pixels can tell apart: undefined while it is not
   * read yet, null where there is none or it could not be read.
   */
  at(stream: string, us: number, pxUs: number): F | null | undefined {
    const stepUs = stepOf(pxUs);
    const atUs = Math.max(0, Math.floor(us / stepUs) * stepUs);
    const key = `${stream}\n${stepUs}\n${atUs}`;
    const kept = this.#kept.get(key);
    if (kept) {
      this.#wish = null;
      return kept;
    }
    const failedMs = this.#failedMs.get(key);
    if (failedMs !== undefined && this.nowMs() - failedMs < RETRY_AFTER_MS) {
      this.#wish = null;
      return null;
    }
    if (this.#wish?.key === key) return undefined;
    this.#wish = { key, stream, us: atUs };
    if (this.#flight && this.#flight.stream !== stream) this.#flight.abort.abort();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#next(), REST_MS);
    return undefined;
  }

  /** The pointer has gone: what is being read is given up. */
  leave(): void {
    this.#wish = null;
    clearTimeout(this.#timer);
    this.#flight?.abort.abort();
  }

  dispose(): void {
    this.leave();
    for (const frame of this.#kept.values()) frame.close();
    this.#kept.clear();
  }

  async #next(): Promise<void> {
    const wish = this.#wish;
    if (this.#flight || !wish) return;
    const abort = new AbortController();
    this.#flight = { stream: wish.stream, abort };
    try {
      this.#keep(wish.key, await this.read(wish.stream, wish.us, abort.signal));
    } catch {
      // What cannot be read is not asked for again with each move of the pointer.
      if (!abort.signal.aborted) this.#failed(wish.key);
    }
    this.#flight = null;
    if (this.#wish?.key === wish.key && !abort.signal.aborted) this.#wish = null;
    if (!abort.signal.aborted) this.onRead();
    if (this.#wish) await this.#next();
  }

  #failed(key: string): void {
    if (this.#failedMs.size > MAX_KEPT) this.#failedMs.clear();
    this.#failedMs.set(key, this.nowMs());
  }

  #keep(key: string, frame: F): void {
    this.#kept.set(key, frame);
    if (this.#kept.size <= MAX_KEPT) return;
    const [oldest] = this.#kept.keys();
    if (oldest === undefined) return;
    this.#kept.get(oldest)?.close();
    this.#kept.delete(oldest);
  }
}

/** A power of two of microseconds, at least half a second, about four pixels long. */
function stepOf(pxUs: number): number {
  return 2 ** Math.max(19, Math.ceil(Math.log2(pxUs * 4)));
}

/** A picture that has to be given back. */
export interface StripPicture {
  close(): void;
}

/** One frame of a stream, with the wall time at which it begins. */
export interface StripFrame<P extends StripPicture> {
  readonly us: number;
  readonly picture: P;
}

/** What shows single frames, one at a time; null where there is none. */
export interface FrameSource<P extends StripPicture> {
  /** Shows the frame of an instant, and resolves to where it begins. */
  show(us: number, signal: AbortSignal): Promise<number | null>;
  /** Shows the neighbour of the frame that is shown. */
  step(direction: -1 | 1): Promise<number | null>;
  /** The picture of the frame that is shown. */
  picture(): Promise<P>;
}

interface KeptFrame<P extends StripPicture> extends StripFrame<P> {
  previousUs: number | null;
  nextUs: number | null;
}

/** Two instants this near are of one frame: no camera makes more than 120 in a second. */
const SAME_US = 4000;
/** Each some 50 kB. */
const MAX_KEPT = 120;

/**
 * Frames of one stream around an instant. Those that were read are kept, so that a step of one frame reads one more.
 * `dispose` gives all back.
 */
export class StripFrames<P extends StripPicture> {
  readonly #kept = new Map<number, KeptFrame<P>>();
  #shownUs: number | null = null;
  #last: Promise<void> = Promise.resolve();
  #isDisposed = false;

  constructor(
    private readonly source: FrameSource<P>,
    private readonly onRead: () => void,
  ) {}

  /**
   * The frame of an instant in the middle, and `reach` frames at each side; undefined where they are not read, or are
   * not there.
   */
  around(us: number, reach: number): readonly (StripFrame<P> | undefined)[] {
    const frames: (KeptFrame<P> | undefined)[] = new Array(2 * reach + 1).fill(undefined);
    frames[reach] = this.#find(us);
    for (const direction of [-1, 1] as const) {
      for (let i = 1; i <= reach; i += 1) {
        const at = frames[reach + (i - 1) * direction];
        frames[reach + i * direction] = at && this.#neighbour(at, direction);
      }
    }
    return frames;
  }

  /**
   * Reads the frames around an instant, first those behind it; after what is being read already. Resolves to whether
   * there is a frame at the instant. Rejects when it is aborted, and when a picture cannot be had.
   */
  read(us: number, reach: number, signal: AbortSignal): Promise<boolean> {
    const work = this.#last.then(async () => {
      signal.throwIfAborted();
      const middle = this.#find(us) ?? (await this.#readAt(us, signal));
      if (!middle) return false;
      for (const direction of [1, -1] as const) {
        let at: KeptFrame<P> | null = middle;
        for (let i = 0; i < reach && at; i += 1) {
          at = this.#neighbour(at, direction) ?? (await this.#readBeside(at, direction, signal));
        }
      }
      this.#forgetFar(us);
      return true;
    });
    this.#last = work.then(
      () => undefined,
      () => undefined,
    );
    return work;
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const { picture } of this.#kept.values()) picture.close();
    this.#kept.clear();
  }

  #find(us: number): KeptFrame<P> | undefined {
    for (const frame of this.#kept.values()) {
      const isBegun = us >= frame.us - SAME_US;
      const endUs = frame.nextUs === null ? frame.us + SAME_US : frame.nextUs - SAME_US;
      if (isBegun && us < endUs) return frame;
    }
    return undefined;
  }

  #neighbour(frame: KeptFrame<P>, direction: -1 | 1): KeptFrame<P> | undefined {
    const us = direction === 1 ? frame.nextUs : frame.previousUs;
    return us === null ? undefined : this.#kept.get(us);
  }

  async #readAt(us: number, signal: AbortSignal): Promise<KeptFrame<P> | null> {
    // Into the frame: at its very beginning rounding might show the one before.
    const shownUs = await this.source.show(us + SAME_US / 2, signal);
    signal.throwIfAborted();
    this.#shownUs = shownUs;
    return shownUs === null ? null : this.#keep(shownUs);
  }

  async #readBeside(
    frame: KeptFrame<P>,
    direction: -1 | 1,
    signal: AbortSignal,
  ): Promise<KeptFrame<P> | null> {
    if (this.#shownUs !== frame.us) {
      const shownUs = await this.source.show(frame.us + SAME_US / 2, signal);
      signal.throwIfAborted();
      if (shownUs === null || Math.abs(shownUs - frame.us) > SAME_US) return null;
    }
    const us = await this.source.step(direction);
    this.#shownUs = us;
    signal.throwIfAborted();
    if (us === null || (us - frame.us) * direction < SAME_US) return null;
    const found = await this.#keep(us);
    if (direction === 1) {
      frame.nextUs = found.us;
      found.previousUs = frame.us;
    } else {
      frame.previousUs = found.us;
      found.nextUs = frame.us;
    }
    this.onRead();
    return found;
  }

  /** The shown frame: known already, or its picture is taken. */
  async #keep(us: number): Promise<KeptFrame<P>> {
    for (const frame of this.#kept.values()) {
      if (Math.abs(frame.us - us) < SAME_US) {
        this.#shownUs = frame.us;
        return frame;
      }
    }
    const picture = await this.source.picture();
    const frame = { us, picture, previousUs: null, nextUs: null };
    if (this.#isDisposed) picture.close();
    else this.#kept.set(us, frame);
    this.onRead();
    return frame;
  }

  /** The memory of pictures is bounded: those furthest from the instant go first. */
  #forgetFar(us: number): void {
    const far = [...this.#kept.values()].sort((a, b) => Math.abs(b.us - us) - Math.abs(a.us - us));
    for (const frame of far.slice(0, Math.max(0, far.length - MAX_KEPT))) {
      frame.picture.close();
      this.#kept.delete(frame.us);
    }
  }
}

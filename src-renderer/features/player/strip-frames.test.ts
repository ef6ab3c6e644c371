import { describe, expect, it } from 'vitest';
import { type FrameSource, StripFrames } from './strip-frames.ts';

const FRAME_US = 40_000;

class CountedPicture {
  isClosed = false;
  close(): void {
    this.isClosed = true;
  }
}

/** Frames 0 to `count` - 1 of 40 ms each, as a player shows them; counts what it is asked for. */
class Film implements FrameSource<CountedPicture> {
  seekCount = 0;
  stepCount = 0;
  readonly pictures: CountedPicture[] = [];
  #at = 0;

  constructor(private readonly count: number) {}

  async show(us: number): Promise<number | null> {
    this.seekCount += 1;
    const at = Math.floor(us / FRAME_US);
    if (at < 0 || at >= this.count) return null;
    this.#at = at;
    return at * FRAME_US;
  }

  async step(direction: -1 | 1): Promise<number | null> {
    this.stepCount += 1;
    this.#at = Math.min(this.count - 1, Math.max(0, this.#at + direction));
    return this.#at * FRAME_US;
  }

  async picture(): Promise<CountedPicture> {
    const picture = new CountedPicture();
    this.pictures.push(picture);
    return picture;
  }
}

const never = new AbortController().signal;
const placesOf = (strip: StripFrames<CountedPicture>, us: number, reach: number) =>
  strip.around(us, reach).map((frame) => (frame ? frame.us / FRAME_US : null));

describe('frames of a strip', () => {
  it('puts the frame of the instant in the middle, and its neighbours beside it', async () => {
    const strip = new StripFrames(new Film(100), () => {});
    expect(await strip.read(10 * FRAME_US + 9000, 3, never)).toBe(true);
    expect(placesOf(strip, 10 * FRAME_US + 9000, 3)).toEqual([7, 8, 9, 10, 11, 12, 13]);
  });

  it('reads one frame more for a step of one frame', async () => {
    const film = new Film(100);
    const strip = new StripFrames(film, () => {});
    await strip.read(10 * FRAME_US, 3, never);
    const before = film.pictures.length;
    await strip.read(11 * FRAME_US, 3, never);
    expect(film.pictures.length).toBe(before + 1);
    expect(placesOf(strip, 11 * FRAME_US, 3)).toEqual([8, 9, 10, 11, 12, 13, 14]);
  });

  it('leaves the places before the start and behind the end empty', async () => {
    const strip = new StripFrames(new Film(4), () => {});
    await strip.read(FRAME_US, 3, never);
    expect(placesOf(strip, FRAME_US, 3)).toEqual([null, null, 0, 1, 2, 3, null]);
    expect(await strip.read(9 * FRAME_US, 3, never)).toBe(false);
    expect(placesOf(strip, 9 * FRAME_US, 3)).toEqual(new Array(7).fill(null));
  });

  it('takes each picture once, gives them back, and reads one after the other', async () => {
    const film = new Film(1000);
    const strip = new StripFrames(film, () => {});
    await Promise.all([5, 60, 5].map((at) => strip.read(at * FRAME_US, 2, never)));
    expect(film.pictures).toHaveLength(10);
    const stop = new AbortController();
    const late = strip.read(500 * FRAME_US, 2, stop.signal);
    stop.abort();
    await expect(late).rejects.toThrow();
    expect(film.pictures).toHaveLength(10);
    for (let at = 100; at < 1000; at += 50) await strip.read(at * FRAME_US, 4, never);
    expect(film.pictures.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(120);
    strip.dispose();
    expect(film.pictures.every(({ isClosed }) => isClosed)).toBe(true);
  });
});

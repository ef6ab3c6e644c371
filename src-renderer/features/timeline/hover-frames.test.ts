import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Frame, type FrameReader, HoverFrames } from './hover-frames.ts';

const S = 1_000_000;
const T = 1_795_000_000_000_000;
const frame = (): Frame & { close: ReturnType<typeof vi.fn<() => void>> } => ({
  width: 160,
  height: 90,
  close: vi.fn<() => void>(),
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('pictures under the pointer', () => {
  it('are read once, after the pointer came to rest', async () => {
    const picture = frame();
    const read = vi.fn<FrameReader<Frame>>(async () => picture);
    const onRead = vi.fn();
    const frames = new HoverFrames(read, onRead);
    for (let i = 0; i < 10; i += 1) frames.at('a', T + i * 10 * S, S);
    expect(read).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(read).toHaveBeenCalledTimes(1);
    expect(onRead).toHaveBeenCalledTimes(1);
    expect(frames.at('a', T + 90 * S, S)).toBe(picture);
    expect(frames.at('a', T + 90 * S + 1000, S)).toBe(picture);
  });

  it('are read one at a time, the newest wish next', async () => {
    const done: (() => void)[] = [];
    const read = vi.fn<FrameReader<Frame>>(() => new Promise((resolve) => done.push(() => resolve(frame()))));
    const frames = new HoverFrames(read, () => {});
    frames.at('a', T, S);
    await vi.advanceTimersByTimeAsync(100);
    for (const sec of [100, 200, 300]) {
      frames.at('a', T + sec * S, S);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(read).toHaveBeenCalledTimes(1);
    done[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(read).toHaveBeenCalledTimes(2);
    expect(read.mock.lastCall?.[1]).toBeGreaterThan(T + 290 * S);
  });

  it('of another stream end what is being read; a failure is not tried again at once', async () => {
    let aborted = false;
    const read = vi.fn<FrameReader<Frame>>((stream, _us, signal) => {
      if (stream === 'b') return Promise.reject(new Error('gone'));
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    });
    let nowMs = 0;
    const frames = new HoverFrames(
      read,
      () => {},
      () => nowMs,
    );
    frames.at('a', T, S);
    await vi.advanceTimersByTimeAsync(100);
    frames.at('b', T, S);
    await vi.advanceTimersByTimeAsync(100);
    expect(aborted).toBe(true);
    expect(frames.at('b', T, S)).toBeNull();
    await vi.advanceTimersByTimeAsync(100);
    expect(read).toHaveBeenCalledTimes(2);
    nowMs = 6000;
    expect(frames.at('b', T, S)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(100);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it('are given back, the oldest first, and all at the end', async () => {
    const made: ReturnType<typeof frame>[] = [];
    const frames = new HoverFrames<Frame>(
      async () => {
        const one = frame();
        made.push(one);
        return one;
      },
      () => {},
    );
    for (let i = 0; i < 81; i += 1) {
      frames.at('a', T + i * 100 * S, S);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(made.filter(({ close }) => close.mock.calls.length > 0)).toEqual([made[0]]);
    frames.dispose();
    expect(made.every(({ close }) => close.mock.calls.length === 1)).toBe(true);
  });
});

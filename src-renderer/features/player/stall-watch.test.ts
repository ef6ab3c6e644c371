import { describe, expect, it } from 'vitest';
import { StallWatch, type WatchedVideo } from './stall-watch.ts';

function video(currentTime: number, ranges: [number, number][], readyState = 2): WatchedVideo {
  return {
    currentTime,
    readyState,
    seeking: false,
    buffered: { length: ranges.length, start: (i) => ranges[i]![0], end: (i) => ranges[i]![1] },
  };
}

describe('stall watch', () => {
  it('reports a clock that stands, with what is buffered behind the hole', () => {
    const watch = new StallWatch();
    const stalled = video(12, [
      [0, 12.02],
      [12.6, 20],
    ]);
    expect(watch.watch(stalled, true, 0)).toBeNull();
    expect(watch.watch(stalled, true, 1000)).toBeNull();
    expect(watch.watch(stalled, true, 1600)).toEqual({
      kind: 'stall',
      mediaMs: 12_000,
      stalledMs: 1600,
      bufferedFromMs: 12_600,
      isLoading: true,
    });
    expect(watch.watch(stalled, true, 2000)).toBeNull();
    expect(watch.watch(stalled, true, 3200)).toMatchObject({ stalledMs: 3200 });
  });

  it('keeps still while the clock runs or should not run', () => {
    const watch = new StallWatch();
    for (let i = 0; i < 10; i++) expect(watch.watch(video(i, [[0, 20]]), true, i * 2000)).toBeNull();
    for (let i = 0; i < 10; i++) expect(watch.watch(video(9, [[0, 20]]), false, i * 2000)).toBeNull();
  });

  it('knows no hole in the middle of buffered media', () => {
    const watch = new StallWatch();
    watch.watch(video(5, [[0, 20]], 4), true, 0);
    expect(watch.watch(video(5, [[0, 20]], 4), true, 9000)).toMatchObject({
      bufferedFromMs: null,
      isLoading: false,
    });
  });
});

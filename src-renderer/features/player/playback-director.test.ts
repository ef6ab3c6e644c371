import { beforeEach, describe, expect, it } from 'vitest';
import type { PictureStatus } from '../../stores/player-store.ts';
import { type DirectorState, type Picture, PlaybackDirector, visiblePictures } from './playback-director.ts';

const T = 1_795_000_000_000_000;
const S = 1_000_000;
const NOW_US = T + 3600 * S;

class FakePicture implements Picture {
  status: PictureStatus = { kind: 'ready' };
  isRunning = false;
  rate = 1;
  seeks: number[] = [];
  constructor(
    readonly stream: string,
    public us: number | null,
  ) {}
  positionUs(): number | null {
    return this.us;
  }
  seek(us: number): void {
    this.seeks.push(us);
    this.status = { kind: 'loading' };
  }
  waitInGap(beforeUs: number, afterUs: number): void {
    this.status = { kind: 'gap', beforeUs, afterUs };
  }
  setRunning(isRunning: boolean): void {
    this.isRunning = isRunning;
  }
  setRate(rate: number): void {
    this.rate = rate;
  }
}

let director: PlaybackDirector;
let state: DirectorState;
let nowMs: number;

function tick(pictures: FakePicture[], elapsedMs = 16) {
  nowMs += elapsedMs;
  const step = director.tick(pictures, state, nowMs, NOW_US);
  state = { ...state, ...step };
  return step;
}

beforeEach(() => {
  director = new PlaybackDirector();
  nowMs = 1000;
  state = { playheadUs: T, isPlaying: true, rate: 1, shouldSkipGaps: true, active: 'a' };
  tick([], 0);
  state = { ...state, isPlaying: true };
});

describe('playback director', () => {
  it('takes the time of the active picture', () => {
    const a = new FakePicture('a', T + 20_000);
    const b = new FakePicture('b', T + 10_000);
    expect(tick([b, a]).playheadUs).toBe(T + 20_000);
    expect([a.isRunning, b.isRunning]).toEqual([true, true]);
  });

  it('stops all pictures when paused and keeps the playhead', () => {
    const a = new FakePicture('a', T + 20_000);
    a.isRunning = true;
    state = { ...state, isPlaying: false };
    expect(tick([a])).toEqual({ playheadUs: T, isPlaying: false });
    expect(a.isRunning).toBe(false);
  });

  it('waits while the active picture loads', () => {
    const a = new FakePicture('a', null);
    a.status = { kind: 'loading' };
    const b = new FakePicture('b', T + 5 * S);
    b.status = { kind: 'loading' };
    expect(tick([a, b])).toEqual({ playheadUs: T, isPlaying: true });
  });

  it('goes along with a leap over a gap when it is alone and gaps are skipped', () => {
    const a = new FakePicture('a', T + 90 * S);
    expect(tick([a]).playheadUs).toBe(T + 90 * S);
    expect(a.status.kind).toBe('ready');
  });

  it('holds a picture that leapt over a gap while another has video', () => {
    const a = new FakePicture('a', T + 90 * S);
    const b = new FakePicture('b', T + 16_000);
    expect(tick([a, b]).playheadUs).toBe(T);
    expect(a.status).toMatchObject({ kind: 'gap', afterUs: T + 90 * S });
    expect(tick([a, b]).playheadUs).toBe(T + 16_000);
    expect(a.isRunning).toBe(false);
    b.us = T + 91 * S;
    tick([a, b]);
    tick([a, b]);
    expect(a.seeks).toEqual([T + 91 * S]);
  });

  it('runs on by itself through a gap when gaps are not skipped', () => {
    state = { ...state, shouldSkipGaps: false, rate: 2 };
    const a = new FakePicture('a', T + 90 * S);
    tick([a]);
    expect(a.status.kind).toBe('gap');
    expect(tick([a], 100).playheadUs).toBe(T + 200_000);
    expect(a.isRunning).toBe(false);
  });

  it('jumps to the nearest recorded time of all pictures', () => {
    const a = new FakePicture('a', null);
    a.status = { kind: 'gap', beforeUs: T, afterUs: T + 90 * S };
    const b = new FakePicture('b', null);
    b.status = { kind: 'gap', beforeUs: T, afterUs: T + 60 * S };
    expect(tick([a, b]).playheadUs).toBe(T + 60 * S);
    expect(b.seeks).toEqual([T + 60 * S]);
    expect(a.seeks).toEqual([]);
  });

  it('stops behind the last recorded time and where nothing can be played', () => {
    const a = new FakePicture('a', null);
    a.status = { kind: 'gap', beforeUs: T, afterUs: null };
    expect(tick([a]).isPlaying).toBe(false);
    state = { ...state, isPlaying: true };
    a.status = { kind: 'failed', message: 'no' };
    expect(tick([a]).isPlaying).toBe(false);
  });

  it('lets another picture lead when the active one failed', () => {
    const a = new FakePicture('a', null);
    a.status = { kind: 'failed', message: 'no' };
    const b = new FakePicture('b', T + 16_000);
    expect(tick([a, b]).playheadUs).toBe(T + 16_000);
  });

  it('works off small drift by speed and large drift by one seek', () => {
    const a = new FakePicture('a', T + 16_000);
    const b = new FakePicture('b', T + 16_000 - 100_000);
    tick([a, b]);
    expect(b.rate).toBeCloseTo(1.05);
    b.us = T - 3 * S;
    tick([a, b]);
    expect(b.seeks).toEqual([T + 16_000]);
    b.status = { kind: 'ready' };
    tick([a, b]);
    expect(b.seeks).toHaveLength(1);
  });
});

describe('visible pictures', () => {
  it('always holds the active one', () => {
    expect(visiblePictures(['a', 'b', 'c'], 'c', 2)).toEqual(['a', 'c']);
    expect(visiblePictures(['a', 'b', 'c'], 'a', 2)).toEqual(['a', 'b']);
    expect(visiblePictures(['a', 'b', 'c'], 'c', 1)).toEqual(['c']);
    expect(visiblePictures(['a'], 'gone', 4)).toEqual(['a']);
  });
});

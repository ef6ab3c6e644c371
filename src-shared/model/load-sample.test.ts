import { describe, expect, it } from 'vitest';
import { addSample, type LoadSample } from './load-sample.ts';

const sample = (atMs: number): LoadSample => ({
  atMs,
  liveStreams: 1,
  viewers: 2,
  bitrateOutBps: 3,
});

describe('addSample', () => {
  it('takes one every five seconds and keeps sixty', () => {
    let history: readonly LoadSample[] = [];
    for (let atMs = 0; atMs < 400_000; atMs += 1000) history = addSample(history, sample(atMs));
    expect(history).toHaveLength(60);
    expect(history.at(-1)?.atMs).toBe(395_000);
    expect((history[1]?.atMs ?? 0) - (history[0]?.atMs ?? 0)).toBe(5000);
  });
});

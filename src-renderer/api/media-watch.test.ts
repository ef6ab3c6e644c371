import { describe, expect, it } from 'vitest';
import { countMedia, type MediaCount, MediaWatch } from './media-watch.ts';

const count = (atMs: number, rest: Partial<MediaCount> = {}): MediaCount => ({
  atMs,
  videoBytes: 0,
  audioBytes: 0,
  framesDecoded: 0,
  ...rest,
});

describe('MediaWatch', () => {
  it('plays from the first decoded frame until nothing has come for a while', () => {
    const watch = new MediaWatch(1000);
    expect(watch.judge(count(1500))).toBe('starting');
    expect(watch.judge(count(2000, { videoBytes: 900 }))).toBe('starting');
    expect(watch.judge(count(2500, { videoBytes: 1900, framesDecoded: 1 }))).toBe('playing');
    expect(watch.judge(count(8400, { videoBytes: 1900, framesDecoded: 1 }))).toBe('playing');
    expect(watch.judge(count(8600, { videoBytes: 1900, framesDecoded: 1 }))).toBe('lost');
  });

  it('takes sound without any picture for a stream of sound', () => {
    const watch = new MediaWatch(0);
    expect(watch.judge(count(500, { audioBytes: 100 }))).toBe('starting');
    expect(watch.judge(count(3100, { audioBytes: 800 }))).toBe('playing');
  });

  it('tells a picture that cannot be decoded and an answer without media', () => {
    const undecodable = new MediaWatch(0);
    undecodable.judge(count(100, { videoBytes: 100, audioBytes: 10 }));
    expect(undecodable.judge(count(8000, { videoBytes: 9000 }))).toBe('starting');
    expect(undecodable.judge(count(8200, { videoBytes: 9900 }))).toBe('undecodable');
    expect(new MediaWatch(0).judge(count(12_001))).toBe('nothing');
  });
});

it('adds up inbound tracks only', () => {
  const report = new Map<string, unknown>([
    ['a', { type: 'inbound-rtp', kind: 'video', bytesReceived: 50, framesDecoded: 3 }],
    ['b', { type: 'inbound-rtp', kind: 'audio', bytesReceived: 7 }],
    ['c', { type: 'outbound-rtp', kind: 'video', bytesReceived: 1000 }],
  ]);
  expect(countMedia(report, 5)).toEqual({ atMs: 5, videoBytes: 50, audioBytes: 7, framesDecoded: 3 });
});

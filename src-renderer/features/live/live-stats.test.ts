import { describe, expect, it } from 'vitest';
import { figureLines, figuresOf, readStats } from './live-stats.ts';

const reportOf = (video: object, audio: object = {}) =>
  new Map<string, unknown>([
    ['c1', { type: 'codec', mimeType: 'video/H264' }],
    ['c2', { type: 'codec', mimeType: 'audio/opus' }],
    ['v', { type: 'inbound-rtp', kind: 'video', codecId: 'c1', packetsReceived: 1, ...video }],
    ['a', { type: 'inbound-rtp', kind: 'audio', codecId: 'c2', packetsReceived: 1, ...audio }],
    ['t', { type: 'transport', selectedCandidatePairId: 'p2' }],
    ['p1', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 9 }],
    ['p2', { type: 'candidate-pair', currentRoundTripTime: 0.0124 }],
  ]);

describe('live statistics', () => {
  it('are computed over the time between two readings', () => {
    const before = readStats(
      reportOf(
        { bytesReceived: 1000, packetsReceived: 100, packetsLost: 0, framesDecoded: 50 },
        { bytesReceived: 100 },
      ),
      1000,
    );
    const now = readStats(
      reportOf(
        {
          bytesReceived: 501_000,
          packetsReceived: 198,
          packetsLost: 2,
          framesDecoded: 100,
          frameWidth: 1280,
          frameHeight: 720,
          jitter: 0.004,
        },
        { bytesReceived: 100 },
      ),
      3000,
    );
    expect(figuresOf(before, now)).toEqual({
      codecs: ['H.264', 'Opus'],
      widthPx: 1280,
      heightPx: 720,
      framesPerSec: 25,
      bitrateBps: 2_000_000,
      lossRatio: 0.02,
      jitterMs: 4,
      roundTripMs: 12.4,
    });
    expect(figureLines(figuresOf(before, now)).map(({ text }) => text)).toEqual([
      'H.264 · Opus',
      '1280 × 720',
      '25.0 /s',
      '2.00 Mbit/s',
      '2.0 %',
      '4 ms',
      '12 ms',
    ]);
  });

  it('claim no rates from one reading, and nothing from none', () => {
    const first = figuresOf(null, readStats(reportOf({ bytesReceived: 5000 }), 0));
    expect(first).toMatchObject({
      codecs: ['H.264', 'Opus'],
      bitrateBps: null,
      framesPerSec: null,
      lossRatio: null,
    });
    expect(new Set(figureLines(null).map(({ text }) => text))).toEqual(new Set(['–']));
    const idle = readStats(reportOf({}), 0);
    expect(figuresOf(idle, { ...idle, atMs: 1000 }).lossRatio).toBe(0);
  });

  it('leave out a track of which nothing has arrived', () => {
    const reading = readStats(reportOf({ packetsReceived: 0 }), 0);
    expect(reading.video).toBeNull();
    expect(figuresOf(null, reading).codecs).toEqual(['Opus']);
  });
});

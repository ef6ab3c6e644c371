import { expect, it } from 'vitest';
import { parseStreams } from './parse-node-json.ts';
import { isLivePublisher, noteGrowth } from './publisher-growth.ts';

const stream = (bytes: number, state = 'connected', id = 'p1') => {
  const session = { id, createdAt: 1, leaveAt: 0, state, stats: { bytes, packets: 1, bitrate: 1 } };
  return parseStreams([{ id: 'cam', publish: { leaveAt: 0, sessions: [session] } }]);
};

function liveAt(history: readonly [nowMs: number, streams: ReturnType<typeof stream>][]): boolean {
  let growth: ReturnType<typeof noteGrowth> = new Map();
  for (const [nowMs, streams] of history) growth = noteGrowth(growth, streams, nowMs);
  const [nowMs, streams] = history.at(-1)!;
  return isLivePublisher(streams[0]!, growth, nowMs);
}

it('is live while its bytes grow', () => {
  expect(
    liveAt([
      [0, stream(10)],
      [6000, stream(20)],
    ]),
  ).toBe(true);
  expect(
    liveAt([
      [0, stream(10)],
      [4000, stream(10)],
    ]),
  ).toBe(true);
  expect(
    liveAt([
      [0, stream(10)],
      [6000, stream(10)],
    ]),
  ).toBe(false);
});

it('is judged by its state where nothing is counted', () => {
  expect(
    liveAt([
      [0, stream(0)],
      [60_000, stream(0)],
    ]),
  ).toBe(true);
  expect(
    liveAt([
      [0, stream(0)],
      [1, stream(0, 'disconnected')],
    ]),
  ).toBe(false);
});

it('is another one after a new session', () => {
  expect(
    liveAt([
      [0, stream(10)],
      [9000, stream(10, 'connected', 'p2')],
    ]),
  ).toBe(true);
});

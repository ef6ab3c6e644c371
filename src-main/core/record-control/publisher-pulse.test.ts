import { describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { parseStreams } from '../nodes/parse-node-json.ts';
import { PublisherPulse } from './publisher-pulse.ts';

function seen(
  bytes: number,
  { bitrate = 0, id = 'p1', state = 'connected', generation = 'head' } = {},
): NodeSnapshot {
  const streams = parseStreams([
    {
      id: 'cam1',
      publish: { leaveAt: 0, sessions: [{ id, state, stats: { bytes, packets: 1, bitrate } }] },
      subscribe: { leaveAt: 0, sessions: [] },
    },
  ]);
  return { node: { alias: 'a' }, identity: { generation }, streams } as unknown as NodeSnapshot;
}

describe('PublisherPulse', () => {
  it('believes a publisher whose bytes grow, and remembers since when', () => {
    const pulse = new PublisherPulse();
    pulse.note(seen(10), 0);
    expect(pulse.isLive('a', 'cam1')).toBe(false);
    pulse.note(seen(20), 3000);
    pulse.note(seen(30), 6000);
    expect(pulse.of('a', 'cam1')).toMatchObject({ isLive: true, liveSinceMs: 3000 });
  });

  it('believes a bitrate at first sight', () => {
    const pulse = new PublisherPulse();
    pulse.note(seen(10, { bitrate: 5000 }), 0);
    expect(pulse.isLive('a', 'cam1')).toBe(true);
  });

  it('gives up one that is connected and sends nothing', () => {
    const pulse = new PublisherPulse();
    for (const [nowMs, bytes] of [
      [0, 10],
      [3000, 20],
      [6000, 20],
    ] as const)
      pulse.note(seen(bytes), nowMs);
    expect(pulse.isLive('a', 'cam1')).toBe(true);
    pulse.note(seen(20), 9000);
    expect(pulse.isLive('a', 'cam1')).toBe(false);
    pulse.note(seen(25), 12_000);
    expect(pulse.of('a', 'cam1')).toMatchObject({ isLive: true, liveSinceMs: 12_000 });
  });

  it.each(['disconnected', 'new', 'closed'])('knows no publisher that is %s', (state) => {
    const pulse = new PublisherPulse();
    pulse.note(seen(10, { bitrate: 5000, state }), 0);
    expect(pulse.of('a', 'cam1')).toBeNull();
  });

  it('takes the word of nodes without counters, and of cameras', () => {
    const pulse = new PublisherPulse();
    pulse.note(seen(0, { generation: 'v0.9.0' }), 0);
    pulse.note(seen(0, { generation: 'v0.9.0' }), 60_000);
    expect(pulse.of('a', 'cam1')).toMatchObject({ isLive: true, liveSinceMs: 0 });
    pulse.note(seen(0, { id: 'virtual-source' }), 60_000);
    expect(pulse.isLive('a', 'cam1')).toBe(true);
  });

  it('begins anew with another publisher', () => {
    const pulse = new PublisherPulse();
    pulse.note(seen(10), 0);
    pulse.note(seen(20), 3000);
    pulse.note(seen(500, { id: 'p2' }), 6000);
    expect(pulse.isLive('a', 'cam1')).toBe(false);
  });

  it('forgets nodes that left', () => {
    const pulse = new PublisherPulse();
    pulse.note(seen(0, { generation: 'daily' }), 0);
    pulse.forget('a');
    expect(pulse.of('a', 'cam1')).toBeNull();
  });
});

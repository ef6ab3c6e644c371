import { describe, expect, it } from 'vitest';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { obstacleOf } from './live-obstacle.ts';

const part = (alias: string, rest: Partial<StreamView['nodes'][number]> = {}) => ({
  alias,
  isStale: false,
  hasPublisher: true,
  viewerCount: 0,
  bitrateInBps: 0,
  bitrateOutBps: 0,
  ...rest,
});

const streamOf = (rest: Partial<StreamView> = {}): StreamView => ({
  id: 'cam1',
  createdAtMs: 0,
  isLive: true,
  isRecording: false,
  codecs: [{ kind: 'video', codec: 'h264', fmtp: '' }],
  viewerCount: 0,
  bitrateInBps: 0,
  bitrateOutBps: 0,
  nodes: [part('a')],
  ...rest,
});

const kindOf = (stream: StreamView | undefined, origin: 'config' | 'demo' = 'config') =>
  obstacleOf({
    isKnown: true,
    stream,
    nodes: [
      { alias: 'a', origin },
      { alias: 'real', origin: 'stored' },
    ],
    decodable: ['video/H264', 'video/VP8'],
  })?.kind ?? null;

describe('obstacleOf', () => {
  it('lets a live stream of a real node be tried', () => {
    expect(kindOf(streamOf())).toBeNull();
    expect(kindOf(streamOf({ codecs: [] }))).toBeNull();
    expect(kindOf(streamOf({ codecs: [{ kind: 'audio', codec: 'opus', fmtp: '' }] }))).toBeNull();
  });

  it('tells why another cannot play', () => {
    expect(kindOf(undefined)).toBe('no-publisher');
    expect(kindOf(streamOf({ isLive: false }))).toBe('no-publisher');
    expect(kindOf(streamOf({ isLive: false, nodes: [part('a', { isStale: true })] }))).toBe('stale');
    expect(kindOf(streamOf(), 'demo')).toBe('simulated');
    expect(kindOf(streamOf({ codecs: [{ kind: 'video', codec: 'h265', fmtp: '' }] }))).toBe('undecodable');
    expect(obstacleOf({ isKnown: false, stream: undefined, nodes: [], decodable: [] })?.kind).toBe('loading');
  });

  it('tries a stream that a real node relays beside a simulated one', () => {
    expect(kindOf(streamOf({ nodes: [part('a'), part('real')] }), 'demo')).toBeNull();
  });
});

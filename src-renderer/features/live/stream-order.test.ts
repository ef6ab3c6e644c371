import { expect, it } from 'vitest';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { orderStreams } from './stream-order.ts';

const streamOf = (id: string, isLive: boolean, alias: string): StreamView => ({
  id,
  isLive,
  isRecording: false,
  createdAtMs: 0,
  codecs: [],
  viewerCount: 0,
  bitrateInBps: 0,
  bitrateOutBps: 0,
  nodes: [{ alias, isStale: false, hasPublisher: true, viewerCount: 0, bitrateInBps: 0, bitrateOutBps: 0 }],
});

it('puts live streams first and finds by name and node', () => {
  const streams = [
    streamOf('cam10', true, 'edge-1'),
    streamOf('a-dead', false, 'edge-1'),
    streamOf('cam2', true, 'cloud-1'),
  ];
  expect(orderStreams(streams, '').map(({ id }) => id)).toEqual(['cam2', 'cam10', 'a-dead']);
  expect(orderStreams(streams, 'edge CAM').map(({ id }) => id)).toEqual(['cam10']);
});

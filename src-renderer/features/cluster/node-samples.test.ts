import { expect, it } from 'vitest';
import type { NodeSample } from '../../../src-shared/model/node-config.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { extendSamples, latencySpread, SAMPLES_KEPT } from './node-samples.ts';

const NODE = {
  alias: 'edge-01',
  state: 'up',
  latencyMs: 4,
  clockOffsetMs: -7,
  bitrateInBps: 10,
  bitrateOutBps: 20,
  viewerCount: 3,
} as NodeView;

const at = (atMs: number, latencyMs: number | null = 1): NodeSample => ({
  atMs,
  latencyMs,
  clockOffsetMs: 0,
  bitrateInBps: 0,
  bitrateOutBps: 0,
  viewerCount: 0,
});

it('goes on with what the node shows, not more often than it is asked', () => {
  const before = [at(0)];
  expect(extendSamples(before, NODE, 1000)).toBe(before);
  expect(extendSamples(before, NODE, 3000)).toEqual([
    at(0),
    { atMs: 3000, latencyMs: 4, clockOffsetMs: -7, bitrateInBps: 10, bitrateOutBps: 20, viewerCount: 3 },
  ]);
  expect(extendSamples([], { ...NODE, state: 'down' }, 3000)[0]).toMatchObject({
    latencyMs: null,
    clockOffsetMs: null,
  });
  const full = Array.from({ length: SAMPLES_KEPT }, (_, i) => at(i));
  expect(extendSamples(full, NODE, 99_999)).toHaveLength(SAMPLES_KEPT);
});

it('tells the spread of the answers', () => {
  expect(latencySpread([at(0, 9), at(1, null), at(2, 2), at(3, 3)])).toEqual({
    lowMs: 2,
    middleMs: 3,
    highMs: 9,
  });
  expect(latencySpread([at(0, null)])).toBeNull();
});
